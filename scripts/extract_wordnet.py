"""Make the small WordNet table that the package ships: ``python scripts/extract_wordnet.py DICT -o FILE``.

DICT is the ``dict`` folder of WordNet 3.0 (Debian's package ``wordnet-base`` has it in ``/usr/share/wordnet``). Kept:
single words, their synsets in order of sense, and the lists of irregular forms. Left out: phrases, glosses and all
relations but synonymy, so 25 MB become well under 1 MB.
"""

from __future__ import annotations

import argparse
import lzma
import re
from collections import Counter
from pathlib import Path

_WORD = re.compile(r"[a-z][a-z'-]*")


def senses(folder: Path, part: str) -> dict[str, list[str]]:
    """Read ``index.noun`` or ``index.verb``: word → synset offsets, most frequent sense first."""
    found = {}
    for line in (folder / f"index.{part}").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            continue  # the licence
        fields = line.split()
        if _WORD.fullmatch(fields[0]):
            found[fields[0]] = fields[-int(fields[2]) :]
    return found


def exceptions(folder: Path, part: str) -> list[tuple[str, str]]:
    """Read ``noun.exc`` or ``verb.exc``: pairs of irregular form and lemma."""
    lines = (folder / f"{part}.exc").read_text(encoding="utf-8").splitlines()
    pairs = [line.split()[:2] for line in lines if "_" not in line]
    return [(form, lemma) for form, lemma in pairs if form != lemma and _WORD.fullmatch(form)]


def table(folder: Path) -> str:
    """Give the whole table as text; `taskscape.tasks.wordnet` tells its form."""
    lines = []
    for part in ("noun", "verb"):
        words = senses(folder, part)
        shared = Counter(synset for synsets in words.values() for synset in synsets)
        numbers: dict[str, int] = {}
        lines.append(f"# {part}")
        for word in sorted(words):
            kept = [synset if shared[synset] > 1 else "" for synset in words[word]]
            while kept and not kept[-1]:
                kept.pop()
            marks = [str(numbers.setdefault(synset, len(numbers))) if synset else "" for synset in kept]
            lines.append(f"{word}\t{','.join(marks)}" if marks else word)
        lines.append(f"# {part} exceptions")
        lines += [f"{form}\t{lemma}" for form, lemma in sorted(set(exceptions(folder, part)))]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the command line, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    given.output.write_bytes(lzma.compress(table(given.folder).encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{given.output}: {given.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
