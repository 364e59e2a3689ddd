"""Does an explanation method order tokens by their effect on the output?

Where to look::

    judging               ``judge``: scores and texts in, a result out; arrays: ``judge_from_arrays``
    run                   one run over a model; passes: effects of replaced tokens, ours, insertion and deletion
    matching              scores of words or characters, put on the model's tokens
    scoring               the statistics: rho, exchange of scores between texts, rivals, ceiling

To add a rival: a row in results/judge/controls.py, and its scores of a text, by the row's name, where run.py and
arrays.py make ``rivals``.
"""
