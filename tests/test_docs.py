"""The documents keep their promises: every code block runs, and what is generated is as generated now."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
import yaml

import taskscape
from scripts.reference import PAGES as PAGES_MADE
from scripts.run_blocks import blocks_of
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "docs"
RUNNER = ROOT / "scripts" / "run_blocks.py"
PAGES = [
    page
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
    if blocks_of(page.read_text(encoding="utf8"))
]


def run_page(page: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "COLUMNS": "120"}
    return subprocess.run(
        [sys.executable, str(RUNNER), str(page)], capture_output=True, text=True, env=environment, check=False
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_code_block_runs(page: Path) -> None:
    done = run_page(page)
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("```python\n1 / 0\n```\n", "ZeroDivisionError"),
        ("```python\nprint(1 + 1)\n# 3\n```\n", "the page says '3'"),
        ("```sh\ntaskscape label no-such-file.jsonl --summary\n```\n", "exit code 3"),
        ("```sh\nfalse | true\n```\n", "exit code 1"),
        ("<!-- exit: 1 -->\n```sh\ntrue\n```\n", "exit code 0"),
    ],
)
def test_a_block_that_breaks_its_promise_is_found(tmp_path: Path, block: str, problem: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n{block}", encoding="utf8")
    done = run_page(page)
    assert done.returncode == 1
    assert problem in done.stderr
    assert "page.md:" in done.stderr


def test_blocks_share_names_and_files(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- file: sub/rows.txt -->\n```text\nhello\n```\n\n"
        "```python\ntext = open('sub/rows.txt').read()\n```\n\n"
        "1. in a list\n\n   ```python\n   print(text.upper())\n   # HELLO\n   ```\n\n"
        "<!-- needs: no_such_module -->\n\n```python\n1 / 0\n```\n"
        "<!-- exit: 2 -->\n```sh\ntaskscape label \\\n  examples/chats.jsonl  # nothing to do\n```\n",
        encoding="utf8",
    )
    done = run_page(page)
    assert done.returncode == 0, done.stderr
    assert "skipped: needs no_such_module" in done.stdout


@pytest.mark.parametrize("name", list(PAGES_MADE))
def test_generated_pages_are_as_generated_now(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf8") == PAGES_MADE[name](), "run `make reference`"


def test_blocks_that_show_a_file_are_that_file() -> None:
    shown = [block for page in PAGES for block in blocks_of(page.read_text(encoding="utf8")) if "same" in block.notes]
    assert len(shown) >= 2
    for block in shown:
        assert block.code == (ROOT / block.notes["same"]).read_text(encoding="utf8"), block.notes["same"]
        assert yaml.safe_load(block.code)


def test_the_site_builds_strictly_and_asks_nothing_of_the_web(tmp_path: Path) -> None:
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    pages = list((tmp_path / "site").rglob("*.html"))
    assert {"index.html", "api.html", "cli.html", "tutorial.html"} <= {page.name for page in pages}
    for page in pages:
        fetched = re.findall(
            r"<(?:script|img|link|iframe)\b[^>]*(?:src|href)=[\"']?(https?:[^\"' >]+)", page.read_text("utf8")
        )
        assert [address for address in fetched if "canonical" not in address] == [], page.name
    api = (tmp_path / "site" / "api.html").read_text("utf8")
    for name, home in taskscape._HOMES.items():
        assert f'id="{home}.{name}"' in api, f"{name} is not in the reference"


def test_the_page_of_extras_has_every_extra() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (DOCS / "install.md").read_text(encoding="utf8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    assert sorted(rows) == sorted(project["optional-dependencies"])
