from __future__ import annotations

import asyncio
import importlib
import sys

import pytest

from taskscape.errors import MissingExtraError, UsageError
from tests.toy import HashingEncoder

pytest.importorskip("langchain_core", reason="needs the extra langchain")

from langchain_core.prompts import FewShotPromptTemplate, PromptTemplate

from taskscape.integrations.langchain import TaskExampleSelector

EXAMPLES = [
    {"instruction": "Sort these names", "input": "b a", "output": "a b"},
    {"instruction": "Write a poem about snow", "output": "White."},
    {"instruction": "Write a short poem about a bus", "output": "Wheels."},
]


def selector(k: int) -> TaskExampleSelector:
    return TaskExampleSelector(EXAMPLES, encoder=HashingEncoder(512), k=k)


def test_a_few_shot_prompt_has_the_nearest_example_last() -> None:
    template = FewShotPromptTemplate(
        example_selector=selector(k=2),
        example_prompt=PromptTemplate.from_template("{instruction}: {output}"),
        suffix="{instruction}:",
        input_variables=["instruction"],
        example_separator="\n",
    )
    assert template.format(instruction="Write a poem about rain") == (
        "Write a short poem about a bus: Wheels.\nWrite a poem about snow: White.\nWrite a poem about rain:"
    )


def test_examples_can_be_added_and_asked_for_asynchronously() -> None:
    chooses = selector(k=1)
    new = {"instruction": "Sing a song", "output": "La."}
    asyncio.run(chooses.aadd_example(new))
    assert asyncio.run(chooses.aselect_examples({"instruction": "Sing a loud song"})) == [new]


def test_the_fields_of_a_request_can_be_named() -> None:
    examples = [{"question": "Two plus two", "answer": "4"}, {"question": "Name a river", "answer": "Po"}]
    chooses = TaskExampleSelector(examples, input_keys=["question"], k=1, encoder=HashingEncoder(512))
    assert chooses.select_examples({"question": "Name a long river"}) == [examples[1]]
    with pytest.raises(UsageError, match="there are: 'text'"):
        chooses.select_examples({"text": "Name a river"})
    with pytest.raises(UsageError, match="input_keys"):
        TaskExampleSelector([{"q": "a"}], encoder=HashingEncoder())


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_core.example_selectors", None)
    monkeypatch.delitem(sys.modules, "taskscape.integrations.langchain")
    with pytest.raises(MissingExtraError, match=r"pip install 'taskscape\[langchain\]'"):
        importlib.import_module("taskscape.integrations.langchain")
