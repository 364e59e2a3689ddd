"""The section on attention and properties together."""
