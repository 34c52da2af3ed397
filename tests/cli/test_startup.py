from __future__ import annotations

import importlib.metadata
import resource
import subprocess
import sys
from typing import Any

import pytest
import typer
from typer.main import get_command

from taskscape.cli.app import Commands, app

# Loading any of these at start would make `--help` slow.
HEAVY = ["faiss", "numpy", "onnxruntime", "openTSNE", "pyarrow", "scipy", "sklearn", "spacy", "tokenizers", "torch"]


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['taskscape', '--help']\n"
        "from taskscape.cli.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('LOADED', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("LOADED []\n"), done.stdout[-300:]


def test_help_starts_within_300_ms() -> None:
    """Processor time, the least of several: what the wall clock says depends on what else the machine does."""
    command = [sys.executable, "-m", "taskscape", "--help"]
    seconds = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < 0.3, seconds


def test_the_line_of_each_command_in_the_list_is_that_of_its_own_help() -> None:
    context = typer.Context(get_command(app), info_name="taskscape")
    for name, entry in Commands.entries.items():
        command = context.command.get_command(context, name)  # type: ignore[attr-defined]
        assert command.name == name
        assert " ".join(command.help.split("\n\n")[0].split()) == entry.summary


@pytest.mark.parametrize(("typed", "meant"), [("mpa", "'map'"), ("dedupe", "'dedup'"), ("demo", "'demos'")])
def test_a_mistyped_command_is_answered_with_the_one_that_was_meant(run: Any, typed: str, meant: str) -> None:
    done = run(typed)
    assert done.code == 2
    assert f"No such command {typed!r}. Did you mean {meant}" in done.err


def test_training_without_its_extra_ends_at_once_and_names_the_extra(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    done = run("train", "not-there.jsonl", "-o", "model")
    assert done.code == 7
    assert "pip install 'taskscape[train]'" in done.err


def test_the_version_is_that_of_the_package(run: Any) -> None:
    done = run("--version")
    assert done.code == 0
    assert done.out == f"taskscape {importlib.metadata.version('taskscape')}\n"
