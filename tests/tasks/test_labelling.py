from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import taskscape
from taskscape.errors import EncoderError, UsageError
from taskscape.tasks import Task, label, labellers, load_labeller, register_labeller
from taskscape.tasks import labelling as module
from taskscape.tasks.labelling import fingerprint_of
from taskscape.tasks.syntax import ParserLabeller

if TYPE_CHECKING:
    from collections.abc import Sequence


class Constant:
    def label(self, texts: Sequence[str]) -> list[Task]:
        return [Task("write", "poem") for _ in texts]


def test_an_object_that_labels_can_be_given() -> None:
    assert label(["a", "b"], labeller=Constant()) == [Task("write", "poem")] * 2


def test_a_registered_labeller_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FACTORIES", dict(module._FACTORIES))
    monkeypatch.setattr(module, "_LOADED", {})
    register_labeller("constant", Constant)
    assert load_labeller("constant") is load_labeller("constant")
    assert "constant" in labellers()
    register_labeller("default", Constant)
    assert label(["a"]) == [Task("write", "poem")]


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(UsageError, match=r"'heds'.*parser"):
        label([], labeller="heds")


def test_a_single_string_is_refused() -> None:
    with pytest.raises(UsageError, match=r"label\(\[text\]\)"):
        label("Write a poem.", labeller="parser")


def test_the_shipped_encoder_labels_unless_told_otherwise() -> None:
    texts = ["Write a poem about rain.", "Who wrote Emma?"]
    assert [str(task) for task in label(texts)] == ["write|poem", "who|knowledge"]
    assert type(load_labeller()).__name__ == "LabellingEncoder"
    assert type(load_labeller("parser")).__name__ == "ParserLabeller"


def test_an_encoder_that_labels_is_a_labeller(tmp_path: Path) -> None:
    text = "Write a poem about rain."
    copy = shutil.copytree(Path(taskscape.__file__).parent / "models" / "default", tmp_path / "mine")
    assert [str(task) for task in label([text], labeller=str(copy))] == ["write|poem"]
    assert [str(task) for task in label([text], labeller="large")] == ["write|poem"]
    assert load_labeller("large") is load_labeller("large")


def test_an_encoder_without_heads_is_no_labeller(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'static' reads no labels"):
        label(["Write."], labeller="static")
    with pytest.raises(EncoderError, match="is no encoder"):
        label(["Write."], labeller=str(tmp_path))


def test_a_fingerprint_is_of_weights_and_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copytree(Path(taskscape.__file__).parent / "models" / "parser", tmp_path / "parser")
    shipped, other = ParserLabeller(), ParserLabeller(copy)
    before = fingerprint_of(shipped)
    assert before == fingerprint_of(other)
    weights = copy / "tagger" / "model"
    weights.write_bytes(weights.read_bytes() + b"!")
    assert fingerprint_of(other) != before
    default = fingerprint_of(load_labeller())
    assert len({before, default, fingerprint_of(load_labeller("large"))}) == 3
    monkeypatch.setattr(module, "rules_fingerprint", lambda: "other rules")
    assert fingerprint_of(shipped) != before
    assert fingerprint_of(load_labeller()) != default
    assert fingerprint_of(Constant()) is None


def test_the_rules_are_every_source_that_reads_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: dict[str, bytes] = {}
    monkeypatch.setattr(module, "_digest", lambda parts: hashed.update(parts) or "")
    module.rules_fingerprint.__wrapped__()
    assert {"rules.py", "heads.py", "vocabulary.py", "lemmas.py", "wordnet.txt.xz"} <= hashed.keys()
