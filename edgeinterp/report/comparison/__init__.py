"""Show a comparison of two builds: sentences and tables, in the terminal and as a page."""
