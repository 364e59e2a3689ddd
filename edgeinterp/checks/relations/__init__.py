"""Does attention between two words carry their relation, or would something else predict it as well?

Where to look::

    relations             ``relations``, for plain arrays; pair_features: what it takes, from attention
    run                   the passes over a model; places: where the words stand; passes: what is kept
    data                  rows, folds, and the permutation: ``ContrastRows.flips`` swaps labels of whole categories
    scores                the classifier, its AUC within categories, and both under flips (``under_flips``)
    stream, ridge         the same where pairs are many, read block by block
    features, rivals      what classifiers see
    study                 all contrasts: families and their p-values, rivals, margins, the result
    sentence              one sentence to look at

To add a rival: a row in results/relations/controls.py, and a method of its name beside ``surface`` in study.py that
returns its score.
"""
