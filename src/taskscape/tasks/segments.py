"""Cut an instruction into the few sentences in which the request may stand.

An instruction can be a line or a pasted book. The request stands at the start, or at the end after what was pasted, so
only a window at each end is looked at, and the price of a text is bounded whatever its length, but for a search for the
fences of code. What is quoted or is code is blanked with its length kept: its words are not requests, and character
offsets stay those of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WINDOW = 1600  # characters looked at from each end of a text
_HEAD, _TAIL = 5, 4  # sentences kept from each end
_LONGEST = 360  # characters of a sentence that are parsed

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_CLOSED_FENCE = re.compile(r"```.*?```", re.DOTALL)
# A quotation within a line: straight or curly double quotes, backticks, or single quotes that open after a space.
_QUOTE = re.compile(
    r'"([^"\n]{1,600})"|“([^”\n]{1,600})”|«([^»\n]{1,600})»|`([^`\n]{1,300})`'
    r"|(?<![^\s(\[,:])['‘]([^'’\n]{1,80}(?:['’]\w[^'’\n]{0,40})?)['’](?![\w])"
)
_LINK = re.compile(r"https?://\S+|www\.\S+")
_END = re.compile(
    r"(?<!\b[A-Z])(?<!\be\.g)(?<!\bi\.e)(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSt)(?<!\bvs)(?<!\bNo)(?<!\betc)"
    r"[.!?…]+(?:[)\]]*(?=\s)|[\"'”’`]+[)\]]*(?=\s+[A-Z]))|[。！？]"
)
_BREAK = re.compile(r"\n+")
_LABEL = re.compile(
    r"\s*(?:[-*•#>]+\s*)?(input|context|passage|text|article|paragraph|sentence|story|question|example|review|statement|"
    r"output|answer|note|notes|data|document|email|tweet|code|list|dialogue|conversation|transcript|ingredients|[A-Z])"
    r"(?:\s*\d+)?\s*:",
    re.IGNORECASE,
)
_TASK_LABEL = re.compile(r"\s*(?:task|instructions?|prompt|request|question|q|query|problem)\s*:\s*", re.IGNORECASE)
_ITEM = re.compile(r"\s*(?:[-*•]|\(?\d{1,2}[.)]|\(?[a-z]\))\s+")


@dataclass(frozen=True, slots=True)
class Segment:
    """One candidate sentence.

    Parameters
    ----------
    start
        Offset of its first character in the whole text.
    text
        The sentence, quotations and code blanked.
    first, last
        Whether it opens or ends the text.
    opens
        Whether it opens a paragraph, a block between empty lines.
    pasted
        Whether its line is a labelled part ("Context: …"), an item of a list, or follows one in the same paragraph.
    """

    start: int
    text: str
    first: bool
    last: bool
    opens: bool
    pasted: bool


def blanked(text: str) -> str:
    """Replace quotations, code and links by one made-up word each, of the same length.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    str
        Text of the same length; quotation marks stay.
    """
    text = _FENCE.sub(lambda match: _word(match[0]), text)
    text = _LINK.sub(lambda match: _word(match[0]), text)
    return _QUOTE.sub(_quoted, text)


def _quoted(match: re.Match[str]) -> str:
    """Blank a quotation but for its marks and its own full stop, with which a sentence may end."""
    inner = match[0][1:-1]
    end = inner[-1] if inner[-1] in ".!?" and len(inner) > 1 else ""
    return match[0][0] + _word(inner.removesuffix(end)) + end + match[0][-1]


def _word(text: str) -> str:
    return "X" + "x" * (len(text) - 1)


def segments(text: str) -> list[Segment]:
    """List the sentences at both ends of a text, in order.

    Parameters
    ----------
    text
        Any text, of any length.

    Returns
    -------
    list of Segment
        At most nine; empty where the text holds no letter or digit.
    """
    pieces: list[tuple[int, str]] = []
    if len(text) <= 2 * _WINDOW:
        pieces = _sentences(blanked(text), 0)
    else:
        # Code is blanked over the whole text: a window that begins inside it would take its end for its beginning.
        plain = _CLOSED_FENCE.sub(lambda match: _word(match[0]), text)
        head = _sentences(blanked(plain[:_WINDOW]), 0)
        tail = _sentences(blanked(plain[-_WINDOW:]), len(text) - _WINDOW)
        # The sentence that the window cut is left out, unless it is all there is.
        pieces = [*(head[:-1] or head), *(tail[1:] or tail)]
    if len(pieces) > _HEAD + _TAIL:
        pieces = pieces[:_HEAD] + pieces[-_TAIL:]
    return _described(text, pieces)


def sentence_at(text: str, place: int) -> tuple[int, int]:
    """Find the sentence, or the line of a list or of code, that a character stands in.

    Parameters
    ----------
    text
        Any text, of any length.
    place
        Offset of the character.

    Returns
    -------
    tuple of int
        Offsets of its start and end, at most as many characters from ``place`` as a window has.
    """
    low, high = max(0, place - _WINDOW), min(len(text), place + _WINDOW)
    line_start, line_end = text.rfind("\n", low, place) + 1, text.find("\n", place, high)
    low, high = max(low, line_start), high if line_end < 0 else line_end
    begin = max((match.end() for match in _END.finditer(text, low, place)), default=low)
    ended = _END.search(text, place, high)
    return begin, ended.end() if ended else high


def _sentences(text: str, offset: int) -> list[tuple[int, str]]:
    """Cut at line breaks and at the ends of sentences; give offset and text of each piece that says something."""
    ends = sorted({match.end() for pattern in (_BREAK, _END) for match in pattern.finditer(text)} | {len(text)})
    found = []
    begin = 0
    for end in ends:
        piece = text[begin:end]
        stripped = piece.strip()
        if any(character.isalnum() for character in stripped):
            found.append((offset + begin + len(piece) - len(piece.lstrip()), stripped))
        begin = end
    return found


def _described(text: str, pieces: list[tuple[int, str]]) -> list[Segment]:
    """Tell of each piece where it stands and whether it is pasted material."""
    found = []
    pasted = False
    ended = 0
    for index, (start, piece) in enumerate(pieces):
        gap = text[ended:start] if index else "\n\n"
        ended = start + len(piece)
        last = index == len(pieces) - 1
        opens, new_line = gap.count("\n") > 1, "\n" in gap
        label = _TASK_LABEL.match(piece)
        skipped = label.end() if label and label.end() < len(piece) else 0
        if skipped:
            pasted = False
        elif new_line and (_LABEL.match(piece) or _ITEM.match(piece)):
            pasted = True
        elif opens:
            pasted = False
        found.append(Segment(start + skipped, piece[skipped:][:_LONGEST], index == 0, last, opens, pasted))
    return found
