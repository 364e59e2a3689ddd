"""Compiled kernels: arrays in, arrays out. numpy and numba only; numba when the first one runs."""
