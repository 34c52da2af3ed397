"""The little English that the generator needs: singular and plural nouns, and "a" before "an".

Singulars are those of the labels; the rest is rules with short exception lists, because every word that passes through
them is one that we wrote: a general morphology would cost a dependency and milliseconds for nothing.
"""

from __future__ import annotations

from taskscape.tasks.lemmas import lemmatise

_PLURALS = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "criterion": "criteria",
    "hypothesis": "hypotheses",
    "analysis": "analyses",
    "thesis": "theses",
    "synopsis": "synopses",
    "diagnosis": "diagnoses",
    "life": "lives",
    "shelf": "shelves",
    "matrix": "matrices",
    "index": "indices",
    "medium": "media",
    "mouse": "mice",
    "leaf": "leaves",
    "wife": "wives",
}
_UNCOUNTABLE = frozenset(
    """advice feedback information code software music news html css sql homework research data content slang math
    vocabulary grammar furniture equipment luggage traffic weather people poetry prose""".split()  # noqa: SIM905
)
_LONG_U = ("uni", "use", "usa", "usu", "uti", "euro", "ubi", "one", "once", "u.s", "ur", "uk", "eu")
_LONG_U_EXCEPT = ("unin", "unim", "unid", "unil", "unit's", "urg", "urb")
_SILENT_H = ("hour", "honest", "honor", "honour", "heir")
_SPELLED = ("html", "http", "sql", "rsvp", "xml", "sms", "mri", "nda", "faq", "fbi", "svg", "mp3", "ngo", "mvp", "r ")


def singular(noun: str) -> str:
    """Lower-case singular of a noun form that one of our templates uses.

    Examples
    --------
    >>> singular("Summaries"), singular("boxes"), singular("news")
    ('summary', 'box', 'news')
    """
    return lemmatise(noun, "noun")


def plural(noun: str) -> str:
    """Plural of a lower-case singular noun; uncountable nouns stay as they are.

    Examples
    --------
    >>> plural("story"), plural("dish"), plural("advice")
    ('stories', 'dishes', 'advice')
    """
    if noun in _UNCOUNTABLE:
        return noun
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("s", "x", "ch", "sh", "z")):
        return noun + "es"
    return noun + "s"


def countable(noun: str) -> bool:
    """Whether the noun can follow "a" and take a plural."""
    return noun not in _UNCOUNTABLE


def takes_an(word: str) -> bool:
    """Whether "an" goes before this word (by sound, as far as spelling tells).

    Examples
    --------
    >>> [takes_an(word) for word in ("essay", "university", "hour", "SQL query")]
    [True, False, True, True]
    """
    low = word[:6].lower()
    if low.startswith(_SILENT_H) or low.startswith(_SPELLED):
        return True
    if low.startswith(_LONG_U) and not low.startswith(_LONG_U_EXCEPT):
        return False
    return low[:1] in "aeiou8"
