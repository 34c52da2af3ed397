from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from taskscape.endpoints import AnswerLog
from tests.servers import serve

if TYPE_CHECKING:
    from pathlib import Path


def source(folder: Path, count: int = 6) -> Path:
    path = folder / "prompts.jsonl"
    path.write_text("".join(json.dumps({"instruction": f"say {n}", "input": ""}) + "\n" for n in range(count)))
    return path


def echo(body: dict[str, Any]) -> dict[str, Any]:
    text = body["messages"][-1]["content"]
    if text == "say 3":
        return {"choices": [{"message": {"content": None}}]}
    return {"choices": [{"message": {"content": text}}]}


def slow(body: dict[str, Any]) -> dict[str, Any]:
    time.sleep(0.05)
    return {"choices": [{"message": {"content": body["messages"][-1]["content"]}}]}


def test_answers_failures_and_a_second_run(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskscape.endpoints.LONGEST_PAUSE", 0.01)
    out = tmp_path / "out.json"
    with serve(echo) as server:
        flags = ["--model", "m", "--base-url", server.base_url, "--generator", "m+demos", "--max-tokens", 9, "--json"]
        done = run("infer", source(tmp_path), "-o", out, *flags)
    assert done.code == 6
    assert "1 of 6 prompts have no answer, the first in row 3" in done.err
    assert (json.loads(done.out)["outputs"], json.loads(done.out)["failed"]) == (5, 1)
    assert [row["output"] for row in json.loads(out.read_text())] == [f"say {n}" for n in (0, 1, 2, 4, 5)]
    assert {row["generator"] for row in json.loads(out.read_text())} == {"m+demos"}
    with serve(slow) as server:
        done = run("infer", source(tmp_path), "-o", out, "--model", "m", "--base-url", server.base_url,
                   "--max-tokens", 9)  # fmt: skip
        assert len(server.requests) == 1
    assert done.code == 0, done.err
    assert "6 outputs of m" in " ".join(done.out.split())


def test_a_killed_run_goes_on_where_it_was(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    with serve(slow) as server:
        arguments = ["infer", str(source(tmp_path, 40)), "-o", str(out), "--model", "m", "--base-url", server.base_url,
                     "--concurrency", "2", "-q"]  # fmt: skip
        first = subprocess.Popen([sys.executable, "-m", "taskscape", *arguments])
        log = tmp_path / "out.json.answers.jsonl"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (not log.exists() or log.stat().st_size < 300):
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
        first.wait()
        kept, asked = len(AnswerLog(log)), len(server.requests)
        assert 0 < kept < 40
        assert not out.exists()
        assert run(*arguments).code == 0
        assert len(server.requests) - asked == 40 - kept
    assert [row["output"] for row in json.loads(out.read_text())] == [f"say {n}" for n in range(40)]


@pytest.mark.parametrize(
    ("flags", "code", "message"),
    [
        (["-o", "out.csv", "--base-url", "http://127.0.0.1:9/v1"], 2, ".json file"),
        (["-o", "no/out.json", "--base-url", "http://127.0.0.1:9/v1"], 3, "no folder"),
        (["-o", "out.json", "--base-url", "localhost"], 2, "http://"),
    ],
)
def test_wrong_use(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str], code: int,
                   message: str) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    done = run("infer", source(tmp_path), "--model", "m", *flags)
    assert done.code == code, done.err
    assert message in done.err


def test_what_is_kept_beside_the_outputs_replaces_no_prompts(run: Any, tmp_path: Path) -> None:
    failed = source(tmp_path).rename(tmp_path / "out.json.failed.jsonl")
    done = run("infer", failed, "-o", tmp_path / "out.json", "--model", "m", "--base-url", "http://127.0.0.1:9/v1")
    assert (done.code, f"{failed} is being read" in done.err) == (2, True), done.err
    assert failed.stat().st_size
