"""The recipes in examples/ci do what they promise: nothing found, nothing said; a leaked row fails the build."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RECIPES = ROOT / "examples" / "ci"
TRAIN = '{"instruction": "Write a poem about the sea."}\n{"instruction": "Name three rivers of France."}\n'
TEST = '{"instruction": "What is the boiling point of tin?"}\n'


def command_of(recipe: str) -> list[str]:
    content = yaml.safe_load((RECIPES / recipe).read_text(encoding="utf8"))
    if "jobs" in content:
        steps = content["jobs"]["contamination"]["steps"]
        return shlex.split(next(step["run"] for step in steps if "taskscape dedup" in step.get("run", "")))
    return shlex.split(content["repos"][0]["hooks"][0]["entry"])


@pytest.mark.parametrize("recipe", ["contamination.yml", "pre-commit-config.yaml"])
@pytest.mark.parametrize(
    ("train", "code"), [(TRAIN, 0), (TRAIN + TEST.upper().replace("INSTRUCTION", "instruction"), 1)]
)
def test_a_build_fails_where_a_benchmark_row_is_trained_on(recipe: str, train: str, code: int, tmp_path: Path) -> None:
    for name, content in {"data/train.jsonl": train, "benchmarks/test.jsonl": TEST}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content, encoding="utf8")
    program, *arguments = command_of(recipe)
    assert program == "taskscape"
    done = subprocess.run(
        [sys.executable, "-m", "taskscape", *arguments, "--cache-dir", "cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr + done.stdout
