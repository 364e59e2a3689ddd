"""What ``properties`` returns, and the verdicts on it."""
