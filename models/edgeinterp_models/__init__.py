"""The embedded default model folder, its card, and the recipe that made it."""
