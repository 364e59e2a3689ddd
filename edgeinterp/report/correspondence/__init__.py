"""The section on ``correspondence``: verdict rows, the answer in words, tables and plots."""
