"""How often each claim is wrong where the answer is known: invented worlds, through the public functions alone.

``python -m bench.calibration`` from the repository's root writes docs/calibration.md.
"""
