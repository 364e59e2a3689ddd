"""A model folder made by hand: one block, one head, and a token of each text that matters most by construction."""
