"""Does a map from hidden states to feature norms show knowledge, or would it predict anything as well?"""
