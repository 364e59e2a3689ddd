"""The checks: one question each."""
