"""What a user brings: texts, pairs, norms and their published layouts, templates."""
