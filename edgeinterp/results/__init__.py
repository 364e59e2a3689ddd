"""What is said: a package a check with its result and verdicts, and the whole run's JSON."""
