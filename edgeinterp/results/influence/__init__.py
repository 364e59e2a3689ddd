"""What ``influence`` returns, and the verdicts on it."""
