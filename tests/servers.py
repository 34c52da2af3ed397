"""A real HTTP server on loopback that speaks the OpenAI protocol, with faults on order."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Answer = Callable[[dict[str, Any]], dict[str, Any]]

# A fault is an HTTP status, or "slow", "not json" or "cut".
Fault = int | str


@dataclass
class Server:
    """What a test sees of the server: its address, and what reached it."""

    base_url: str
    faults: list[Fault]
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: Counter[str] = field(default_factory=Counter)
    dead_after: int | None = None
    retry_after: str = "0.01"  # what a 429 asks for


def _handler(answer: Answer, server: Server) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                server.requests.append(body)
                server.keys[self.headers.get("Authorization", "")] += 1
                fault = server.faults.pop(0) if server.faults else None
                dead = server.dead_after is not None and len(server.requests) > server.dead_after
            if dead:
                self.close_connection = True
                self.connection.close()
                return
            if fault == "slow":
                time.sleep(0.6)
            payload = json.dumps(answer(body)).encode()
            status = fault if isinstance(fault, int) else 200
            if fault == "not json":
                payload = b"<html>busy</html>"
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", server.retry_after)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            if fault == "cut":
                self.wfile.write(payload[: len(payload) // 2])
                self.close_connection = True
                return
            with contextlib.suppress(OSError):  # a client that stopped waiting
                self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
            """Say nothing."""

    return Handler


@contextlib.contextmanager
def serve(answer: Answer, *, faults: list[Fault] | None = None, dead_after: int | None = None) -> Iterator[Server]:
    """Answer every POST with `answer(body)`; the first requests meet the `faults`, in order."""
    state = Server("", list(faults or []), dead_after=dead_after)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(answer, state)) as server:
        state.base_url = f"http://127.0.0.1:{server.server_port}/v1"
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
