"""Rows to keep, a subset that stands for all: ``selecting`` is the way in, ``result`` holds what came out.

One module each kind of method: ``task_balance`` over ``quotas`` (the default), ``facility_location``, ``greedy``
(k-center, MMR, DPP, DEITA), ``centroids`` (k-means, density), ``random_draw``; each takes a `Problem` of
``method_input``. What is told of a subset: ``subset_figures``.
"""
