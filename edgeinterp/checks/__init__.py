"""The checks: one package per question."""
