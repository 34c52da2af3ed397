"""Rows that say the same: ``finding`` is the way in, ``deciding`` says which rows stay at a threshold.

Pairs are computed once (``candidate_pairs``). Whether two texts are one request is ``text_evidence``, over ``wording``,
``word_agreement`` and ``word_lists``; ``minhash`` proposes pairs.
"""
