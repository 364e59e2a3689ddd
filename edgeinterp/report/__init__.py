"""A result, shown: in the terminal, and as one self-contained HTML file."""
