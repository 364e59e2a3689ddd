"""What a score of ``properties`` is set beside: neighbours, inputs of other controls, the upper bound, rotations."""
