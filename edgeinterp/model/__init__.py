"""Open and run a model folder: manifest, files, activations, random models, words' tokens."""
