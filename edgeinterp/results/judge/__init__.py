"""What ``judge`` says: controls, result, verdicts."""
