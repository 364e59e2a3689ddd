"""The section on ``relations``: verdict rows, the answer in words, tables and plots."""
