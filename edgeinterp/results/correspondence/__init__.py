"""What ``correspondence`` returns, and the verdicts on it."""
