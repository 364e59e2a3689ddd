"""Two builds of one model side by side: activations, verdicts, and which of them flipped."""
