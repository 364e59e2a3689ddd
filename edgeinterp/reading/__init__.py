"""Readings of attention: what a position takes from another, from weights, values and the output projection."""
