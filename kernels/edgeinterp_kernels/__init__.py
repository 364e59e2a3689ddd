"""Compiled kernels: arrays in, arrays out. They import numpy, and to compile and load themselves numba and llvmlite."""
