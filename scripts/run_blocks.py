"""Runs the code blocks of a Markdown page, in order, as a reader would: ``python scripts/run_blocks.py PAGE…``.

Blocks marked ``sh`` and ``python`` are run, in a temporary folder with a copy of ``examples/``. The Python blocks of a
page share their names. A comment before a block changes what happens:

- ``<!-- skip: REASON -->``: the block is not run;
- ``<!-- needs: spacy torch -->``: it is run where these modules can be imported;
- ``<!-- exit: 1 -->``: its last command ends with this code;
- ``<!-- file: NAME -->``: the block, of any language, is written to this file;
- ``<!-- same: PATH -->``: the block shows this file of the project, which a test compares.

A comment line right below a ``print(…)`` of a Python block must be in what was printed.

Commands of taskscape run in this process, which saves a second each; with ``--shell`` every ``sh`` block goes to bash
as a whole, with the installed command. Only the standard library is used, so that a clean environment can run it.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(
    r"(?P<notes>(?:^[ \t]*<!--[^\n]*-->[ \t]*\n+)*)"
    r"^(?P<indent>[ \t]*)```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^(?P=indent)```[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_NOTE = re.compile(r"<!--\s*(\w+):\s*(.*?)\s*-->")
_SHELL_SIGNS = re.compile(r"[|<>&;$`*(){}]")


@dataclass(frozen=True)
class Block:
    """One code block.

    Attributes
    ----------
    line
        Where its code begins in the page, from 1.
    language
        What stands behind the backticks.
    code
        Its text, without the indentation of the block.
    notes
        What the comments before it say: ``{"skip": "needs a server"}``.
    """

    line: int
    language: str
    code: str
    notes: dict[str, str]

    @property
    def reason_to_skip(self) -> str:
        """Why it is not run here; empty where it is."""
        if "skip" in self.notes:
            return self.notes["skip"]
        missing = [name for name in self.notes.get("needs", "").split() if importlib.util.find_spec(name) is None]
        return f"needs {', '.join(missing)}" if missing else ""


class BlockError(Exception):
    """A block did not do what the page promises."""


def blocks_of(page: str) -> list[Block]:
    """Find the blocks of a page that are run or written to a file."""
    found = []
    for match in _BLOCK.finditer(page):
        indent = match["indent"]
        code = "".join(line.removeprefix(indent) for line in match["code"].splitlines(keepends=True))
        notes = dict(_NOTE.findall(match["notes"]))
        if match["language"] in ("sh", "python") or notes.keys() & {"file", "same"}:
            found.append(Block(page.count("\n", 0, match.start("code")) + 1, match["language"], code, notes))
    return found


def run_page(path: Path, *, shell: bool = False) -> list[str]:
    """Run a page's blocks in a temporary folder.

    Parameters
    ----------
    path
        The page.
    shell
        Give ``sh`` blocks to bash.

    Returns
    -------
    list of str
        One line for each block: where it is and what became of it.

    Raises
    ------
    BlockError
        A block failed; names its line and gives its output.
    """
    lines = []
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "examples", Path(folder) / "examples")
        os.chdir(folder)
        os.environ["TASKSCAPE_CACHE_DIR"] = str(Path(folder) / ".cache")
        names: dict[str, Any] = {"__name__": "__main__"}
        try:
            for block in blocks_of(path.read_text(encoding="utf8")):
                began = time.perf_counter()
                skipped = block.reason_to_skip
                if not skipped:
                    _run(block, names, f"{path.name}:{block.line}", shell=shell)
                outcome = f"skipped: {skipped}" if skipped else f"ran, {time.perf_counter() - began:.1f} s"
                lines.append(f"{path.name}:{block.line}: {block.language} {outcome}")
        finally:
            os.chdir(before)
    return lines


def _run(block: Block, names: dict[str, Any], where: str, *, shell: bool) -> None:
    if "file" in block.notes:
        target = Path(block.notes["file"])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.code, encoding="utf8")
    elif "same" in block.notes:
        return
    elif block.language == "python":
        _run_python(block, names, where)
    else:
        commands = [block.code] if shell else _commands(block.code)
        code, output = 0, ""
        for number, command in enumerate(commands):
            code, output = _run_command(command, whole=shell)
            if code and number < len(commands) - 1:
                break
        if code != int(block.notes.get("exit", 0)):
            raise BlockError(f"{where}: exit code {code}\n{block.code}\n{output}")


def _run_python(block: Block, names: dict[str, Any], where: str) -> None:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(block.code, where, "exec"), names)
    except Exception as error:
        raise BlockError(f"{where}: {type(error).__name__}: {error}\n{block.code}\n{printed.getvalue()}") from error
    lines = block.code.splitlines()
    for above, line in itertools.pairwise(lines):
        expected = line.removeprefix("# ").strip()
        if above.startswith("print(") and line.startswith("# ") and expected not in printed.getvalue():
            raise BlockError(f"{where}: the page says {expected!r}, printed was:\n{printed.getvalue()}")


def _commands(code: str) -> list[str]:
    """Cut a block into commands: one a line, but for lines that go on and for here-documents, loops and the like."""
    joined = code.replace("\\\n", " ")
    if re.search(r"<<|^\s*(for|if|while|function)\b", joined, re.MULTILINE):
        return [code]
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _run_command(command: str, *, whole: bool) -> tuple[int, str]:
    """Run a command and give its exit code and output."""
    words = [] if whole else shlex.split(command, comments=True)
    if words and words[0] == "taskscape" and not _SHELL_SIGNS.search(re.sub(r"'[^']*'|\"[^\"$`]*\"", "", command)):
        return _run_here(words)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], capture_output=True, text=True, env=environment, check=False
    )
    return done.returncode, done.stdout + done.stderr


def _run_here(words: list[str]) -> tuple[int, str]:
    from taskscape.cli.app import main

    output = io.StringIO()
    sys.argv = words
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            main()
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None), output.getvalue()
    return 0, output.getvalue()


def main() -> None:
    """Run the pages that are named; exit code 1 where a block fails."""
    parser = argparse.ArgumentParser(description="Run the code blocks of Markdown pages.")
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--shell", action="store_true", help="give sh blocks to bash, with the installed command")
    settings = parser.parse_args()
    for page in settings.pages:
        try:
            for line in run_page(page.resolve(), shell=settings.shell):
                print(line)
        except BlockError as error:
            sys.exit(f"{error}")


if __name__ == "__main__":
    main()
