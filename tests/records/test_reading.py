from __future__ import annotations

import gzip
import json
import lzma
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taskscape.errors import DataError, FormatError, UsageError
from taskscape.records import open_dataset

if TYPE_CHECKING:
    from pathlib import Path

# One row of each format → its name and the instruction in it.
ROWS: list[tuple[str, Any, str]] = [
    ("messages", {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "go"}]}, "go"),
    (
        "messages",
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": "x"}},
                        {"type": "text", "text": "look"},
                        {"type": "text", "text": "here"},
                    ],
                }
            ]
        },
        "look\nhere",
    ),
    ("sharegpt", {"conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "go"}]}, "go"),
    ("conversations", {"conversations": [{"role": "user", "content": "go"}]}, "go"),
    ("lima", {"conversations": ["go", "gone"], "source": "x"}, "go"),
    ("lmsys", {"conversation_id": "1", "conversation": [{"content": "go", "role": "user"}]}, "go"),
    ("self-instruct", {"id": "1", "instruction": "go", "instances": [{"input": "i", "output": "o"}]}, "go"),
    ("dolly", {"instruction": "go", "context": "c", "response": "r", "category": "x"}, "go"),
    ("alpaca", {"instruction": "go", "input": "", "output": "o"}, "go"),
    ("instruction", {"instruction": "go", "output": "o"}, "go"),
    ("super-ni", {"Contributors": ["a"], "Definition": ["go"], "Instances": [{"input": "i", "output": ["o"]}]}, "go"),
    ("super-ni", {"Definition": "go", "Instances": [{"input": "i", "output": "o"}]}, "go"),
    ("super-ni-flat", {"definition": "go", "inputs": "i", "targets": "o"}, "go"),
    ("prompt-messages", {"prompt": [{"role": "user", "content": "go"}], "chosen": "c"}, "go"),
    ("prompt", {"task_id": "1", "prompt": "go"}, "go"),
    ("turns", {"question_id": 1, "turns": ["go", "again"]}, "go"),
    ("question", {"question": "go", "answer": "a"}, "go"),
    ("query", {"query": "go", "response": "a"}, "go"),
    ("inputs", {"inputs": "go", "targets": "a"}, "go"),
    ("ultrachat", {"id": "1", "data": ["go", "gone"]}, "go"),
    ("text", {"text": "go", "category": "c"}, "go"),
    ("text", {"utterance": "go"}, "go"),
    ("input", {"input": "go", "output": "o"}, "go"),
    ("strings", "go", "go"),
]


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def lines(path: Path, *rows: Any) -> Path:
    return write(path, "".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.parametrize(("name", "row", "text"), ROWS)
def test_format_is_recognised(tmp_path: Path, name: str, row: Any, text: str) -> None:
    dataset = open_dataset(lines(tmp_path / "data.jsonl", row, row))
    assert (dataset.format.name, dataset.texts()) == (name, [text, text])
    assert "JSON Lines" in dataset.recognised


def test_texts_of_some_rows_are_known_by_their_number_in_the_source(tmp_path: Path) -> None:
    good = [json.dumps({"instruction": f"Say {number}."}) for number in range(4)]
    dataset = open_dataset(write(tmp_path / "data.jsonl", "\n".join([good[0], "{", *good[1:]])))
    assert dataset.texts(np.array([0, 2, 4])) == ["Say 0.", "Say 1.", "Say 3."]
    assert dataset.texts(np.array([], np.int64)) == []


@pytest.mark.parametrize(("name", "row", "text"), [entry for entry in ROWS if isinstance(entry[1], dict)])
def test_format_is_recognised_in_parquet(tmp_path: Path, name: str, row: Any, text: str) -> None:
    if any(isinstance(turn, dict) and isinstance(turn["content"], list) for turn in row.get("messages", [])):
        pytest.skip("parts of unlike types have no Arrow type")
    pq.write_table(pa.Table.from_pylist([row, row]), tmp_path / "data.parquet")
    dataset = open_dataset(tmp_path / "data.parquet")
    assert (dataset.format.name, dataset.texts()) == (name, [text, text])


ALPACA = [{"instruction": f"Do {i}", "input": "x" * (i % 2), "output": "y"} for i in range(5)]
TEXTS = [row["instruction"] for row in ALPACA]


def containers(folder: Path) -> dict[str, Path]:
    array = json.dumps(ALPACA, indent=2).encode()
    rows = "".join(json.dumps(row) + "\n" for row in ALPACA).encode()
    table = pa.Table.from_pylist(ALPACA)
    delimited = {
        mark: "".join(mark.join(r) + "\n" for r in (list(ALPACA[0]), *map(dict.values, ALPACA))) for mark in ",\t;"
    }
    contents = {
        "a.json": array,
        "b.json": rows,  # lines under the name of an array
        "c.jsonl": rows,
        "d.jsonl": array,
        "e.json.gz": gzip.compress(array),
        "f.jsonl.xz": lzma.compress(rows),
        "g.jsonl.zst": pa.compress(rows, codec="zstd", asbytes=True),
        "h.csv": delimited[","].encode(),
        "i.tsv": delimited["\t"].encode(),
        "j.csv": delimited[";"].encode(),
        "k.csv.gz": gzip.compress(delimited[","].encode()),
        "l.txt": "".join(f"{text}\n" for text in TEXTS).encode(),
        "m.json": json.dumps(TEXTS).encode(),
        "n.jsonl": rows.replace(b"\n", b"\r\n"),
        "o.jsonl": b"\xef\xbb\xbf" + rows + b"\n\n  \n",
        "p.json": b"\xef\xbb\xbf \n" + array + b"\n",
        "q.csv": b"\xef\xbb\xbf" + delimited[","].replace("\n", "\r\n").encode(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    pq.write_table(table, folder / "r.parquet", row_group_size=2)
    for name, make in (("s.arrow", pa.ipc.new_file), ("t.arrow", pa.ipc.new_stream)):
        with make(folder / name, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
    return {path.name: path for path in folder.iterdir()}


def test_every_container_gives_the_same_texts(tmp_path: Path) -> None:
    for name, path in containers(tmp_path).items():
        dataset = open_dataset(path)
        batches = list(dataset.batches(rows=2))
        assert [batch.num_rows for batch in batches] == [2, 2, 1], name
        assert [text for batch in batches for text in batch["instruction"].to_pylist()] == TEXTS, name
        assert [row for batch in batches for row in batch["row"].to_pylist()] == list(range(5)), name
        assert dataset.rejects.count == 0, name


def test_keyed_object_gives_labels(tmp_path: Path) -> None:
    tasks = {
        "write|poem": {
            "number": 2,
            "samples": [{"category": ["write", "poem"], "instruction": t, "input": f"{t} now"} for t in "ab"],
        },
        "find|x##seek|x": {"samples": [{"category": ["find", "x"], "instruction": "c", "input": "c now"}], "number": 1},
    }
    path = write(tmp_path / "ieb.json", json.dumps(tasks, indent=2))
    dataset = open_dataset(path)
    assert dataset.format.name == "ieb"
    assert dataset.texts() == ["a", "b", "c"]
    assert dataset.labels() == ["write|poem", "write|poem", "find|x##seek|x"]
    assert open_dataset(path, with_input=True).texts() == ["a now", "b now", "c now"]


def test_label_field_gives_labels(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "text,category\nwhere?,place\nwhen?,time\n")
    assert open_dataset(path, label="category").labels() == ["place", "time"]
    with pytest.raises(UsageError, match="label=FIELD"):
        open_dataset(path).labels()


def test_files_of_one_kind_are_one_dataset(tmp_path: Path) -> None:
    lines(tmp_path / "b.jsonl", {"text": "two"}, {"text": "three"})
    lines(tmp_path / "a.jsonl", {"text": "one"})
    write(tmp_path / "c.jsonl", "")
    write(tmp_path / "README.md", "notes")
    for data in (tmp_path, tmp_path / "*.jsonl", str(tmp_path / "?.jsonl")):
        dataset = open_dataset(data)
        assert dataset.texts() == ["one", "two", "three"]
        assert [file.path.name for file in dataset.files] == ["a.jsonl", "b.jsonl"]
    lines(tmp_path / "d.jsonl", {"question": "?"})
    with pytest.raises(FormatError, match=r"a\.jsonl holds texts.*d\.jsonl holds questions"):
        open_dataset(tmp_path)
    (tmp_path / "d.jsonl").write_text('{"left": 1, "right": 2}')
    with pytest.raises(FormatError, match=r"d\.jsonl is of no known format"):
        open_dataset(tmp_path)
    (tmp_path / "d.jsonl").write_text('["x"]')
    with pytest.raises(DataError, match=r"a\.jsonl is JSON Lines.*d\.jsonl is a JSON array"):
        open_dataset(tmp_path)
    write(tmp_path / "e.csv", "text\nx\n")
    with pytest.raises(DataError, match="mixes kinds"):
        open_dataset(tmp_path)


CONVERSATION = {
    "messages": [
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "a"},
        {"role": "user", "content": "second"},
    ]
}


@pytest.mark.parametrize(("turn", "text"), [("first", "first"), ("last", "second"), ("all", "first\n\nsecond")])
def test_turn(tmp_path: Path, turn: Any, text: str) -> None:
    assert open_dataset(lines(tmp_path / "a.jsonl", CONVERSATION), turn=turn).texts() == [text]
    lima = lines(tmp_path / "b.jsonl", {"conversations": ["first", "a", "second", "b"]})
    assert open_dataset(lima, turn=turn).texts() == [text]
    bench = lines(tmp_path / "c.jsonl", {"turns": ["first", "second"]})
    assert open_dataset(bench, turn=turn).texts() == [text]
    history = lines(tmp_path / "d.jsonl", {"instruction": "second", "h": [["first", "a"]]})
    assert open_dataset(history, turn=turn, columns={"history": "h"}).texts() == [text]


def test_with_input(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", *ALPACA[:2])
    assert open_dataset(path, with_input=True).texts() == ["Do 0", "Do 1\n\nx"]
    dolly = lines(tmp_path / "b.jsonl", {"instruction": "go", "context": "c", "response": "r"})
    assert open_dataset(dolly, with_input=True).texts() == ["go\n\nc"]
    with pytest.raises(UsageError, match="questions have no input"):
        open_dataset(lines(tmp_path / "c.jsonl", {"question": "q"}), with_input=True)


TALK = {"messages": [{"role": role, "content": f"{role} {n}"} for n in (1, 2) for role in ("user", "assistant")]}


@pytest.mark.parametrize(
    ("row", "turn", "parts"),
    [
        ({"instruction": "q", "input": "i", "output": "o"}, "first", ("i", "o")),
        ({"instruction": "q", "context": "c", "response": "r"}, "first", ("c", "r")),
        ({"instruction": "q", "instances": [{"input": "i", "output": "o"}]}, "first", ("i", "o")),
        ({"Definition": ["q"], "Instances": [{"input": "i", "output": ["o", "p"]}]}, "first", ("i", "o")),
        ({"question": "q", "answer": "a"}, "first", (None, "a")),
        ({"question": "q", "answer": 4}, "first", (None, None)),
        ({"question": "q", "answer": "\ud800"}, "first", (None, "?")),
        ({"turns": ["q", "r"], "reference": ["s", "t"]}, "first", (None, "s")),
        (TALK, "first", (None, "assistant 1")),
        (TALK, "last", (None, "assistant 2")),
        ({"messages": [{"role": "user", "content": "q"}]}, "first", (None, None)),
        ({"conversations": ["q", "a", "r", "b"]}, "last", (None, "b")),
        ({"text": "q"}, "first", (None, None)),
    ],
)
def test_parts(tmp_path: Path, row: Any, turn: Any, parts: tuple[str | None, str | None]) -> None:
    (batch,) = open_dataset(lines(tmp_path / "a.jsonl", row), turn=turn).batches(parts=True)
    assert batch.schema.names == ["row", "instruction", "input", "answer"]
    assert (batch["input"][0].as_py(), batch["answer"][0].as_py()) == parts
    if "turns" not in row and row.get("answer") != "\ud800":
        pq.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
        (same,) = open_dataset(tmp_path / "a.parquet", turn=turn).batches(parts=True)
        assert same.equals(batch)


def test_settings_override_recognition(tmp_path: Path) -> None:
    row = {
        "text": "no",
        "meta": {"ask": ["yes"]},
        "x.y": "dot",
        "talk": [{"who": "ME", "what": "hi"}],
        "instruction": "i",
    }
    path = lines(tmp_path / "a.jsonl", row)
    assert open_dataset(path).texts() == ["i"]
    assert open_dataset(path, format="text").texts() == ["no"]
    assert open_dataset(path, field="meta.ask.0").texts() == ["yes"]
    assert open_dataset(path, field="x.y").texts() == ["dot"]
    tags = {"role_tag": "who", "content_tag": "what", "user_tag": "me"}
    assert open_dataset(path, columns={"messages": "talk"}, tags=tags).texts() == ["hi"]
    assert open_dataset(path, columns={"prompt": "text", "query": "x.y"}, with_input=True).texts() == ["no\n\ndot"]


def test_field_may_hold_turns(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"text": "no", "chat": CONVERSATION["messages"]})
    assert open_dataset(path, field="chat", turn="last").texts() == ["second"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"format": "alpacca"}, "unknown format 'alpacca'. Known: .*alpaca"),
        ({"turn": "middle"}, "turn: unknown 'middle'"),
        ({"field": "a", "format": "text"}, "field and format both"),
        ({"columns": {"prmpt": "a"}}, "columns: unknown name 'prmpt'"),
        ({"tags": {"role": "a"}}, "tags: unknown name 'role'"),
        ({"tags": {"role_tag": "a"}}, "tags are for conversations"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, settings: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_dataset(lines(tmp_path / "a.jsonl", {"text": "x"}), **settings)


@pytest.mark.parametrize("settings", [{"field": "nope"}, {"format": "alpaca"}, {"columns": {"prompt": "nope"}}])
def test_settings_that_fit_no_row_are_refused(tmp_path: Path, settings: Any) -> None:
    with pytest.raises(FormatError, match="Keys seen: text, id"):
        open_dataset(lines(tmp_path / "a.jsonl", {"text": "x", "id": 1}), **settings)


def test_unknown_format_names_keys_and_flag(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"a\.jsonl: .*Keys seen: left, right\. .*--field"):
        open_dataset(lines(tmp_path / "a.jsonl", {"left": "x", "right": "y"}))


@pytest.mark.parametrize(
    "name", ["alpaca.json", "x" * 300, "./owner/name", "data.jsonl.gz", "no-slash", "a/b/c", "nowhere/*.jsonl"]
)
def test_missing_file_is_never_looked_up_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"no such file|no file fits"):
        open_dataset(name)


def test_slip_in_a_path_is_no_dataset_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"data/alpaka: no such file or folder in data"):
        open_dataset("data/alpaka")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b"", "the file is empty"),
        ("a.json", b" \n ", "the file is empty"),
        ("a.csv", b"", "the file is empty"),
        ("a.json", b"[]", "there are no rows"),
        ("a.csv", b"text,category\n", "there are no rows"),
        ("a.jsonl", "text".encode("utf-16"), "UTF-16"),
        ("a.jsonl", b"<html>\n", "no row can be read.*line 1"),
        ("a.json.gz", b"[1]", "cannot be read|Not a gzipped"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "x"}\n' * 9, mtime=0)[:-9], "cannot be read"),
        ("a.parquet", b"PAR1nonsense", "cannot be read"),
        ("a.arrow", b"nonsense", "cannot be read"),
        ("a.pdf", b"%PDF", "unknown kind of file"),
        ("a.parquet.gz", b"", "compressed inside"),
    ],
)
def test_unreadable_files_are_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"a\..*({message})"):
        open_dataset(tmp_path / name).texts()


def test_changed_file_is_refused(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"text": "x"})
    dataset = open_dataset(path)
    assert dataset.texts() == ["x"]
    lines(path, {"text": "x"}, {"text": "y"})
    with pytest.raises(DataError, match="was changed"):
        dataset.texts()


def test_folder_without_data_is_told(tmp_path: Path) -> None:
    write(tmp_path / "README.txt", "notes")
    write(tmp_path / "dataset_infos.json", "{}")
    with pytest.raises(DataError, match="no data file in this folder"):
        open_dataset(tmp_path)


def test_repr_says_what_it_is(tmp_path: Path) -> None:
    assert (
        repr(open_dataset(lines(tmp_path / "a.jsonl", {"text": "x"})))
        == "<Dataset a.jsonl: texts (text) in JSON Lines>"
    )


def test_digest_is_of_the_bytes(tmp_path: Path) -> None:
    one, two = (open_dataset(lines(tmp_path / f"{n}.jsonl", {"text": "x"})).files[0] for n in "ab")
    other = open_dataset(lines(tmp_path / "c.jsonl", {"text": "y"})).files[0]
    assert one.digest == two.digest != other.digest
    assert len(one.digest) == 32
    assert one.size == one.path.stat().st_size


def test_options_open_the_same_texts_again(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", CONVERSATION)
    dataset = open_dataset(path, turn="last", tags={"user_tag": "user"})
    again = open_dataset(path, **json.loads(json.dumps(dataset.options)))
    assert again.texts() == dataset.texts() == ["second"]


def test_long_texts_make_small_batches(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", *({"text": "x" * (12 << 20)} for _ in range(4)))
    assert [batch.num_rows for batch in open_dataset(path).batches()] == [3, 1]


@pytest.mark.parametrize(
    ("name", "format_", "rows"),
    [
        ("ieb/eft_train_unsup.json", "strings", 20814),
        ("ieb/eft_test.json", "ieb", 3291),
        ("ieb/ift_test.json", "ieb", 1336),
        ("instructions/code_alpaca.json", "alpaca", 4535),
        ("instructions/gpteacher_roleplay.json", "alpaca", 3146),
        ("instructions/gpteacher_toolformer.json", "alpaca", 2396),
        ("instructions/gsm8k_train.jsonl", "question", 7473),
        ("instructions/gsm8k_test.jsonl", "question", 1319),
        ("instructions/mt_bench_question.jsonl", "turns", 80),
        ("instructions/vicuna_bench_question.jsonl", "turns", 80),
        ("instructions/self_instruct_seed_tasks.jsonl", "self-instruct", 175),
        ("instructions/user_oriented_instructions.jsonl", "self-instruct", 252),
        ("instructions/HumanEval.jsonl.gz", "prompt", 164),
        ("intents/banking77_test.csv", "text", 3080),
        ("intents/*.csv", "text", 24119),
    ],
)
def test_real_files_open_without_a_flag(shared_data: Path, name: str, format_: str, rows: int) -> None:
    dataset = open_dataset(shared_data / name)
    assert dataset.format.name == format_
    assert sum(batch.num_rows for batch in dataset.batches()) == rows
    assert dataset.rejects.count == 0


@pytest.mark.parametrize(
    ("name", "keys"),
    [("alpaca_eval/preferences.json", "instructions, models"), ("ieb/intention_similarity_test.json", "instruction1")],
)
def test_real_files_of_other_kinds_are_named(shared_data: Path, name: str, keys: str) -> None:
    with pytest.raises(FormatError, match=f"Keys seen: {keys}"):
        open_dataset(shared_data / name)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.json", json.dumps({"n": 1, "data": [{"instruction": "go"}] * 2}), r"under 'data'.*jq \.data"),
        ("rows.jsonl", json.dumps({"instruction": "go"}, indent=2) + "\n{\n}\n", "one row a line, such as by: jq -c"),
        ("rows.csv", "frage;antwort\nGrüße;ja\n", r"invalid UTF-8 \(line 2\)\. Convert.*iconv"),
        ("rows.csv", '"text" x,id\na,1\n', r"rows\.csv: the header line cannot be read \(line 1\): .*Mend its quotes"),
        ("rows.csv", '\n"text" x,id\na,1\n', r"rows\.csv: the header line cannot be read \(line 2\): .*Mend"),
    ],
)
def test_a_file_that_nearly_can_be_read_says_what_to_do(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, encoding="latin1")
    with pytest.raises(DataError, match=message):
        open_dataset(tmp_path / name)


def test_a_pipe_is_refused_with_the_reason() -> None:
    for data in ("-", "/dev/null"):
        with pytest.raises(DataError, match="more than once, so it must be a file"):
            open_dataset(data)


def test_an_input_that_only_few_rows_have_is_read(tmp_path: Path) -> None:
    """The rows that show the format have none; those that come later must not lose theirs."""
    rows = [{"instruction": f"Write poem {n}", "output": "…"} for n in range(8)]
    rows.append({"instruction": "Translate this", "input": "Guten Tag", "output": "…"})
    assert (
        open_dataset(lines(tmp_path / "a.jsonl", *rows), with_input=True).texts()[-1] == "Translate this\n\nGuten Tag"
    )


def test_a_list_of_files_is_one_dataset_in_its_order(tmp_path: Path) -> None:
    paths = [lines(tmp_path / f"{name}.jsonl", {"text": name}) for name in "abc"]
    assert open_dataset([paths[2], str(paths[0])]).texts() == ["c", "a"]
    with pytest.raises(DataError, match=r"d\.jsonl: cannot be found"):
        open_dataset([paths[0], tmp_path / "d.jsonl"])
    with pytest.raises(DataError, match="the list of files mixes kinds"):
        open_dataset([paths[0], write(tmp_path / "e.csv", "text\na\n")])
    with pytest.raises(DataError, match="the list of files is empty"):
        open_dataset([])


def test_good_rows_come_with_their_records_and_the_values_of_batches(tmp_path: Path) -> None:
    good = {"instruction": "Add.", "input": "1 2", "output": "3", "task": "add|\ud83d", "more": 1}
    for name, rows in (("a.jsonl", [good, {"instruction": 5, "input": ""}, good]), ("b.jsonl", [good])):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    dataset = open_dataset(tmp_path, label="task")
    found = list(dataset.good_rows(parts=True))
    assert dataset.rejects.count == 1
    assert [(row.found.row, row.found.file.path.name, row.found.record.line) for row in found] == [
        (0, "a.jsonl", 1), (2, "a.jsonl", 3), (3, "b.jsonl", 1),
    ]  # fmt: skip
    batches = [row for batch in dataset.batches(parts=True) for row in batch.to_pylist()]
    assert [(row.found.row, *row[1:]) for row in found] == [
        tuple(row[name] for name in ("row", "instruction", "label", "input", "answer")) for row in batches
    ]
    assert found[0].label == "add|?"


def test_good_rows_hold_the_wanted_fields_of_binary_files_alone(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a"], "kind": ["VP"], "long": ["x" * 99]}), tmp_path / "a.parquet")
    (row,) = open_dataset(tmp_path / "a.parquet").good_rows(fields=("kind", "text", "absent"))
    assert row.found.record.value == {"text": "a", "kind": "VP"}
    assert (row.instruction, row.label, row.input) == ("a", None, None)
