"""Do attention between two words and human properties of the words, together, say more of a relation than each alone?

Where to look::

    hybrid    ``hybrid``, for plain arrays
    run       the passes over a model, those of ``relations``
    blocks    what classifiers see: words, properties, attention, each as a kernel
    study     one contrast: nested classifiers, controls, gains

The classifier, its folds, flips and intervals are those of ``relations``.
"""
