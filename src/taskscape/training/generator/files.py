r"""Reading the phrasing files: slot lists, task families, traps, messages.

The files are plain text, to be extended by hand:

- ``slots/*.txt``: ``# name`` opens a list, one value per line (``\n`` is a line break); after ``# name *`` the values
  are templates themselves.
- ``families/*.txt``: ``# name @ verb|noun ; input=pair options=yesno tone=plain near=other,names same=names`` opens a
  family: its usual label, and its settings; a bare ``# name`` continues one. Then one template per line, see
  `taskscape.training.generator.template`; a label of its own stands behind ``" @ "``, and a line that starts with
  ``!`` holds its input, or needs none.
- ``grammar.txt``: verbs, nouns, and what can follow them, see `taskscape.training.generator.grammar`.
- ``traps/*.txt``: groups parted by an empty line; a line is ``family :: template``; the lines of a group share words,
  or the task.
- ``messages/*.txt``: what people say to companies and assistants (``said_*.txt``) or ask of a language model
  (``asked_*.txt``), a message a line and no label; those of a block, parted from the next by an empty line, want the
  same thing.

Lines that start with ``//`` are comments. A line that cannot be read is a `DataError` with file and line.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from taskscape.errors import DataError
from taskscape.training.generator.inflection import plural
from taskscape.training.generator.template import Body, Slots, marked_words, parse, slot_names

if TYPE_CHECKING:
    from collections.abc import Iterator

PHRASINGS = Path(__file__).resolve().parent.parent / "phrasings"
LABEL = re.compile(r"[a-z][a-z'-]*\|[a-z][a-z'-]*")
CLASS_VERBS = frozenset("what who whom when where why how which whose yes-no noun none".split())  # noqa: SIM905
_SETTINGS = frozenset({"input", "options", "tone", "near", "same"})


@dataclass(frozen=True, slots=True)
class Template:
    """One phrasing of a family.

    Parameters
    ----------
    id
        Hash of the line, so that ids outlive edits elsewhere.
    family
        Name of the family.
    body
        The parsed line.
    label
        A label of its own; None where the marked words, or else the family's label, are the label.
    labels
        Every label that a drawing can carry (at least those: words of separate choices are all combined).
    whole
        Whether it holds its input, or needs none.
    """

    id: str
    family: str
    body: Body
    label: str | None
    labels: frozenset[str]
    whole: bool


@dataclass(slots=True)
class Family:
    """One task with its phrasings.

    Parameters
    ----------
    name, label
        Name of the family and its usual ``verb|noun``.
    input, options
        Slot list of the input to put beside the request, and of the sentence that names the possible answers; or None.
    tone
        ``"task"``: may get polite forms, personas, limits; ``"plain"``: people's messages, left as they are.
    near, same
        Families that share words but ask for something else; families that are the same task.
    templates
        The phrasings.
    """

    name: str
    label: str
    input: str | None = None
    options: str | None = None
    tone: str = "task"
    near: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    templates: list[Template] = field(default_factory=list)


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """Lines of a phrasing file that are not comments, each with ``file:line`` for messages."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.startswith("//"):
            yield line.rstrip(), f"{path.name}:{number}"


def read_slots(folder: Path = PHRASINGS) -> Slots:
    """Read every slot list.

    Raises
    ------
    DataError
        A value before the first heading, a list given twice, or an empty list.
    """
    values: dict[str, list[str]] = {}
    templates: dict[str, list[Body]] = {}
    for path in sorted((folder / "slots").glob("*.txt")):
        plain: list[str] | None = None
        parsed: list[Body] | None = None
        for line, where in lines(path):
            if line.startswith("# "):
                name = line[2:].removesuffix("*").strip()
                if name in values or name in templates:
                    raise DataError(f"{where}: the list {name!r} stands twice; join the two")
                plain, parsed = ([], None) if not line.endswith("*") else (None, [])
                if plain is not None:
                    values[name] = plain
                if parsed is not None:
                    templates[name] = parsed
            elif line and plain is not None:
                plain.append(line.replace("\\n", "\n"))
            elif line and parsed is not None:
                parsed.append(parse(line, where))
            elif line:
                raise DataError(f"{where}: a value before the first '# name'")
    for name, entries in (values | templates).items():
        if not entries:
            raise DataError(f"the slot list {name!r} is empty")
    return Slots(values, templates)


def read_families(slots: Slots, folder: Path = PHRASINGS) -> dict[str, Family]:
    """Read every family with its templates.

    Raises
    ------
    DataError
        A heading or template that cannot be read, a slot that no list gives, or a name used twice.
    """
    families: dict[str, Family] = {}
    found: list[tuple[str, str, str]] = []  # a family can be continued in a file that is read before its own
    for path in sorted((folder / "families").glob("*.txt")):
        found += _collect(path, families)
    for name, line, where in found:
        if name not in families:
            raise DataError(f"{where}: no heading '# {name} @ verb|noun' is in any file")
        families[name].templates.append(read_template(line, families[name], slots, where))
    for family in families.values():
        for slot in (family.input, family.options):
            if slot and slot not in slots:
                raise DataError(f"family {family.name!r}: no slot list is named {slot!r}")
    return families


def _collect(path: Path, families: dict[str, Family]) -> Iterator[tuple[str, str, str]]:
    """Add the families that a file opens, and give its template lines: family, line, place."""
    name = ""
    for line, where in lines(path):
        if line.startswith("# ") and " @ " in line:
            family = _heading(line[2:], where)
            name = family.name
            if name in families:
                raise DataError(f"{where}: the family {name!r} stands twice; '# {name}' continues it")
            families[name] = family
        elif line.startswith("# "):
            name = line[2:]
        elif line and not name:
            raise DataError(f"{where}: a template before the first '# name @ verb|noun'")
        elif line:
            yield name, line, where


def _heading(text: str, where: str) -> Family:
    head, _, settings = text.partition(" ; ")
    name, _, label = head.partition(" @ ")
    if not LABEL.fullmatch(label.strip()):
        raise DataError(f"{where}: a heading is '# name @ verb|noun ; key=value …', not {text!r}")
    pairs = dict(pair.partition("=")[::2] for pair in settings.split())
    if unknown := set(pairs) - _SETTINGS:
        raise DataError(f"{where}: unknown setting {sorted(unknown)[0]!r}; there are {', '.join(sorted(_SETTINGS))}")
    return Family(
        name.strip(),
        label.strip(),
        input=pairs.get("input"),
        options=pairs.get("options"),
        tone=pairs.get("tone", "task"),
        near=tuple(filter(None, pairs.get("near", "").split(","))),
        same=tuple(filter(None, pairs.get("same", "").split(","))),
    )


def read_template(line: str, family: Family, slots: Slots, where: str) -> Template:
    """Parse one template line of a family.

    Raises
    ------
    DataError
        A bracket that is not closed, or a slot that no list gives.
    """
    whole = line.startswith("!")
    text, at, label = line.removeprefix("!").strip().rpartition(" @ ")
    if not at or not LABEL.fullmatch(label):
        text, label = line.removeprefix("!").strip(), ""
    body = parse(mark_words(text, label) if label and "<" not in text else text, where)
    for name in sorted(slot_names(body)):
        if name not in slots and name.rstrip("0123456789") not in slots:
            raise DataError(f"{where}: no slot list is named {name!r}")
    labels = frozenset([label]) if label else possible_labels(body, family.label)
    return Template(f"{family.name}/{zlib.crc32(line.encode()):08x}", family.name, body, label or None, labels, whole)


def mark_words(text: str, label: str) -> str:
    r"""Mark the words of a label where the template has them as they are, so that they need not be marked by hand.

    Examples
    --------
    >>> mark_words("How do I ask my boss for a raise?", "ask|boss")
    'How do I <ask> my <boss> for a raise?'
    """
    verb, _, noun = label.partition("|")
    if verb in CLASS_VERBS:
        return text
    found = _outside_slots(rf"{verb}", text, 0)
    if found is None:
        return text
    text = f"{text[: found.start()]}<{found[0]}>{text[found.end() :]}"
    if noun not in ("none", "knowledge", "task", "math"):
        forms = rf"(?:{re.escape(noun)}|{re.escape(plural(noun))})"
        if place := _outside_slots(forms, text, found.end() + 2):
            text = f"{text[: place.start()]}<{place[0]}={noun}>{text[place.end() :]}"
    return text


def _outside_slots(pattern: str, text: str, start: int) -> re.Match[str] | None:
    """First whole word of a pattern that is not the name of a slot."""
    for match in re.compile(rf"(?<![\w{{'-]){pattern}(?![\w}}'-])", re.IGNORECASE).finditer(text, start):
        if text.count("{", 0, match.start()) == text.count("}", 0, match.start()):
            return match
    return None


def possible_labels(body: Body, default: str) -> frozenset[str]:
    """Labels that the marked words of a template can make."""
    verbs, nouns = marked_words(body)
    if not verbs:
        verb, _, noun = default.partition("|")
        return frozenset(f"{verb}|{word}" for word in nouns or [noun])
    return frozenset(f"{verb}|{noun}" for verb in verbs for noun in nouns or ["none"])


def read_traps(families: dict[str, Family], slots: Slots, folder: Path = PHRASINGS) -> list[list[Template]]:
    """Read the groups of templates that share words but not the task.

    Raises
    ------
    DataError
        A line without ``::`` or of an unknown family, or what `read_template` raises.
    """
    groups: list[list[Template]] = []
    found = [pair for path in sorted((folder / "traps").glob("*.txt")) for pair in (*lines(path), ("", ""))]
    group: list[Template] = []
    for line, where in found:
        if not line:
            groups.append(group)
            group = []
            continue
        name, parted, text = line.partition(" :: ")
        if not parted:
            raise DataError(f"{where}: a trap is 'family :: template', not {line!r}")
        if name not in families:
            raise DataError(f"{where}: no family is named {name!r}")
        group.append(read_template("! " + text, families[name], slots, where))
    return [group for group in groups if group]


def read_messages(kind: str = "*", folder: Path = PHRASINGS) -> dict[str, list[str]]:
    """Read the messages that are ``said``, ``asked``, or all, block by block; a block is named by file and line."""
    blocks: dict[str, list[str]] = {}
    for path in sorted((folder / "messages").glob(f"{kind}_*.txt")):
        name = ""
        for text, where in lines(path):
            name = (name or where) if text else ""
            if text:
                blocks.setdefault(name, []).append(text)
    return blocks
