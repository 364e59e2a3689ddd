"""What ``hybrid`` found: its controls, its result, and its verdicts."""
