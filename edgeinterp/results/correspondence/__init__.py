"""Results of ``correspondence``, and the verdicts on them."""
