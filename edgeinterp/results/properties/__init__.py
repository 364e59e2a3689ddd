"""Results of ``properties``, and the verdicts on them."""
