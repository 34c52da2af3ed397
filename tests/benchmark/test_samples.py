from __future__ import annotations

import json
from typing import TYPE_CHECKING

from taskscape.benchmark.samples import read_samples
from taskscape.records import open_dataset

if TYPE_CHECKING:
    from pathlib import Path


def test_a_row_is_credited_to_its_own_file(tmp_path: Path) -> None:
    row = {"instruction": "Write it.", "input": "", "output": "x"}
    for name, rows in (("a.jsonl", [row, {"input": "bad"}, row]), ("b.jsonl", [row]), ("c.jsonl", [row, row])):
        (tmp_path / name).write_text("".join(json.dumps(one) + "\n" for one in rows))
    found = [sample.source for sample in read_samples(open_dataset(tmp_path))]
    assert found == ["a.jsonl", "a.jsonl", "b.jsonl", "c.jsonl", "c.jsonl"]


def test_the_input_is_there_once(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"instruction": "Sum up.", "input": "A text.", "output": "x"}]))
    (apart,) = read_samples(open_dataset(path))
    (joined,) = read_samples(open_dataset(path, with_input=True))
    assert (apart.instruction, apart.input) == ("Sum up.", "Sum up. A text.")
    assert joined.instruction == "Sum up.\n\nA text."
    assert joined.input.count("A text.") == 1
