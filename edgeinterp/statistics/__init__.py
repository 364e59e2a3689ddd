"""P-values, maximum statistics, intervals, and draws keyed by content."""
