"""Compare two builds of one model: activations, verdicts, and flipped verdicts."""
