from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from taskscape import embed, load_encoder, open_dataset
from taskscape.cli.select import parse_size
from taskscape.errors import UsageError

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "instructions.jsonl"


def read(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows with a score, ten of one task, and a bad one among them."""
    topics = ("rain", "snow", "a river", "bread", "trains", "the moon", "ants", "Rome", "salt", "a violin")
    rows = read(EXAMPLE)[:70]
    rows += [rows[0] | {"instruction": f"Write a poem about {topic}."} for topic in topics]
    lines = [json.dumps(row | {"quality": number % 7, "seven": 7}) for number, row in enumerate(rows)]
    lines.insert(3, '{"instruction": ')
    path = tmp_path_factory.mktemp("select") / "rows.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


@pytest.fixture(scope="module")
def store(source: Path) -> Path:
    path = source.parent / "store"
    embed(open_dataset(source), encoder=load_encoder("default"), store=path)
    return path


def test_rows_come_out_as_they_are_in_their_order(run: Any, source: Path, tmp_path: Path) -> None:
    done = run("select", source, "-o", tmp_path / "out.jsonl", "--size", "10%", "--json")
    assert done.code == 0, done.err
    figures = json.loads(done.out)
    assert (figures["rows"], figures["kept"], figures["dropped"], figures["rejected"]) == (80, 8, 72, 1)
    assert figures["figures"]["tasks_kept"] == 8
    assert figures["random"]["size"] == 8
    assert sum(task["rows"] for task in figures["tasks"]) == 80
    assert sum(task["kept"] for task in figures["tasks"]) == 8
    lines = source.read_text(encoding="utf8").splitlines()
    kept = (tmp_path / "out.jsonl").read_text(encoding="utf8").splitlines()
    places = [lines.index(line) for line in kept]
    assert len(kept) == 8
    assert places == sorted(places)
    assert (tmp_path / "out.jsonl.rejects.jsonl").is_file()


def test_bad_rows_are_told_again_where_embeddings_are_there_already(run: Any, source: Path, tmp_path: Path) -> None:
    arguments = ["select", source, "--size", 8, "--encoder", "static", "--method", "random", "--json"]
    first, again = (run(*arguments, "-o", tmp_path / f"{number}.jsonl") for number in (1, 2))
    assert json.loads(first.out)["rejected"] == json.loads(again.out)["rejected"] == 1
    assert "set aside: 1 bad row" in again.err
    told = (tmp_path / "1.jsonl.rejects.jsonl").read_bytes()
    assert (tmp_path / "2.jsonl.rejects.jsonl").read_bytes() == told
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(source.read_bytes())
    assert run("embed", copy, "-o", tmp_path / "store", "--encoder", "static").code == 0
    done = run("select", tmp_path / "store", *arguments[2:], "-o", copy)  # replaces what the store was made of
    assert json.loads(done.out)["rejected"] == 1, done.err
    assert [row["row"] for row in read(tmp_path / "copy.jsonl.rejects.jsonl")] == [3]
    done = run(*arguments, "-o", tmp_path / "strict.jsonl", "--strict")
    assert (done.code, "line 4 (row 3)" in done.err) == (3, True), done.err


def test_bad_rows_never_replace_what_is_read(run: Any, source: Path, tmp_path: Path) -> None:
    rejects, out = tmp_path / "x.jsonl.rejects.jsonl", tmp_path / "x.jsonl"
    rejects.write_bytes(source.read_bytes())
    for command in (["select", "--size", 5], ["cluster"], ["label"], ["demos", "--pool", source]):
        done = run(command[0], rejects, *command[1:], "-o", out, *(["--encoder", "static"] * (command[0] != "label")))
        assert (done.code, f"{rejects} is being read" in done.err) == (2, True), (command, done.err)
    assert run("map", rejects.rename(tmp_path / "x.html.rejects.jsonl"), "-o", tmp_path / "x.html").code == 2
    assert [path.name for path in tmp_path.glob("x*")] == ["x.html.rejects.jsonl"]


@pytest.mark.parametrize(
    "method", ["kmeans", "density", "k-center", "facility-location", "mmr", "dpp", "deita", "random"]
)
def test_every_method(run: Any, store: Path, tmp_path: Path, method: str) -> None:
    arguments = ["select", store, "--size", 12, "--method", method, "--score", "quality", "--seed", 3]
    done = run(*arguments, "-o", tmp_path / "out.jsonl")
    assert done.code == 0, done.err
    assert "12 of 80 rows kept, 68 dropped" in done.out
    assert len(read(tmp_path / "out.jsonl")) == 12


def test_a_report_shows_source_rows_and_what_was_asked(run: Any, store: Path, source: Path, tmp_path: Path) -> None:
    arguments = ["select", store, "-o", tmp_path / "out.jsonl", "--size", 12, "--score", "quality"]
    done = run(*arguments, "--report", tmp_path / "page.html", "--json")
    assert done.code == 0, done.err
    page = (tmp_path / "page.html").read_text(encoding="utf8")
    assert "12 of 80 rows kept" in page
    assert f"random: {json.loads(done.out)['random']['coverage']:.1%}" in page
    lines = source.read_text(encoding="utf8").splitlines()
    number, text = re.findall(r'muted">(\d+)</span> <bdi class="text">([^<]*)<', page)[-1]
    assert json.loads(lines[int(number)])["instruction"][:40] == unescape(text)[:40]  # bad rows count
    assert "score:</dt> <dd><bdi>quality" in page
    assert str(store.parent) not in page


def test_a_report_that_cannot_be_written_is_refused_before_the_work(run: Any, store: Path, tmp_path: Path) -> None:
    for report, code, says in (
        (tmp_path / "page.pdf", 2, "written as .html"),
        (tmp_path / "no" / "page.html", 3, "no folder"),
    ):
        done = run("select", store, "-o", tmp_path / "out.jsonl", "--size", 5, "--report", report)
        assert (done.code, says in done.err) == (code, True), done.err
    assert not (tmp_path / "out.jsonl").exists()


def test_rows_that_are_settled_by_number_and_by_text(run: Any, store: Path, source: Path, tmp_path: Path) -> None:
    rows = list(source.read_text(encoding="utf8").splitlines())
    (tmp_path / "keep.txt").write_text("0\n80\n4\n", encoding="utf8")
    (tmp_path / "out.jsonl").write_text(
        "\n".join([*rows[10:60], '{"instruction": "Never heard of."}']), encoding="utf8"
    )
    chosen = tmp_path / "chosen.jsonl"
    done = run(
        "select", store, "-o", chosen, "--size", "0.1", "--must-keep", tmp_path / "keep.txt",
        "--exclude", tmp_path / "out.jsonl",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "50 rows of the data, 1 not found" in done.err
    kept = chosen.read_text(encoding="utf8").splitlines()
    assert {rows[0], rows[80], rows[4]} <= set(kept)
    assert not set(rows[10:60]) & set(kept)


def test_instructions_of_several_inputs_are_told_apart(run: Any, tmp_path: Path) -> None:
    rows = [{"instruction": "Translate the word.", "input": word, "output": ""} for word in ("cat", "dog", "cow", "ox")]
    source, keep = tmp_path / "rows.jsonl", tmp_path / "keep.jsonl"
    source.write_text("\n".join(map(json.dumps, rows)), encoding="utf8")
    keep.write_text(json.dumps(rows[2]), encoding="utf8")
    out = tmp_path / "out.jsonl"
    arguments = ["select", source, "--encoder", "static", "--method", "random", "--must-keep", keep]
    assert run(*arguments, "-o", out, "--size", 1).code == 0
    assert read(out) == [rows[2]]
    keep.write_text("Translate  the word.\n", encoding="utf8")
    done = run(*arguments[:-1], keep.rename(tmp_path / "keep.txt"), "-o", out, "--size", 4)
    assert "4 rows of the data" in done.err


def test_files_of_settled_rows_are_read_as_the_data_is(run: Any, tmp_path: Path) -> None:
    rows = [{"question_text": f"Sort the {word}.", "note": "n"} for word in ("cats", "dogs", "cows", "pigs")]
    source, named, out = tmp_path / "q.jsonl", tmp_path / "named.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(map(json.dumps, rows)), encoding="utf8")
    arguments = ["select", source, "--field", "question_text", "--encoder", "static", "--method", "random", "-o", out]
    named.write_text(json.dumps(rows[1]), encoding="utf8")
    assert run(*arguments, "--size", 3, "--exclude", named).code == 0
    assert read(out) == [rows[0], rows[2], rows[3]]
    done = run(*arguments[:6], "-o", out, "--size", 2, "--mix", named)
    assert done.code == 0, done.err
    named.write_text(json.dumps({"instruction": "Sort the pigs.", "output": ""}), encoding="utf8")  # another form
    assert run(*arguments, "--size", 1, "--must-keep", named).code == 0
    assert read(out) == [rows[3]]
    named.write_text(json.dumps({"nothing": 1, "known": 2}), encoding="utf8")
    done = run(*arguments, "--size", 1, "--must-keep", named)
    assert (done.code, "no row has a field 'question_text'" in done.err) == (3, True), done.err
    numbers = tmp_path / "rows.txt"
    numbers.write_text("2\n", encoding="utf-8-sig")  # with the mark that some editors put first
    assert run(*arguments, "--size", 1, "--must-keep", numbers).code == 0
    assert read(out) == [rows[2]]


def test_tags_of_the_data_do_not_hinder_rows_without_turns(run: Any, tmp_path: Path) -> None:
    source, named, out = tmp_path / "q.jsonl", tmp_path / "named.jsonl", tmp_path / "out.jsonl"
    rows = [{"conversations": [{"who": "human", "value": text}]} for text in ("Sort it.", "Say it.")]
    source.write_text("\n".join(map(json.dumps, rows)), encoding="utf8")
    named.write_text(json.dumps({"instruction": "Say it.", "output": ""}), encoding="utf8")
    done = run(
        "select", source, "--columns", '{"messages": "conversations"}', "--tags", '{"role_tag": "who"}',
        "--encoder", "static", "--method", "random", "-o", out, "--size", 1, "--exclude", named,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert read(out) == rows[:1]


def test_quotas_and_a_mix(run: Any, store: Path, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = run("select", store, "-o", out, "--size", 20, "--quota", "proportional", "--json")
    largest = json.loads(done.out)["tasks"][0]
    assert largest["kept"] > 1
    (tmp_path / "mix.yaml").write_text(f"{largest['task']}: 0.15\n", encoding="utf8")
    done = run("select", store, "-o", out, "--size", 20, "--mix", tmp_path / "mix.yaml", "--json")
    assert json.loads(done.out)["tasks"][0]["kept"] >= 3, done.err
    done = run("select", store, "-o", out, "--size", 20, "--mix", source, "--json")
    assert done.code == 0, done.err
    assert "100% of its rows" in done.err
    assert json.loads(done.out)["kept"] == 20


def test_an_encoder_that_reads_no_tasks_is_helped(run: Any, source: Path, tmp_path: Path) -> None:
    done = run("select", source, "-o", tmp_path / "out.jsonl", "--size", 5, "--encoder", "static", "--json")
    assert done.code == 0, done.err
    assert "static reads no tasks" in done.err
    assert json.loads(done.out)["figures"]["tasks_kept"] == 5


def test_the_output_is_entered_for_llama_factory(run: Any, store: Path, tmp_path: Path) -> None:
    info = tmp_path / "data" / "dataset_info.json"
    info.parent.mkdir()
    info.write_text('{"other": {"file_name": "other.json"}}', encoding="utf8")
    arguments = ["select", store, "-o", tmp_path / "few.jsonl", "--size", 4, "--method", "random"]
    assert "added" in run(*arguments, "--dataset-info", info).err
    assert "replaced" in run(*arguments, "--dataset-info", info).err
    entries = json.loads(info.read_text(encoding="utf8"))
    assert entries["other"] == {"file_name": "other.json"}
    assert entries["few"] == {
        "file_name": "../few.jsonl",
        "formatting": "alpaca",
        "columns": {"prompt": "instruction", "query": "input", "response": "output"},
    }


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--size", "0"], 2, "size is 0 and there are 80 rows"),
        (["--size", "81"], 2, "size is 81 and there are 80 rows"),
        (["--size", "many"], 2, "--size many is neither a count such as 5000"),
        (["--size", "1.5"], 2, "size is 1.5"),
        (["--size", "5", "--score", "nope"], 3, "row 0 has no field 'nope'"),
        (["--size", "5", "--score", "instruction"], 3, "each row needs a finite number"),
        (["--size", "5", "--method", "deita"], 2, "give scores"),
        (["--size", "5", "--method", "random", "--quota", "sqrt"], 2, "quota is a setting of task-balanced"),
        (["--size", "5", "--quota", "sqrt", "--mix", "m.yaml"], 2, "give one of them"),
        (["--size", "5", "--method", "mmr", "--mix", "m.yaml"], 2, "which mmr does not ask"),
        (["--size", "5", "--mix", "no.yaml"], 3, "no.yaml: no such file"),
        (["--size", "5", "--mix", "m.yaml"], 2, "'fly|kite', which no row asks for"),
        (["--size", "5", "--mix", "list.yaml"], 2, "is no mix"),
        (["--size", "5", "--mix", "broken.yaml"], 3, "cannot be read as YAML"),
        (["--size", "5", "--must-keep", "six.txt"], 2, "6 rows must be kept and size is 5"),
        (["--size", "5", "--must-keep", "bad.txt"], 3, "1 of 2 rows that are not in the data, such as row 3"),
        (["--size", "5", "--must-keep", "unknown.jsonl"], 3, "such as 'Never heard of.'"),
        (["--size", "5", "--exclude", "empty.jsonl"], 3, "empty"),
        (["--size", "80", "--exclude", "six.txt"], 2, "take at most 74"),
        (["--size", "5", "--dataset-info", "list.json"], 3, "no dataset_info.json"),
    ],
)
def test_wrong_use_is_one_line_with_a_code(
    run: Any,
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "m.yaml": "fly|kite: 0.1\n",
        "list.yaml": "- a\n",
        "broken.yaml": "a: [",
        "six.txt": "0\n1\n2\n4\n5\n6\n",
        "bad.txt": "2\n3\n",  # row 3 is the bad one
        "unknown.jsonl": '{"instruction": "Never heard of."}\n',
        "empty.jsonl": "",
        "list.json": "[]",
    }.items():
        Path(name).write_text(text, encoding="utf8")
    done = run("select", store, "-o", "out.jsonl", *arguments)
    assert done.code == code, done.err
    assert message in done.err
    assert "Traceback" not in done.err
    assert not Path("out.jsonl").exists()


def test_an_empty_file(run: Any, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    done = run("select", tmp_path / "empty.jsonl", "-o", tmp_path / "out.jsonl", "--size", 5)
    assert (done.code, "empty" in done.err) == (3, True)


def test_a_nan_score_is_named(run: Any, tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("instruction,score\nSort this list.,1.5\nWrite a poem.,nan\n", encoding="utf8")
    done = run("select", source, "-o", tmp_path / "out.csv", "--size", 1, "--score", "score")
    assert done.code == 3
    assert "row 1 has 'nan' in the field 'score'" in done.err


@pytest.mark.parametrize(
    ("text", "size"), [("5000", 5000), ("5,000", 5000), ("0.1", 0.1), ("10%", 0.1), ("1.0", 1.0), ("1", 1)]
)
def test_sizes(text: str, size: float) -> None:
    found = parse_size(text)
    assert (found, type(found)) == (size, type(size))


def test_a_size_that_is_none() -> None:
    with pytest.raises(UsageError, match="neither a count"):
        parse_size("ten percent")
