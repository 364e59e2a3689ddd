"""The section on ``properties``: verdict rows, the answer in words, tables and plots."""
