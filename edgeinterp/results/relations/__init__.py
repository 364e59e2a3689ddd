"""Results of ``relations``, and the verdicts on them."""
