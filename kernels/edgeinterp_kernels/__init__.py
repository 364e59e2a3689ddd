"""Compiled kernels: arrays in, arrays out. They import numpy, llvmlite, and numba where they have changed."""
