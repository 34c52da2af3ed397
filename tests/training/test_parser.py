from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import pytest

from taskscape.training.imperatives import imperatives
from taskscape.training.parser import train_parser

if TYPE_CHECKING:
    from pathlib import Path

    from taskscape.training.conllu import Tree

pytest.importorskip("spacy", reason="needs the extra [parser]")


def write(path: Path, trees: list[Tree]) -> Path:
    lines = []
    for tree in trees:
        for index, word in enumerate(tree.words):
            root = tree.heads[index] == index
            after = "_" if tree.spaces[index] else "SpaceAfter=No"
            head, relation = (0, "root") if root else (tree.heads[index] + 1, tree.relations[index])
            row = [str(index + 1), word, "_", "_", tree.tags[index], "_", str(head), relation, "_", after]
            lines.append("\t".join(row))
        lines.append("")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_small_parser_learns_the_grammar(tmp_path: Path) -> None:
    train = write(tmp_path / "train.conllu", imperatives(Random(1), count=300))
    development = write(tmp_path / "dev.conllu", imperatives(Random(2), count=20))
    scores = train_parser([train], development, tmp_path / "out", passes=2, generated=50, seed=1)
    assert scores.tags > 0.6
    assert 0 < scores.relations <= scores.heads
    meta = json.loads((tmp_path / "out" / "meta.json").read_text(encoding="utf-8"))
    assert meta["spacy_version"] == ">=3.8,<4"


def test_no_pass_is_refused(tmp_path: Path) -> None:
    train = write(tmp_path / "train.conllu", imperatives(Random(1), count=5))
    with pytest.raises(ValueError, match="at least 1"):
        train_parser([train], train, tmp_path / "out", passes=0, generated=0)
