"""Does a map from hidden states to feature norms show knowledge, or would other predictors do as well?"""
