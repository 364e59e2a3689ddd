"""Does attention follow what really influences a position when a token is replaced?

Where to look::

    influence, arrays     ``influence`` and ``rollout``, for plain arrays
    run                   the passes over a model
    sample, copies        which texts, positions and replacing tokens
    texts                 one text, reduced to ranks
    scores                correlations, and the permutation: texts of a length exchange their influence
    study                 families, rivals, the result

To add a rival: a row in results/influence/controls.py, and a method of its name beside ``distance`` in study.py. A row
without a method stops the import. Verdicts, report, ``--help`` and bench read the row, and
``python -m tests.controls_table`` writes it into docs/method.md.
"""
