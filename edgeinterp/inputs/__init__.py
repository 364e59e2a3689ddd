"""Read a user's data: texts, pairs, norms and their published layouts, templates."""
