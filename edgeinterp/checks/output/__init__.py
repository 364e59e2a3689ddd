"""The model's output: what of it is looked at (targets), what its tokens have to do with it, and what heads have."""
