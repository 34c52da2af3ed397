"""Data sets side by side: ``comparing`` is the way in, ``result`` holds what came out.

The figures come from ``distances``, ``pairwise`` (histograms, nearest rows) and ``overlap`` (rows that sets share).
"""
