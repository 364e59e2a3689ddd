"""Results of ``influence``, and the verdicts on them."""
