from __future__ import annotations

import socket
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from taskscape.endpoints import AnswerLog, Endpoint
from taskscape.errors import EndpointError, UsageError
from tests.servers import serve

if TYPE_CHECKING:
    from pathlib import Path

REQUESTS = [(f"r{number}", {"number": number}) for number in range(20)]


def double(body: dict[str, Any]) -> dict[str, Any]:
    if body["number"] == -1:
        return {"odd": True}
    return {"twice": 2 * body["number"], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}


def ask(endpoint: Endpoint, requests: list[tuple[str, dict[str, Any]]] = REQUESTS) -> tuple[dict[str, int], list[str]]:
    answers: dict[str, int] = {}
    failures = endpoint.ask(
        "numbers",
        requests,
        read=lambda answer: answer["twice"],
        on_answer=lambda key, value: answers.update({key: value}),
    )
    return answers, [failure.reason for failure in failures]


@pytest.mark.parametrize("fault", [429, 500, 503, "slow", "not json", "cut"])
def test_a_fault_is_tried_again_and_nothing_is_lost_or_doubled(fault: int | str) -> None:
    with serve(double, faults=[fault] * 5) as server:
        timeout = 0.4 if fault == "slow" else 30.0
        endpoint = Endpoint(server.base_url, concurrency=4, pause=0.01, timeout=timeout, tries=6)
        answers, failures = ask(endpoint)
    assert answers == {f"r{number}": 2 * number for number in range(20)}
    assert failures == []
    # On a busy machine an honest answer, too, may come after the short limit.
    assert endpoint.usage.retries == 5 or (fault == "slow" and endpoint.usage.retries > 5)
    assert (endpoint.usage.prompt_tokens, endpoint.usage.completion_tokens) == (60, 20)


def test_one_bad_request_is_reported_and_the_rest_goes_on() -> None:
    with serve(double) as server:
        endpoint = Endpoint(server.base_url, pause=0.01, tries=2)
        answers, failures = ask(endpoint, [*REQUESTS[:3], ("bad", {"number": -1}), *REQUESTS[3:]])
    assert len(answers) == 20
    assert failures == ["malformed answer (KeyError: 'twice')"]


def test_a_server_that_dies_midway_keeps_what_it_answered() -> None:
    with serve(double, dead_after=8) as server:
        endpoint = Endpoint(server.base_url, concurrency=2, pause=0.01, tries=2)
        answers: dict[str, int] = {}
        with pytest.raises(EndpointError, match="run the same command again"):
            endpoint.ask("n", REQUESTS, read=lambda a: a["twice"], on_answer=answers.__setitem__)
    assert len(answers) == 8


def test_no_server_at_all() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(EndpointError, match="no answer from"):
        ask(Endpoint(f"http://127.0.0.1:{port}/v1", pause=0.01, tries=2))


def test_a_refusal_stops_at_once_and_never_shows_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "top-secret")
    with serve(double, faults=[401] * 100) as server:
        with pytest.raises(EndpointError, match="MY_KEY") as raised:
            ask(Endpoint(server.base_url, key_variable="MY_KEY", concurrency=1))
        assert server.keys == {"Bearer top-secret": 1}
    assert "top-secret" not in str(raised.value)


def test_white_space_around_the_key_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", " top-secret\r\n")
    with serve(double) as server:
        ask(Endpoint(server.base_url, key_variable="MY_KEY"), REQUESTS[:1])
        assert server.keys == {"Bearer top-secret": 1}


@pytest.mark.parametrize("key", ["top-sécret", "top-\nsecret", "top-\x7fsecret"])
def test_a_key_that_cannot_be_sent_is_told_by_its_variable_alone(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("MY_KEY", key)
    with serve(double) as server:
        with pytest.raises(UsageError, match="MY_KEY") as raised:
            ask(Endpoint(server.base_url, key_variable="MY_KEY"))
        assert not server.requests
    assert "top-" not in str(raised.value)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "gopher://127.0.0.1:1", "http://127.0.0.1:port"])
def test_a_proxy_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)  # as where it is not installed
    monkeypatch.setenv("ALL_PROXY", proxy)
    with serve(double) as server, pytest.raises(EndpointError, match=r"the proxy of the environment \(ALL_PROXY"):
        ask(Endpoint(server.base_url))


@pytest.mark.parametrize("asked", ["-1", "nan", "-inf"])
def test_a_pause_that_is_none_is_replaced_by_our_own(asked: str) -> None:
    with serve(double, faults=[429]) as server:
        server.retry_after = asked
        answers, failures = ask(Endpoint(server.base_url, pause=0.01), REQUESTS[:1])
    assert (answers, failures) == ({"r0": 0}, [])


def test_the_rate_is_bounded() -> None:
    with serve(double) as server:
        start = time.monotonic()
        ask(Endpoint(server.base_url, requests_per_minute=60 * 50), REQUESTS[:11])
        assert time.monotonic() - start >= 10 / 50


@pytest.mark.parametrize(
    "settings",
    [
        {"base_url": "localhost:1"},
        {"base_url": "http://x", "tries": 0},
        *({"base_url": "http://x", "timeout": seconds} for seconds in (-1, 0, float("nan"), float("inf"))),
    ],
)
def test_wrong_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Endpoint(**settings)


def test_the_log_survives_a_cut_last_line(tmp_path: Path) -> None:
    log = AnswerLog(tmp_path / "answers.jsonl")
    log.add("a", {"x": 1})
    log.add("b", "två")
    log.path.write_bytes(log.path.read_bytes() + b'{"key": "c", "ans')
    again = AnswerLog(log.path)
    assert len(again) == 2
    assert again.get("b") == "två"
    assert "c" not in again
    again.add("c", None)
    assert len(AnswerLog(log.path)) == 3


def test_the_key_of_an_answer_is_what_was_asked() -> None:
    assert AnswerLog.key("m", {"a": 1, "b": 2}) == AnswerLog.key("m", {"b": 2, "a": 1})
    assert AnswerLog.key("m", {"a": 1}) != AnswerLog.key("n", {"a": 1})
