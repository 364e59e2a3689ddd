"""After block l, is the hidden state at position i still token i?

Where to look::

    arrays, stream        ``correspondence`` and ``Correspondence``, for plain arrays
    run                   the passes over a model
    halves                fit half, then evaluation half; behind all three
    fit, linear_map       the maps into reference space; settling: when they have had enough text
    evaluation, blocks    retrieval; tallies: what is kept of it
    swapping              copies of texts for the control ``swap``
    summary               tallies -> scores, intervals, permutation of positions, controls

Controls are rows of results/correspondence/controls.py.
"""
