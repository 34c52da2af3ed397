"""Rows of a pool for each query: ``retrieving`` is the way in, ``result`` holds what came out.

Copies of the query are left out (``query_copies``); two views can be blended (``blending``); rows become ``prompts``.
"""
