from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taskscape.encoders import base
from tests.toy import LabellingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

ROWS: list[dict[str, Any]] = [
    {"instruction": "Write a poem about the sea.", "input": "", "id": 0, "score": 1},
    {"instruction": "Summarize the text.", "input": "A fox came.", "id": 1, "score": 1},
    {"instruction": "write a poem  about the sea", "input": "", "id": 2, "score": 3},
    {"instruction": "Summarize the text.", "input": "A hen came.", "id": 3, "score": 1},
    {"instruction": "", "input": "", "id": 4, "score": 1},
    {"instruction": "Write a poem about the sea.", "input": "", "id": 5, "score": 2},
]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "rows.jsonl", ROWS)


def test_rows_that_stay_and_why_others_went(run: Callable[..., Any], data: Path, tmp_path: Path) -> None:
    done = run("dedup", data, "-o", tmp_path / "out.jsonl", "--encoder", "random")
    assert done.code == 0, done.err
    assert read(tmp_path / "out.jsonl") == [ROWS[0], ROWS[1], ROWS[3]]
    removed = read(tmp_path / "out.removed.jsonl")
    assert [(row["id"], row["dup_of"], row["kind"], row["similarity"]) for row in removed] == [
        (2, {"file": str(data), "row": 0}, "normalised", 1),
        (5, {"file": str(data), "row": 0}, "exact", 1),
    ]
    assert "2 of 5 rows repeat another one: 1 exact, 1 normalised" in done.out
    assert read(tmp_path / "out.jsonl.rejects.jsonl")[0]["row"] == 4
    # A second time everything is taken from the cache, with the same outcome.
    assert run("dedup", data, "-o", tmp_path / "again.jsonl", "--encoder", "random", "--threshold", "0.95").code == 0
    assert read(tmp_path / "again.removed.jsonl") == removed
    assert (tmp_path / "again.jsonl.rejects.jsonl").is_file()


def test_a_report_beside_the_output_and_against_other_data(run: Callable[..., Any], data: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = run("dedup", data, "-o", data, "--encoder", "random", "--report", page)
    assert done.code == 0, done.err
    shown = page.read_text(encoding="utf8")
    assert "2 of 5 rows repeat another one" in shown
    assert "The same text: row 5." in shown
    assert str(tmp_path) not in shown
    train = write(
        tmp_path / "train.jsonl",
        [{"instruction": "Say hello.", "input": ""}, {"instruction": "Summarize the text.", "input": "A hen came."}],
    )
    assert run("dedup", data, "--against", train, "--encoder", "random", "--report", page).code == 0
    shown = page.read_text(encoding="utf8")
    assert "1 of 3 rows occur in train.jsonl" in shown
    assert "A fox came." not in shown
    assert run("dedup", data, "--report", tmp_path / "page.txt").code == 2


def test_the_best_score_stays_and_the_output_may_be_the_source(run: Callable[..., Any], data: Path) -> None:
    done = run("dedup", data, "-o", data, "--encoder", "random", "--keep", "best", "--score", "score", "--json")
    assert done.code == 0, done.err
    assert [row["id"] for row in read(data)] == [1, 2, 3]
    figures = json.loads(done.out)
    assert (figures["rows"], figures["kept"], figures["kinds"]["normalised"]) == (5, 3, 2)
    assert [entry["row"] for entry in figures["duplicates"]] == [0, 5]


def test_contamination_is_found_and_fails_in_ci(run: Callable[..., Any], data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "train"
    folder.mkdir()
    write(folder / "a.jsonl", [{"instruction": "Name a fruit.", "input": ""}])
    write(
        folder / "b.jsonl",
        [{"instruction": "x", "input": ""}, {"instruction": "Summarize the text", "input": "A hen came"}],
    )
    done = run("dedup", data, "--against", folder, "--encoder", "random", "--fail-if-any", "--json")
    assert done.code == 1
    assert json.loads(done.out)["duplicates"] == [
        {"row": 3, "dup_of": {"file": str(folder / "b.jsonl"), "row": 1}, "similarity": 1.0, "kind": "normalised"}
    ]
    clean = write(tmp_path / "clean.jsonl", [{"instruction": "Something else entirely.", "input": ""}])
    assert run("dedup", clean, "--against", folder, "--encoder", "random", "--fail-if-any").code == 0


def test_several_files_are_compared_with_each_other(run: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    write(folder / "a.jsonl", ROWS[:2])
    write(folder / "b.jsonl", ROWS[2:4])
    done = run("dedup", folder, "-o", tmp_path / "one.jsonl", "--encoder", "random")
    assert done.code == 0, done.err
    assert [row["id"] for row in read(tmp_path / "one.jsonl")] == [0, 1, 3]
    assert read(tmp_path / "one.removed.jsonl")[0]["dup_of"] == {"file": str(folder / "a.jsonl"), "row": 0}


def test_what_is_written_beside_the_output_replaces_nothing_that_is_read(
    run: Callable[..., Any], data: Path, tmp_path: Path
) -> None:
    removed, out = data.rename(tmp_path / "x.removed.jsonl"), tmp_path / "x.jsonl"
    whole = removed.read_bytes()
    other = write(tmp_path / "other.jsonl", ROWS[:2])
    for arguments in ((removed,), (other, "--against", removed)):
        done = run("dedup", *arguments, "-o", out, "--encoder", "random")
        assert (done.code, f"{removed} is being read" in done.err) == (2, True), done.err
        assert removed.read_bytes() == whole
        assert not out.exists()
    rejects = removed.rename(tmp_path / "x.jsonl.rejects.jsonl")
    assert run("dedup", rejects, "-o", out, "--encoder", "random").code == 2
    assert rejects.read_bytes() == whole


def table(path: Path, images: Sequence[int] = range(len(ROWS))) -> Path:
    rows = [row | {"image": b"\x89PNG" if row["id"] in images else None} for row in ROWS]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("in_place", [False, True])
def test_removed_rows_of_a_table_are_a_table(run: Callable[..., Any], tmp_path: Path, in_place: bool) -> None:
    source = table(tmp_path / "rows.parquet")
    out = source if in_place else tmp_path / "out.parquet"
    for expected in ([2, 5], []) if in_place else ([2, 5],):
        done = run("dedup", source, "-o", out, "--encoder", "random", "--json")
        assert done.code == 0, done.err
        assert [row["id"] for row in pq.read_table(out).to_pylist()] == [0, 1, 3]
        beside = out.with_name(f"{out.stem}.removed.parquet")
        assert json.loads(done.out)["removed_output"] == str(beside)
        found = pq.read_table(beside)
        assert found["id"].to_pylist() == expected
        assert found["image"].to_pylist() == [b"\x89PNG"] * len(expected)
        assert found["dup_of"].to_pylist() == [{"file": str(source), "row": 0}] * len(expected)
        assert found.schema.field("kind").type == pa.string()
    assert not list(tmp_path.glob("*.removed.jsonl"))


def test_rows_made_into_a_table_have_their_removed_ones_in_a_table(
    run: Callable[..., Any], data: Path, tmp_path: Path
) -> None:
    assert run("dedup", data, "-o", tmp_path / "out.arrow", "--encoder", "random").code == 0
    assert pa.ipc.open_file(tmp_path / "out.removed.arrow").read_all()["id"].to_pylist() == [2, 5]
    unique = write(tmp_path / "unique.jsonl", ROWS[:2])
    assert run("dedup", unique, "-o", tmp_path / "all.parquet", "--encoder", "random").code == 0
    assert pq.read_table(tmp_path / "all.removed.parquet").num_rows == 0


def test_removed_rows_that_cannot_be_written_do_not_cost_the_output(run: Callable[..., Any], tmp_path: Path) -> None:
    source = table(tmp_path / "rows.parquet", images=[5])
    done = run("dedup", source, "-o", tmp_path / "out.jsonl", "--encoder", "random")
    assert (done.code, "cannot be written as JSON" in done.err) == (3, True), done.err
    assert [row["id"] for row in read(tmp_path / "out.jsonl")] == [0, 1, 3]


def test_a_removed_row_names_a_file_whose_name_is_no_utf_8(run: Callable[..., Any], data: Path, tmp_path: Path) -> None:
    source = data.rename(tmp_path / os.fsdecode(b"rows\xff.jsonl"))
    done = run("dedup", source, "-o", tmp_path / "out.jsonl", "--encoder", "random", "-q")
    assert done.code == 0, done.err
    assert read(tmp_path / "out.removed.jsonl")[0]["dup_of"] == {"file": str(tmp_path / "rows?.jsonl"), "row": 0}


def load_toy(_: str) -> LabellingEncoder:
    encoder = LabellingEncoder(dimension=64)
    encoder.name = "toy"
    return encoder


def test_what_stays_is_counted_by_task(run: Callable[..., Any], data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(base._REGISTRY, "toy", base.Registration("toy", f"{__name__}:load_toy", "for tests"))
    figures = json.loads(run("dedup", data, "--encoder", "toy", "--json").out)
    assert sum(line["rows"] for line in figures["tasks"]) == figures["rows"]
    assert sum(line["kept"] for line in figures["tasks"]) == figures["kept"] < figures["rows"]
    assert "tasks" not in json.loads(run("dedup", data, "--encoder", "random", "--json").out)  # it does not label


def test_stores_of_two_encoders_are_refused(run: Callable[..., Any], data: Path, tmp_path: Path) -> None:
    for encoder in ("static", "random"):
        assert run("embed", data, "-o", tmp_path / encoder, "--encoder", encoder).code == 0
    done = run("dedup", tmp_path / "random", "--against", tmp_path / "static")
    assert done.code == 4
    assert "was embedded by random" in done.err
    done = run("dedup", data, "--against", tmp_path / "static", "--encoder", "random")
    assert done.code == 2
    assert "--encoder is random and" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--threshold", "loose"], 2, "neither a number"),
        (["--threshold", "0.1"], 2, "0.7 to 1"),
        (["--keep", "best"], 2, "belong together"),
        (["--keep", "best", "--score", "stars"], 3, "no field 'stars'"),
        (["--keep", "best", "--score", "input"], 3, "finite number"),
        (["-o", "rows.unknown"], 2, "cannot tell"),
        (["--against", "not-there.json"], 3, "not-there.json"),
    ],
)
def test_wrong_use(run: Callable[..., Any], data: Path, arguments: list[str], code: int, says: str) -> None:
    done = run("dedup", data, "--encoder", "random", *arguments)
    assert (done.code, says in done.err) == (code, True), done.err


def test_an_empty_file(run: Callable[..., Any], tmp_path: Path) -> None:
    done = run("dedup", write(tmp_path / "none.jsonl", []))
    assert done.code == 3
    assert "none.jsonl" in done.err


def test_an_input_that_repeats_its_instruction_counts_once(run: Callable[..., Any], tmp_path: Path) -> None:
    ieb = {
        "a|b": {
            "number": 1,
            "samples": [{"category": "c", "instruction": "Name it.", "input": "Name it. ", "output": ""}],
        }
    }
    path = tmp_path / "ieb.json"
    path.write_text(json.dumps(ieb), encoding="utf8")
    train = write(tmp_path / "train.jsonl", [{"instruction": "Name it.", "input": ""}])
    done = run("dedup", path, "--against", train, "--encoder", "random", "--json")
    assert json.loads(done.out)["kinds"]["exact"] == 1
