from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from taskscape.errors import DataError
from taskscape.training.pairs import Example, read_examples, supervise, triplets
from taskscape.training.sampling import words_of
from taskscape.training.targets import numbered
from tests.training.tiny import examples

if TYPE_CHECKING:
    from pathlib import Path


def test_ieb_form_is_read(tmp_path: Path) -> None:
    file = tmp_path / "eft_train_sup.json"
    file.write_text(json.dumps({"write|poem": {"number": 1, "samples": [{"instruction": "Write a poem."}]}}))
    assert read_examples(file) == [Example("Write a poem.", "write|poem")]
    assert read_examples(tmp_path) == read_examples(file)


WANTED = [Example("Write a poem.", "write|poem"), Example("Sort words.", "sort|word")]
ROWS = [{"instruction": e.text, "task": e.task} for e in WANTED]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
TABLE = "instruction,task\n" + "".join(f"{e.text},{e.task}\n" for e in WANTED)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.ndjson", LINES.encode()),
        ("rows.json", LINES.encode()),
        ("rows.json", json.dumps(ROWS).encode()),
        ("rows.jsonl.gz", gzip.compress(LINES.encode())),
        ("rows.tsv", TABLE.replace(",", "\t").encode()),
        ("rows.csv", TABLE.encode("utf-8-sig")),
        ("rows.jsonl", LINES.replace('"instruction"', '"query"').encode()),
        (
            "rows.jsonl",
            "".join(
                json.dumps({"messages": [{"role": "user", "content": e.text}], "task": e.task}) + "\n" for e in WANTED
            ).encode(),
        ),
        ("folder/rows.jsonl", LINES.encode()),
    ],
    ids=["ndjson", "lines in json", "array", "gz", "tsv", "byte order mark", "query", "messages", "folder"],
)
def test_labels_are_read_from_every_form(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    assert read_examples(file.parent if "/" in name else file) == WANTED


def test_labels_are_read_from_parquet_and_by_dotted_fields(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"said": {"text": e.text, "task": e.task}} for e in WANTED]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    assert read_examples(tmp_path / "rows.parquet", field="said.text", label="said.task") == WANTED


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.jsonl", b"5\n" + LINES.encode()),
        ("rows.csv", TABLE.encode() + "Übersetze das.,translate|text\n".encode("latin-1")),
        (
            "rows.json",
            json.dumps(
                {
                    e.task: {"samples": [{"instruction": e.text}] + [{"instruction": None}] * n}
                    for n, e in enumerate(WANTED)
                }
            ).encode(),
        ),
    ],
    ids=["no object", "latin-1", "null in IEB's form"],
)
def test_bad_rows_are_left_out_and_told(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    said: list[str] = []
    assert read_examples(tmp_path / name, notes=said.append) == WANTED
    assert len(said) == 1
    assert said[0].startswith("1 bad rows left out; the first: ")


def test_spans_are_read_where_they_lie_in_the_text(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    spans: list[dict[str, object]] = [
        {"verb_span": [0, 5], "noun_span": [8, 99], "kind": "VP"},
        {"verb_span": "0-4", "kind": ["?"]},
    ]
    file.write_text("".join(json.dumps({**row, **span}) + "\n" for row, span in zip(ROWS, spans, strict=True)))
    assert read_examples(file) == [Example("Write a poem.", "write|poem", (0, 5), None, "VP"), WANTED[1]]


def test_rows_without_labels_are_unlabelled(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"instruction": "Write a poem."}) + "\n")
    assert read_examples(file) is None


@pytest.mark.parametrize("label", ["write", "write|", "write|poem|x", "", "write|poem##find"])
def test_a_label_of_another_form_is_named_with_its_row(tmp_path: Path, label: str) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [{"instruction": "a", "task": "write|poem"}, {"instruction": "b", "task": label}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match=r"line 2 \(row 1\): the label .*verb\|noun"):
        read_examples(file)


def test_no_task_is_both_trained_and_held_out() -> None:
    made = supervise([*examples(), Example("lone", "find|thing"), Example("  ", "write|poem")], held_out=0.25, seed=1)
    assert {e.task for e in made.train}.isdisjoint({e.task for e in made.held_out})
    assert len({e.task for e in made.held_out}) >= 2
    assert (made.dropped_tasks, made.dropped_texts) == (1, 1)


def test_fewer_than_two_tasks_is_refused_with_the_counts() -> None:
    with pytest.raises(DataError, match=r"at least two tasks.*here are 1 \(1 tasks have one example, 1 texts"):
        supervise(
            [Example("a", "write|poem"), Example("b", "write|poem"), Example("c", "find|word"), Example("", "x|y")]
        )


def test_other_writings_of_a_text_and_texts_without_words_are_left_out() -> None:
    repeated = [
        Example(text, "write|poem") for text in ("Write, a poem about “rain”", "Write a poem about rain 🙂", "+++")
    ]
    made = supervise([*examples(), *repeated], held_out=0)
    assert (len(made.train), made.dropped_texts) == (72, 3)


def test_negatives_share_a_word_and_not_the_task() -> None:
    made = examples()
    for anchor, positive, negative in triplets(made, seed=3):
        assert made[anchor].task == made[positive].task
        assert anchor != positive
        assert made[anchor].task != made[negative].task
        one, other = words_of(made[anchor].task), words_of(made[negative].task)
        assert one[0] == other[0] or one[1] == other[1]


def rows_of(*tasks: str) -> list[Example]:
    return [Example(f"{number} of {task}", task) for task in tasks for number in range(2)]


def test_tasks_that_share_a_name_are_one_and_no_negatives() -> None:
    made = supervise(rows_of("write|poem", "write|poem##compose|verse", "Compose| verse", "cut|wood"), held_out=0).train
    assert {e.task for e in made[:6]}.isdisjoint({e.task for e in made[6:]})
    assert len(set(numbered(made)[0][:6].tolist())) == 1
    assert all((anchor < 6) != (negative < 6) for anchor, _, negative in triplets(made))
    assert made[2].words == "write|poem##compose|verse"


def test_tasks_that_share_a_name_are_held_out_together_and_some_are_left_to_train_on() -> None:
    chain = [f"a|{number}##a|{number + 1}" for number in range(12)]
    for seed in range(10):
        made = supervise(rows_of(*chain, "b|x", "b|y", "b|z"), held_out=0.4, seed=seed)
        assert len({e.task for e in made.train}) >= 2
        of_chain = {e in made.held_out for e in (*made.train, *made.held_out) if e.words.startswith("a")}
        assert len(of_chain) == 1
    with pytest.raises(DataError, match="at least two tasks of two examples each; here are 1"):
        supervise(rows_of(*chain))
