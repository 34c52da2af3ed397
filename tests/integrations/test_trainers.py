"""LLaMA-Factory and axolotl read what `select` writes: by their documented names, and by their code if it is there."""

from __future__ import annotations

import importlib
import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from taskscape import open_dataset, write_dataset
from taskscape.records.dataset_info import add_entry, describe
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ["Write a poem.", "Who is Emma?", "Sort these numbers.", "Name a colour."]


def row(form: str, text: str) -> dict[str, Any]:
    if form == "messages":
        turns = [("system", "Be kind."), ("user", text), ("assistant", "Yes."), ("user", "More?"), ("assistant", "No.")]
        return {"messages": [{"role": role, "content": content} for role, content in turns]}
    if form == "sharegpt":
        turns = [("human", text), ("function_call", "f()"), ("observation", "1"), ("gpt", "Yes.")]
        return {"id": text, "conversations": [{"from": role, "value": content} for role, content in turns]}
    if form == "dolly":
        return {"instruction": text, "context": "", "response": "Yes.", "category": "x"}
    return {"instruction": text, "input": "3 1 2" if "numbers" in text else "", "output": "Yes."}


FORMS = ("alpaca", "messages", "sharegpt", "dolly")


@pytest.fixture
def subset(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Write two rows of four as `select` does; give the loaded file and its entry."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    source = tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps(row(request.param, text)) + "\n" for text in TEXTS), encoding="utf8")
    dataset = open_dataset(source)
    output, info = tmp_path / "data" / "subset.jsonl", tmp_path / "data" / "dataset_info.json"
    add_entry(info, "subset", describe(dataset, output, info))
    write_dataset(dataset, output, rows=[1, 2])
    return {"form": request.param, "entry": json.loads(info.read_bytes())["subset"]}


def loaded(path: str, kind: str = "json") -> Any:
    datasets: Any = pytest.importorskip("datasets", reason="needs pip install 'taskscape[hub]'")
    return datasets.load_dataset(kind, data_files=path, split="train", cache_dir="cache")


def axolotl_entry(form: str) -> dict[str, Any]:
    """Give the entry for a form that docs/finetune.md shows."""
    page = (ROOT / "docs" / "finetune.md").read_text(encoding="utf8")
    block = re.search(rf"<!-- file: {form}\.yaml -->\n```yaml\n(.*?)```", page, re.DOTALL)
    assert block is not None
    (entry,) = yaml.safe_load(block[1])["datasets"]
    return dict(entry)


@pytest.mark.parametrize("subset", FORMS, indirect=True)
def test_llama_factory_finds_every_column_and_role_it_is_told_of(subset: dict[str, Any]) -> None:
    entry = subset["entry"]
    # data/README.md of LLaMA-Factory 0.9.5 names these.
    assert set(entry) <= {"file_name", "formatting", "columns", "tags"}
    assert set(entry["columns"]) <= {"prompt", "query", "response", "history", "messages", "system", "tools"}
    rows = loaded(f"data/{entry['file_name']}")
    assert set(entry["columns"].values()) <= set(rows.column_names)
    if entry["formatting"] == "alpaca":
        assert [line[entry["columns"]["prompt"]] for line in rows] == TEXTS[1:3]
        return
    tags = entry["tags"]
    assert set(tags) == {f"{name}_tag" for name in ("role", "content", "user", "assistant", "system")} | {
        "observation_tag",
        "function_tag",
    }
    odd, even = {tags["user_tag"], tags["observation_tag"]}, {tags["assistant_tag"], tags["function_tag"]}
    for line in rows:
        roles = [turn[tags["role_tag"]] for turn in line[entry["columns"]["messages"]]]
        turns = roles[1:] if roles[0] == tags["system_tag"] else roles
        # It leaves out a row whose turns do not alternate in this way.
        assert all(role in (even if number % 2 else odd) for number, role in enumerate(turns))
        assert len(turns) % 2 == 0


@pytest.mark.parametrize("subset", FORMS, indirect=True)
def test_llama_factory_itself_reads_it(subset: dict[str, Any]) -> None:
    parser: Any = pytest.importorskip("llamafactory.data.parser", reason="needs pip install llamafactory")
    converter = importlib.import_module("llamafactory.data.converter")
    (attributes,) = parser.get_dataset_list(["subset"], "data")
    convert = converter.get_dataset_converter(attributes.formatting, attributes, SimpleNamespace(media_dir="."))
    for text, line in zip(TEXTS[1:3], loaded(f"data/{attributes.dataset_name}"), strict=True):
        found = convert(line)
        assert found["_prompt"][0]["content"].startswith(text)
        assert found["_response"]


@pytest.mark.parametrize("subset", FORMS, indirect=True)
def test_axolotl_finds_every_field_it_is_told_of(subset: dict[str, Any]) -> None:
    entry = axolotl_entry(subset["form"])
    rows = loaded(entry["path"], entry["ds_type"])
    names = {"path", "ds_type", "type", "field_messages", "message_property_mappings"}
    assert set(entry) <= names  # of docs/dataset-formats and docs/dataset_loading of axolotl 0.19
    first = rows[0]
    if entry["type"] == "alpaca":
        assert {"instruction", "input", "output"} <= set(first)
    elif entry["type"] == "chat_template":
        roles = entry.get("message_property_mappings", {"role": "role", "content": "content"})
        turns = first[entry.get("field_messages", "messages")]
        assert all({roles["role"], roles["content"]} <= set(turn) for turn in turns)
    else:
        fields = {value for name, value in entry["type"].items() if name.startswith("field_")}
        assert fields <= set(first)
        assert entry["type"]["format"].format(instruction="a", input="b") == "a\nb"


@pytest.mark.parametrize("form", FORMS)
def test_axolotl_itself_accepts_the_entries(form: str) -> None:
    schema: Any = pytest.importorskip("axolotl.utils.schemas.datasets", reason="needs pip install axolotl")
    entry = axolotl_entry(form)
    assert schema.SFTDataset.model_validate(entry, extra="forbid").path == entry["path"]
