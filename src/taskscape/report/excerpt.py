"""Texts as they may be shown: cut to a length, and with nothing in them that cannot be seen.

A directional override makes a text read otherwise than it is, a control character is invisible, and half of a
surrogate pair is no character at all: each becomes U+FFFD, which is drawn. Embeddings and isolates, which right-to-left
scripts need, stay; whoever shows a text isolates it.
"""

from __future__ import annotations

import re

_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff\ufffe\uffff]")


def excerpt(text: str, length: int) -> str:
    """Cut a text for people, and show what could not be seen in it.

    Parameters
    ----------
    text
        Any text.
    length
        Most characters that stay, ≥ 1; the last is "…" where some do not.

    Returns
    -------
    str
        A text that can be written as UTF-8 and, escaped, as XML.
    """
    kept = text[: length + 1]
    if len(kept) > length:
        kept = kept[: length - 1].rstrip().rstrip("\u200d\ufe0f") + "…"
    return _HIDDEN.sub("\ufffd", kept)
