"""Rows in groups: ``grouping`` is the way in, over ``kmeans`` and ``density``.

``result`` holds what came out; ``cluster_names`` says what a group is about.
"""
