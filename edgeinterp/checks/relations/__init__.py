"""Does attention between two words carry their relation, or would other predictors do as well?"""
