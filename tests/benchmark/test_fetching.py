from __future__ import annotations

import functools
import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taskscape.benchmark.fetching import CHECKSUMS, FILES, fetch
from taskscape.errors import DataError, EndpointError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A folder with all files, and the address at which it is served."""
    monkeypatch.delenv("TASKSCAPE_OFFLINE", raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    folder = tmp_path / "mirror"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_text(f"{{}} {name}", encoding="utf8")
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_fetches_once_and_records_checksums(mirror: tuple[Path, str], tmp_path: Path) -> None:
    target = tmp_path / "ieb"
    assert [path.name for path in fetch(target, base_url=mirror[1])] == list(FILES)
    assert (target / FILES[0]).read_bytes() == (mirror[0] / FILES[0]).read_bytes()
    assert (target / CHECKSUMS).is_file()
    assert fetch(target, base_url=mirror[1]) == []


def test_a_file_that_changed_is_refused(mirror: tuple[Path, str], tmp_path: Path) -> None:
    target = tmp_path / "ieb"
    fetch(target, base_url=mirror[1])
    (target / FILES[1]).unlink()
    (mirror[0] / FILES[1]).write_text("tampered", encoding="utf8")
    with pytest.raises(DataError, match="not the file that was recorded"):
        fetch(target, base_url=mirror[1])
    assert not (target / FILES[1]).exists()
    (target / FILES[0]).write_text("edited", encoding="utf8")
    with pytest.raises(DataError, match=FILES[0]):
        fetch(target, base_url=mirror[1])


def test_a_missing_file_says_where_to_put_it(mirror: tuple[Path, str], tmp_path: Path) -> None:
    (mirror[0] / FILES[2]).unlink()
    with pytest.raises(EndpointError, match=f"by hand at .*{FILES[2]}"):
        fetch(tmp_path / "ieb", base_url=mirror[1])


def test_an_answer_that_breaks_off_is_told_and_leaves_nothing(
    mirror: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(self: Quiet) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"{")

    monkeypatch.setattr(Quiet, "do_GET", cut)
    with pytest.raises(EndpointError, match=rf"could not be had: .*by hand at .*{FILES[0]}"):
        fetch(tmp_path / "ieb", base_url=mirror[1])
    assert list((tmp_path / "ieb").iterdir()) == []


@pytest.mark.parametrize("content", ['{"eft_test.json": "ab', "[]", '{"eft_test.json": 5}'])
def test_a_broken_record_says_what_to_delete(mirror: tuple[Path, str], tmp_path: Path, content: str) -> None:
    target = tmp_path / "ieb"
    fetch(target, base_url=mirror[1])
    (target / CHECKSUMS).write_text(content, encoding="utf8")
    with pytest.raises(DataError, match=rf"{CHECKSUMS} cannot be read: .*Delete it"):
        fetch(target, base_url=mirror[1])
    (target / CHECKSUMS).unlink()
    assert fetch(target, base_url=mirror[1]) == []


def test_the_record_is_replaced_in_one_step(
    mirror: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "ieb"
    fetch(target, base_url=mirror[1])
    before = (target / CHECKSUMS).stat().st_ino
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(StoreError, match="cannot be written"):
        fetch(target, base_url=mirror[1])
    assert (target / CHECKSUMS).stat().st_ino == before
    assert set(json.loads((target / CHECKSUMS).read_bytes())) == set(FILES)


def refuse(*_: object) -> None:
    raise OSError("the power is gone")


@pytest.mark.parametrize("variable", ["TASKSCAPE_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_mode_asks_for_nothing(
    mirror: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")
    with pytest.raises(EndpointError, match="offline mode is on"):
        fetch(tmp_path / "ieb", base_url=mirror[1])
