from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "instructions.jsonl"


def small(folder: Path, *, bad: bool = True) -> Path:
    lines = EXAMPLE.read_text(encoding="utf8").splitlines()[:60]
    if bad:
        lines.insert(7, '{"instruction": ')
    path = folder / "small.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


def test_a_map_of_a_file_and_again_of_its_store(run: Any, tmp_path: Path) -> None:
    source = small(tmp_path)
    done = run("map", source, "-o", tmp_path / "map.html", "--json")
    assert done.code == 0, done.err
    figures = json.loads(done.out)
    assert (figures["rows"], figures["rejected"], figures["encoder"]) == (60, 1, "default")
    assert sum(cluster["size"] for cluster in figures["clusters"]) == 60
    assert sum(task["size"] for task in figures["tasks"]) == 60
    assert set(figures["stages"]) == {"start", "embed", "read", "cluster", "layout", "page", "total"}
    page = (tmp_path / "map.html").read_text(encoding="utf8")
    assert page.startswith("<!")
    assert "small.jsonl" in page
    assert "Alpaca" in done.err
    assert (tmp_path / "map.html.rejects.jsonl").is_file()

    assert run("embed", source, "-o", tmp_path / "store").code == 0
    again = run("map", tmp_path / "store", "-o", tmp_path / "again.html", "--json")
    assert again.code == 0, again.err
    assert json.loads(again.out)["clusters"] == figures["clusters"]


def test_the_cache_gives_the_same_map(run: Any, tmp_path: Path) -> None:
    source = small(tmp_path, bad=False)
    first, second = (run("map", source, "-o", tmp_path / f"{n}.html", "-k", 5, "--json") for n in (1, 2))
    first, second = json.loads(first.out), json.loads(second.out)
    assert len(first["clusters"]) == 5
    assert first["clusters"] == second["clusters"]
    assert first["bytes"] == pytest.approx(second["bytes"], abs=40)  # the page tells its stages' seconds


@pytest.mark.parametrize("encoder", ["static", "tfidf", "random"])
def test_other_encoders(run: Any, tmp_path: Path, encoder: str) -> None:
    source = small(tmp_path, bad=False)
    done = run("map", source, "-o", tmp_path / "map.html", "--encoder", encoder, "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["encoder"] == encoder
    assert run("embed", source, "-o", tmp_path / "store", "--encoder", encoder).code == 0


def test_people_get_a_table_and_a_sentence(run: Any, tmp_path: Path) -> None:
    done = run("map", small(tmp_path, bad=False), "-o", tmp_path / "map.html", "-q", "-k", 4)
    assert done.code == 0
    assert done.err == ""
    assert "60 rows in 4 clusters" in done.out


def test_a_single_row_has_a_map(run: Any, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("Write a poem.\n", encoding="utf8")
    done = run("map", tmp_path / "one.txt", "-o", tmp_path / "map.html", "--encoder", "static", "-q")
    assert "1 row in 1 cluster;" in done.out


def test_the_map_as_a_table_for_embedding_atlas(run: Any, tmp_path: Path) -> None:
    flags = ("--encoder", "random", "-o", tmp_path / "map.html", "--parquet", tmp_path / "atlas.parquet")
    done = run("map", small(tmp_path, bad=False), *flags)
    assert done.code == 0, done.err
    assert "atlas.parquet --text instruction --x projection_x --y projection_y --neighbors neighbors\n" in done.err
    names = pq.read_schema(tmp_path / "atlas.parquet").names
    assert "neighbors" in names
    assert "task" not in names  # `random` does not label

    done = run("map", small(tmp_path), *flags[:-1], tmp_path / "atlas.csv")
    assert done.code == 2
    assert ".parquet" in done.err


def test_the_page_never_replaces_the_data(run: Any, tmp_path: Path) -> None:
    source = small(tmp_path)
    whole = source.read_bytes()
    done = run("map", source, "-o", source, "--encoder", "random")
    assert (done.code, "written as .html" in done.err) == (2, True), done.err
    assert source.read_bytes() == whole


def test_clusters_are_added_to_the_rows(run: Any, tmp_path: Path) -> None:
    source = small(tmp_path)
    done = run("cluster", source, "-o", tmp_path / "out.jsonl", "-k", 6, "--json")
    assert done.code == 0, done.err
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf8").splitlines()]
    assert len(rows) == 60
    assert json.loads(done.out)["rejected"] == 1
    assert {row["cluster"] for row in rows} == set(range(6))
    names = {row["cluster"]: row["cluster_name"] for row in rows}
    assert len(set(names.values())) == 6
    assert rows[0]["instruction"] == json.loads(EXAMPLE.read_text(encoding="utf8").splitlines()[0])["instruction"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["map", "not-there.jsonl"], 3, "no such file"),
        (["map", "{source}", "--encoder", "gpt"], 5, "default"),
        (["map", "{source}", "-k", "0"], 2, "neither a positive number"),
        (["map", "{source}", "-k", "999"], 2, "999"),
        (["map", "{source}", "--field", "nope"], 3, "nope"),
        (["map", "{source}", "--columns", "[1]"], 2, "--columns"),
        (["map", "{source}", "--strict"], 3, "row"),
        (["map", "{source}", "-o", "no/such/map.html"], 3, "there is no folder no/such"),
        (["cluster", "{source}", "-o", "out.doc"], 2, "doc"),
        (["cluster", "{source}", "-o", "no/such/folder.jsonl"], 3, "no folder"),
        (["label", "{source}", "-o", "out.txt"], 3, "no place for columns"),
    ],
)
def test_wrong_use_is_one_line_with_a_code(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    source = str(small(tmp_path))
    done = run(*(argument.replace("{source}", source) for argument in arguments))
    assert done.code == code, done.err
    assert message in done.err
    assert "Traceback" not in done.err
