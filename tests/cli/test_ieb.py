from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers import serve

if TYPE_CHECKING:
    from collections.abc import Callable

VERBS = ["Write", "Draw", "Describe", "Create", "Find", "Design"]
NOUNS = ["poem", "letter", "recipe", "song", "map"]
TOPICS = ["winter", "tea", "iron", "cats", "rain", "bees", "chess"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "rows.json"
    rows = [
        {"instruction": f"{verb} a {noun} about {topic}.", "input": "", "output": "…"}
        for verb in VERBS
        for noun in NOUNS
        for topic in TOPICS
    ]
    path.write_text(json.dumps(rows), encoding="utf8")
    return path


def test_build_then_check(run: Callable[..., Any], source: Path, tmp_path: Path) -> None:
    built = run("ieb", "build", source, "-o", tmp_path / "ieb", "--json", "--pairs", "40", "--labeller", "parser")
    assert built.code == 0, built.err
    stages = {stage["stage"]: stage for stage in json.loads(built.out)["stages"]}
    assert stages["read"]["samples"] == 210
    assert stages["capped"]["tasks"] >= 25
    assert "Alpaca" in built.err
    checked = run("ieb", "check", tmp_path / "ieb")
    assert checked.code == 0, checked.err
    assert "sound" in checked.out


def test_build_into_the_current_folder(
    run: Callable[..., Any], source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for _ in range(2):  # the second replaces the first
        built = run("ieb", "build", source, "-o", ".", "--pairs", "40", "--labeller", "parser")
        assert built.code == 0, built.err
        # By way of the folder that a shell is in, whatever stands at its path by now.
        assert "eft_test.json" in [path.name for path in Path().iterdir()]
        assert run("ieb", "check", ".").code == 0
    assert Path().samefile(tmp_path / "here")


def test_build_into_a_link(run: Callable[..., Any], source: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    link = tmp_path / "ieb"
    link.symlink_to("disk", target_is_directory=True)
    built = run("ieb", "build", source, "-o", link, "--pairs", "40", "--labeller", "parser")
    assert built.code == 0, built.err
    assert link.is_symlink()
    assert (tmp_path / "disk" / "eft_test.json").is_file()


def test_a_language_model_is_asked_and_the_estimate_comes_first(
    run: Callable[..., Any], source: Path, tmp_path: Path
) -> None:
    def approve(_: dict[str, Any]) -> dict[str, Any]:
        return {"choices": [{"message": {"content": '{"right": true, "verb": "write", "noun": "poem"}'}}]}

    with serve(approve, faults=[429, 500]) as server:
        flags = ["--llm-base-url", server.base_url, "--llm-model", "m", "--llm-prices", "1", "2"]
        built = run("ieb", "build", source, "-o", tmp_path / "ieb", "--labeller", "parser", *flags)
        assert built.code == 0, built.err
        assert "verify: 2" in built.err
        assert "at these prices" in built.err
        asked = len(server.requests)
        again = run("ieb", "build", source, "-o", tmp_path / "ieb", "--labeller", "parser", *flags)
        assert again.code == 0
        assert len(server.requests) == asked, "answers on disk were asked for again"


@pytest.mark.parametrize("below", ["", "ieb"])
def test_a_file_in_place_of_the_folder_is_told_before_the_work(
    run: Callable[..., Any], source: Path, tmp_path: Path, below: str
) -> None:
    taken = tmp_path / "notes.txt"
    taken.write_text("mine", encoding="utf8")
    built = run("ieb", "build", source, "-o", taken / below)
    assert (built.code, "Alpaca" in built.err) == (2, False)
    assert f"{taken} is a file: name a new or empty folder" in built.err
    fetched = run("ieb", "fetch", "-o", taken / below)
    assert fetched.code == 2
    assert f"{taken / below} cannot be made a folder" in fetched.err
    assert taken.read_text(encoding="utf8") == "mine"


def test_wrong_use_is_told_in_one_line(run: Callable[..., Any], source: Path, tmp_path: Path) -> None:
    lonely = run("ieb", "build", source, "-o", tmp_path / "ieb", "--llm-model", "m")
    assert (lonely.code, lonely.err.splitlines()[-1]) == (
        2,
        "taskscape: a language model needs both --llm-base-url and --llm-model",
    )
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine", encoding="utf8")
    precious = run("ieb", "build", source, "-o", tmp_path / "other", "--labeller", "parser")
    assert precious.code == 2
    assert (tmp_path / "other" / "thesis.txt").read_text(encoding="utf8") == "mine"
    assert run("ieb", "check", tmp_path).code == 3


def test_fetch_offline_says_where_files_go(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TASKSCAPE_OFFLINE", "1")
    offline = run("ieb", "fetch", "-o", tmp_path / "ieb")
    assert offline.code == 6
    assert "by hand at" in offline.err
