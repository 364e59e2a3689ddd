"""Does attention follow what really influences a position when a token is replaced?"""
