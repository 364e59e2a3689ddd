"""Does a map from hidden states to feature norms show knowledge, or would it predict anything as well?

Where to look::

    properties            ``properties``, for plain arrays
    run                   the passes over a model
    data, units           checked arrays, folds, units of concepts
    mappings              ridge, PLS, network, neighbours: held-out predictions; deletions: the same without a unit
    blocks                ridge with two penalties, for comparisons/gain, and without a confound
    scores                metrics and intervals
    nulls                 the permutation: rows of norms are dealt to other concepts
    controls              nulls, rivals, references; inputs_of_controls: what each changes; ahead: random models

To add a rival: a row in results/properties/controls.py, and a method of its name beside ``word_form`` in controls.py.
"""
