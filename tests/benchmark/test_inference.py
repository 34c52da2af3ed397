from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from taskscape.benchmark.inference import Inference, read_prompts, write_outputs
from taskscape.endpoints import AnswerLog, Endpoint
from taskscape.errors import DataError, EndpointError
from taskscape.records import open_dataset
from tests.servers import serve

if TYPE_CHECKING:
    from pathlib import Path

    from taskscape.records import Dataset


def dataset(folder: Path, rows: list[Any]) -> Dataset:
    path = folder / "my_prompts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return open_dataset(path)


def shout(body: dict[str, Any]) -> dict[str, Any]:
    """Answer with the last message in capitals; a text that says "never" gets none."""
    text = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
    if "never" in text:
        return {"choices": []}
    choice = {"message": {"content": text.upper()}} if "messages" in body else {"text": text.upper()}
    return {"choices": [choice], "usage": {"prompt_tokens": 2, "completion_tokens": 1}}


def asking(base_url: str, folder: Path, **settings: Any) -> Inference:
    endpoint = Endpoint(base_url, concurrency=3, pause=0.01, tries=3)
    return Inference(endpoint, "m", AnswerLog(folder / "answers.jsonl"), **settings)


def test_what_is_sent_of_a_row(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "One?"}, {"role": "assistant", "content": "1"}]
    rows = [
        {"instruction": "Say it.", "input": "now", "output": "x"},
        {"instruction": "Say it.", "input": "", "prompt": "Shown: a\nSay it.", "dataset": "mine"},
        {"instruction": "", "input": ""},
        {"instruction": "Say it.", "input": "", "prompt": [*turns, {"role": "user", "content": "Two?"}]},
    ]
    prompts = list(read_prompts(dataset(tmp_path, rows)))
    assert [(prompt.row, prompt.instruction, prompt.dataset) for prompt in prompts] == [
        (0, "Say it.\n\nnow", "my_prompts"),
        (1, "Say it.", "mine"),
        (3, "Say it.", "my_prompts"),
    ]
    assert [prompt.content for prompt in prompts[:2]] == ["Say it.\n\nnow", "Shown: a\nSay it."]
    assert prompts[2].content == [*turns, {"role": "user", "content": "Two?"}]
    chats = [{"messages": turns}, {"messages": [*turns, {"role": "user", "content": "Two?"}]}]
    answered, still_open = read_prompts(dataset(tmp_path, chats))
    assert answered.content == "One?"
    assert len(still_open.content) == 3


def test_outputs_are_in_order_and_a_second_run_asks_nothing(tmp_path: Path) -> None:
    data = dataset(tmp_path, [{"instruction": f"say {number % 15}"} for number in range(20)])
    seen: list[tuple[int, int | None]] = []
    with serve(shout, faults=[429, 500, "not json", "cut"]) as server:
        inference = asking(server.base_url, tmp_path, settings={"temperature": 0}, system="Be brief.")
        failures = inference.run(data, lambda done, total: seen.append((done, total)))
        written = write_outputs(tmp_path / "out.json", data, inference, failures, generator="G")
        first = len(server.requests)
        assert asking(server.base_url, tmp_path, settings={"temperature": 0}, system="Be brief.").run(data) == {}
        assert len(server.requests) == first == 15 + 4
    assert (written.outputs, written.failed) == (20, [])
    assert seen[-1] == (20, 20)
    outputs = json.loads((tmp_path / "out.json").read_text(encoding="utf8"))
    assert outputs == [
        {"dataset": "my_prompts", "instruction": f"say {n % 15}", "output": f"SAY {n % 15}", "generator": "G"}
        for n in range(20)
    ]
    body = server.requests[0]
    assert (body["model"], body["temperature"]) == ("m", 0)
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}


def test_another_model_or_setting_is_another_question(tmp_path: Path) -> None:
    data = dataset(tmp_path, [{"instruction": "say it"}])
    with serve(shout) as server:
        for settings in ({"temperature": 0}, {"temperature": 1}, {"temperature": 1}):
            asking(server.base_url, tmp_path, settings=settings).run(data)
        asking(server.base_url, tmp_path, api="completions").run(data)
        assert len(server.requests) == 3
        assert server.requests[-1]["prompt"] == "say it"


def test_a_failing_prompt_costs_only_itself(tmp_path: Path) -> None:
    data = dataset(tmp_path, [{"instruction": text} for text in ("say a", "never say b", "say c")])
    out = tmp_path / "out.json"
    with serve(shout) as server:
        inference = asking(server.base_url, tmp_path)
        written = write_outputs(out, data, inference, inference.run(data), generator="m")
    assert written.outputs == 2
    assert [(failed["row"], "IndexError" in failed["reason"]) for failed in written.failed] == [(1, True)]
    assert json.loads((tmp_path / "out.json.failed.jsonl").read_text())["instruction"] == "never say b"
    assert len(json.loads(out.read_text())) == 2
    with serve(lambda _: {"choices": [{"message": {"content": "b!"}}]}) as server:
        inference = asking(server.base_url, tmp_path)
        assert write_outputs(out, data, inference, inference.run(data), generator="m").failed == []
        assert len(server.requests) == 1
    assert not (tmp_path / "out.json.failed.jsonl").exists()


def test_a_server_that_dies_loses_nothing(tmp_path: Path) -> None:
    data = dataset(tmp_path, [{"instruction": f"say {number}"} for number in range(12)])
    with serve(shout, dead_after=5) as server, pytest.raises(EndpointError):
        asking(server.base_url, tmp_path).run(data)
    assert len(AnswerLog(tmp_path / "answers.jsonl")) == 5
    with serve(shout) as server:
        assert asking(server.base_url, tmp_path).run(data) == {}
        assert len(server.requests) == 7


def test_messages_are_not_for_completions(tmp_path: Path) -> None:
    data = dataset(tmp_path, [{"instruction": "a", "prompt": [{"role": "user", "content": "a"}]}])
    with serve(shout) as server, pytest.raises(DataError, match="row 0 holds messages"):
        asking(server.base_url, tmp_path, api="completions").run(data)
