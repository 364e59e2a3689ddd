"""The section on ``influence``: verdict rows, the answer in words, tables and plots."""
