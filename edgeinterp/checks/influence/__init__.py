"""Does attention follow the influence of each token, measured by replacing it?"""
