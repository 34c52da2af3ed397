"""A benchmark made tiny: ``compressing`` chooses the items, ``tiny_benchmark`` is the result and estimates from it.

Items come from ``anchors`` (by embeddings) or ``item_prior`` (by other models' scores, with ``item_response``);
``leave_models_out`` chooses the recipe; ``estimators`` and ``intervals`` make the estimate and its error.
"""
