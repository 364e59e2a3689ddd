"""Results and verdicts: one package per check, and the whole run's JSON."""
