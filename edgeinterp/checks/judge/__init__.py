"""Does an explanation method order tokens by their effect on the output? (docs/checks/judge.md)"""
