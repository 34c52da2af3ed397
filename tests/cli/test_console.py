from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from taskscape.cli.console import Console, counted


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_one_and_many() -> None:
    assert [counted(number, "row") for number in (0, 1, 2, 1024)] == ["0 rows", "1 row", "2 rows", "1,024 rows"]


def test_a_terminal_sees_how_far_the_work_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with Console().progress("embedding") as advance:
        assert advance is not None
        advance(0, 3000)
        advance(1500, 3000)
    assert "embedding" in terminal.getvalue()
    assert "1500/3000" in terminal.getvalue()


def test_who_reads_no_terminal_or_wants_quiet_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    with Console().progress("embedding") as advance:
        assert advance is None  # pytest's standard error is no terminal
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with Console(quiet=True).progress("embedding") as advance:
        assert advance is None
    Console(quiet=True).note("a note")
    assert terminal.getvalue() == ""


def test_brackets_in_a_text_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    Console().result({}, "Write [bold]this[/bold] as [link=x]HTML[/link].")
    assert capsys.readouterr().out == "Write [bold]this[/bold] as [link=x]HTML[/link].\n"


def test_json_is_written_as_people_read_it(capsys: pytest.CaptureFixture[str]) -> None:
    Console(json=True).result({"task": "schreibe|größe"}, "not shown")
    assert capsys.readouterr().out == '{\n  "task": "schreibe|größe"\n}\n'


@pytest.mark.parametrize(("encoding", "text"), [("cp1252", "写一首诗"), ("utf-8", "don\udce9")])
def test_json_is_escaped_where_the_terminal_cannot_say_it(
    monkeypatch: pytest.MonkeyPatch, encoding: str, text: str
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    Console(json=True).result({"task": text}, "not shown")
    sys.stdout.seek(0)
    assert json.loads(sys.stdout.read()) == {"task": text}


def test_a_reader_that_goes_away_ends_the_command_in_silence() -> None:
    command = [
        sys.executable,
        "-c",
        "import sys; from taskscape.cli import app; app.app = lambda: print('x' * 10**6); app.main()",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        said = process.stderr.read()
    assert process.returncode == 0
    assert said == b""
