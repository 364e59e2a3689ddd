"""Does attention follow what really influences a position when a token is replaced?

Where to look::

    influence, arrays     ``influence`` and ``rollout``, for plain arrays
    run                   the passes over a model
    sample                which texts, positions and replacing tokens; ``replaced_copies``
    texts                 one text, reduced to readings and influence at the replaced columns
    bins                  texts of one length, and the permutation: they exchange their influence (``exchanges``)
    profile, pairs        the statistics: ``gain`` over the profile of offsets, and ``pair``
    scores                both and rho of every reading at every layer, under every exchange; intervals
    study, kept           text after text: whether there are enough, and what is kept of them
    over_random           margins over random models, and how many of these are run
    numbers               families, rivals, references: the numbers of the result

To add a rival: a row in results/influence/controls.py, and a method of its name in numbers.py, like ``salience`` (a
reference: like ``distance``). A row without a method stops the import. Verdicts, report, ``--help`` and bench read the
row, and ``python -m tests.controls_table`` writes it into docs/method.md.
"""
