"""Does attention between two words carry their relation, or would something else predict it as well?"""
