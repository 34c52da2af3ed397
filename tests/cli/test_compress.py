from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from taskscape import Store, compress, embed, open_dataset
from tests.toy import HashingEncoder

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "instructions.jsonl"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A benchmark of 60 items with a bad row among them."""
    lines = EXAMPLE.read_text(encoding="utf8").splitlines()[:60]
    lines.insert(2, '{"instruction": ')
    path = tmp_path_factory.mktemp("compress") / "bench.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


@pytest.fixture(scope="module")
def store(bench: Path) -> Path:
    path = bench.parent / "store"
    embed(open_dataset(bench), encoder=HashingEncoder(), store=path)
    return path


def answers(models: int, items: int = 60) -> np.ndarray:
    random = np.random.default_rng(0)
    ease, ability = random.normal(size=(items, 1)), random.normal(size=models)
    return (random.random((items, models)) < 1 / (1 + np.exp(-ease - 2 * ability))).astype(float)


def write(path: Path, scores: np.ndarray, first: int = 0) -> Path:
    lines = [",".join(f"model {first + number}" for number in range(scores.shape[1]))]
    lines += [",".join("" if np.isnan(score) else f"{score:g}" for score in row) for row in scores]
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


def test_from_a_benchmark_to_a_ranking(run: Any, bench: Path, store: Path, tmp_path: Path) -> None:
    scores = answers(16)
    scores[4, 3] = np.nan
    known = write(tmp_path / "known.csv", scores[:, :12])
    tiny, samples = tmp_path / "tiny", tmp_path / "samples.json"
    done = run("compress", store, "--size", "20%", "--scores", known, "-o", tiny, "--lm-eval", samples, "--json")
    assert done.code == 0, done.err
    figures = json.loads(done.out)
    assert (figures["items"], figures["size"], figures["models"]) == (60, 12, 12)
    assert figures["expected_error"] > 0
    source = bench.read_text(encoding="utf8").splitlines()
    items = (tiny / "items.jsonl").read_text(encoding="utf8").splitlines()
    assert items == [source[row] for row in figures["rows"]]
    description = json.loads((tiny / "tiny.json").read_text(encoding="utf8"))
    assert description["rows"] == figures["rows"]
    assert sum(description["weights"]) == pytest.approx(1, abs=1e-4)
    assert json.loads(samples.read_text(encoding="utf8")) == {"bench": figures["rows"]}

    new = write(tmp_path / "new.csv", scores[description["indices"], 12:], first=12)
    done = run("estimate", tiny, "--scores", new, "--json")
    assert done.code == 0, done.err
    models = json.loads(done.out)["models"]
    assert [model["rank"] for model in models] == [1, 2, 3, 4]
    assert [model["mean"] for model in models] == sorted((model["mean"] for model in models), reverse=True)
    by_hand = compress(Store.open(store).embeddings(), size=12, scores=scores[:, :12])
    for model in models:
        own = by_hand.estimate(scores[by_hand.indices, int(model["model"].split()[1])])
        assert (model["mean"], model["low"], model["high"]) == pytest.approx((own.mean, own.low, own.high))
    shown = run("estimate", tiny, "--scores", new, "--level", 0.5)
    assert "50% interval" in shown.out
    assert "model 15" in shown.out


def test_reports_of_the_items_and_of_the_models(run: Any, store: Path, tmp_path: Path) -> None:
    scores, page, tiny = answers(10), tmp_path / "page.html", tmp_path / "tiny"
    known = write(tmp_path / "known.csv", scores[:, :7])
    done = run("compress", store, "--size", 12, "--scores", known, "-o", tiny, "--report", page, "--json")
    assert done.code == 0, done.err
    assert f"report: {page}" in done.err
    html, figures = page.read_text(encoding="utf8"), json.loads(done.out)
    assert "12 of 60 items stand for all" in html
    assert f"{figures['expected_error']:.4f}" in html
    assert all(f'<span class="muted">{row}</span>' in html for row in figures["rows"])
    new = write(tmp_path / "new.csv", scores[json.loads((tiny / "tiny.json").read_bytes())["indices"], 7:], first=7)
    done = run("estimate", tiny, "--scores", new, "--report", page, "--json")
    assert done.code == 0, done.err
    html = page.read_text(encoding="utf8")
    assert "3 models on 12 items that stand for 60" in html
    assert all(f"{model['low']:.3f} to {model['high']:.3f}" in html for model in json.loads(done.out)["models"])
    assert str(tmp_path) not in html
    for arguments in (("compress", store, "--size", 5, "-o", tmp_path / "t"), ("estimate", tiny, "--scores", new)):
        assert "written as .html" in run(*arguments, "--report", tmp_path / "page.md").err


def test_without_scores(run: Any, store: Path, tmp_path: Path) -> None:
    tiny = tmp_path / "tiny"
    done = run("compress", store, "--size", 10, "-o", tiny)
    assert done.code == 0, done.err
    assert "10 of 60 items chosen by: balanced" in done.out
    new = write(tmp_path / "new.csv", np.ones((10, 1)))
    done = run("estimate", tiny, "--scores", new, "--json")
    assert json.loads(done.out)["models"][0]["mean"] == pytest.approx(1)
    assert run("compress", store, "--size", 10, "-o", tiny).code == 0  # a tiny benchmark may be written anew


def test_bad_rows_count_in_scores_and_are_told_the_second_time_too(run: Any, bench: Path, tmp_path: Path) -> None:
    known = write(tmp_path / "known.csv", answers(5, 61))  # the bad row has scores
    for tiny in (tmp_path / "first", tmp_path / "again"):
        done = run("compress", bench, "--size", 8, "--scores", known, "--encoder", "static", "-o", tiny, "--json")
        assert done.code == 0, done.err
        assert (json.loads(done.out)["items"], json.loads(done.out)["rejected"]) == (60, 1)
        assert json.loads((tiny / "items.jsonl.rejects.jsonl").read_text(encoding="utf8"))["row"] == 2


def test_items_never_replace_the_benchmark(run: Any, store: Path, tmp_path: Path) -> None:
    tiny = tmp_path / "tiny"
    assert run("compress", store, "--size", 10, "-o", tiny).code == 0
    items = (tiny / "items.jsonl").read_bytes()
    done = run("compress", tiny / "items.jsonl", "--size", 5, "-o", tiny, "--encoder", "static")
    assert (done.code, "items.jsonl is being read" in done.err) == (2, True), done.err
    assert (tiny / "items.jsonl").read_bytes() == items


def test_too_few_models_are_said(run: Any, store: Path, tmp_path: Path) -> None:
    known = write(tmp_path / "known.csv", answers(2))
    done = run("compress", store, "--size", 10, "--scores", known, "-o", tmp_path / "tiny")
    assert done.code == 0
    assert "scores of 2 models are too few" in done.err
    assert "chosen by: balanced" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "0"], "size is 0"),
        (["--size", "61"], "size is 61 and there are 60 rows"),
        (["--size", "many"], "neither a count"),
        (["--size", "5", "--method", "curves"], "curves needs other models' scores"),
        (["--size", "5", "--scores", "short.csv"], r"short.csv has 7 rows of scores and the benchmark has 60 items"),
        (["--size", "5", "--scores", "absent.csv"], "no such file"),
        (["--size", "5", "--scores", "empty.csv"], "no column of scores"),
    ],
)
def test_wrong_use(
    run: Any, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "short.csv", answers(5, 7))
    (tmp_path / "empty.csv").touch()
    done = run("compress", store, "-o", tmp_path / "tiny", *arguments)
    assert done.code in (2, 3)
    assert message in done.err
    assert not (tmp_path / "tiny").exists()


def test_what_is_no_tiny_benchmark(run: Any, store: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new.csv", np.ones((3, 2)))
    assert "there is no tiny benchmark here" in run("estimate", tmp_path, "--scores", new).err
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    assert "holds something else" in run("compress", store, "--size", 5, "-o", tmp_path / "full").err
    assert "is a file" in run("compress", store, "--size", 5, "-o", new).err
    assert "there is no folder" in run("compress", store, "--size", 5, "-o", tmp_path / "no" / "tiny").err
    tiny = tmp_path / "tiny"
    assert run("compress", store, "--size", 5, "-o", tiny).code == 0
    assert "new.csv has 3 rows of scores" in run("estimate", tiny, "--scores", new).err
    five = write(tmp_path / "five.csv", np.ones((5, 2)))
    assert "level is 2.0" in run("estimate", tiny, "--scores", five, "--level", 2).err
    kept = (tiny / "estimator.npz").read_bytes()
    (tiny / "estimator.npz").write_bytes(kept[:90])
    assert "is damaged" in run("estimate", tiny, "--scores", five).err
    (tiny / "tiny.json").write_text("{}", encoding="utf8")
    assert "no description of a tiny benchmark" in run("estimate", tiny, "--scores", five).err
