"""Compiled kernels: arrays in, arrays out. Imports numpy and numba only, and numba with the first kernel."""
