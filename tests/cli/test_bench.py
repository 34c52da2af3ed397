from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from taskscape.encoders import registered_encoders
from tests.benchmark.test_evaluation import LABELS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def ieb(tmp_path: Path) -> Path:
    folder = tmp_path / "ieb"
    folder.mkdir()
    tasks: dict[str, Any] = {label: {"samples": []} for label in LABELS}
    for text, label in zip(TEXTS, LABELS, strict=True):
        tasks[label]["samples"].append({"instruction": text})
    pairs = [
        {"instruction1": a, "intention1": s, "instruction2": b, "intention2": t, "label": int(s == t)}
        for a, b, s, t in zip(TEXTS, TEXTS[1:], LABELS, LABELS[1:], strict=False)
    ]
    (folder / "eft_test.json").write_text(json.dumps(tasks))
    (folder / "intention_similarity_test.json").write_text(json.dumps(pairs))
    return folder


def test_table_has_a_row_for_each_encoder(run: Callable[..., Any], ieb: Path) -> None:
    done = run("bench", "random", "tfidf", "--ieb", ieb, "--markdown")
    assert done.code == 0
    lines = done.out.strip().splitlines()
    assert [line.split(" | ")[0] for line in lines] == ["| encoder", "| ---", "| random", "| tfidf"]
    assert "| ceiling |" in lines[0]
    assert len({line.count("|") for line in lines}) == 1


def test_json_holds_all_figures(run: Callable[..., Any], ieb: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen.txt"
    seen.write_text("write\n")
    done = run("bench", "random", "--ieb", ieb, "--json", "--seeds", "2", "--seen", seen)
    (scores,) = json.loads(done.out)
    assert scores["encoder"] == "random"
    assert 0 < scores["similarity_unseen"]["pairs"] < scores["similarity"]["pairs"]
    assert -1 <= scores["clustering"]["silhouette"] <= 1


def test_pairs_of_seen_tasks_only_are_said(run: Callable[..., Any], ieb: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen.txt"
    seen.write_text("\n".join(set(LABELS)) + "\n\n")
    done = run("bench", "random", "--ieb", ieb, "--seen", seen)
    assert "no figures on unseen tasks" in done.err
    seen.write_text("write\n")
    assert "IIS unseen" in run("bench", "random", "--ieb", ieb, "--seen", seen, "--markdown").out


def test_label_line_stands_beside_encoders(run: Callable[..., Any], ieb: Path) -> None:
    done = run("bench", "labels:default", "random", "--ieb", ieb, "--json")
    line, scores = json.loads(done.out)
    assert line["clustering"]["clustering"] == "labels"
    assert (line["precision_at_1"], line["dimension"]) == (None, 0)
    assert scores["clustering"]["floor"]["purity"] > 0


@pytest.mark.parametrize("clustering", ["agglomerative", "dbscan", "fuzzy-cmeans"])
def test_clusterings_of_the_published_code(run: Callable[..., Any], ieb: Path, clustering: str) -> None:
    done = run("bench", "tfidf", "--ieb", ieb, "--clustering", clustering, "--json", "--seeds", "2")
    (scores,) = json.loads(done.out)
    assert scores["clustering"]["clustering"] == clustering
    assert (scores["clustering"]["eps"] is not None) == (clustering == "dbscan")


def test_labelled_file_in_place_of_the_benchmark(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "intents.csv"
    path.write_text("text,category\n" + "".join(f"{text},{label}\n" for text, label in zip(TEXTS, LABELS, strict=True)))
    done = run("bench", "tfidf", "--labelled", path, "--text-field", "text", "--label-field", "category", "-k", "3")
    assert done.code == 0
    assert "CSV" in done.err
    assert "IIS" not in done.out
    lines = run("bench", "tfidf", "--labelled", path, "--label-field", "category", "--cap", "4", "--json")
    assert "8 texts left out" in lines.err
    (scores,) = json.loads(lines.out)
    assert scores["clustering"]["k"] == 4
    assert scores["similarity"] is None


def test_settings_that_do_not_fit_are_one_line(run: Callable[..., Any], ieb: Path, tmp_path: Path) -> None:
    for arguments in (("bench", "random"), ("bench", "random", "--ieb", ieb, "--labelled", tmp_path)):
        done = run(*arguments)
        assert done.code == 2
        assert "either --ieb DIR (both tests) or --labelled FILE" in done.err
    done = run("bench", "random", "--ieb", ieb, "--text-field", "text")
    assert done.code == 2
    assert "go with --labelled FILE" in done.err


def test_help_and_no_argument_show_the_default_command(run: Callable[..., Any]) -> None:
    for arguments in (("bench", "--help"), ("bench",), ("bench", "score", "--help")):
        assert "--labelled" in run(*arguments).out


def test_missing_files_are_one_line(run: Callable[..., Any], tmp_path: Path) -> None:
    done = run("bench", "random", "--ieb", tmp_path)
    assert done.code == 3
    assert done.err.startswith("taskscape: ")
    assert "Put the published IEB files" in done.err
    assert "Traceback" not in done.err


def test_unknown_encoder_is_one_line(run: Callable[..., Any], ieb: Path) -> None:
    done = run("bench", "nope", "--ieb", ieb)
    assert done.code == 5
    assert "there is no encoder 'nope'" in done.err


def test_encoders_are_listed(run: Callable[..., Any]) -> None:
    done = run("encoders", "--json")
    assert [entry["name"] for entry in json.loads(done.out)] == [entry.name for entry in registered_encoders()]
