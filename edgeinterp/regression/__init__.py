"""Cross-validated ridge with permutations: the closed forms, the routes to scores, and the estimator on top."""
