"""What ``relations`` returns, and the verdicts on it."""
