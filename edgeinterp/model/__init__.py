"""A model folder, opened and run: manifest, files, activations, random models, words' tokens."""
