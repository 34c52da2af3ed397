from __future__ import annotations

import re
import socket
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from taskscape import embed, open_dataset
from taskscape.encoders import load_encoder
from taskscape.encoders.prompts import PIE
from taskscape.encoders.remote import RemoteEncoder
from taskscape.errors import EncoderError, EndpointError, StoreError, UsageError
from tests.servers import Server, serve
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from taskscape.encoders import Encoder

TEXTS = [f"Write {number} lines about the {word}." for number in range(25) for word in ("sea", "moon", "rain")]
LOCAL = HashingEncoder(24)


def answering(encoder: Encoder = LOCAL, *, refuse: str = "\0", shuffle: bool = True) -> Callable[[Any], dict[str, Any]]:
    """An embeddings server over an encoder: it gives its answers out of order, and chokes on one word."""

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        texts = body["input"]
        if any(refuse in text for text in texts):
            return {"error": {"message": "too long"}}
        vectors = 7 * encoder.encode(texts)
        data = [{"index": at, "embedding": vector.tolist()} for at, vector in enumerate(vectors)]
        words = sum(len(text.split()) for text in texts)
        return {"data": data[::-1] if shuffle else data, "usage": {"prompt_tokens": words, "total_tokens": words}}

    return answer


def remote(server: Server, **settings: Any) -> RemoteEncoder:
    quick = {"pause": 0.01, "batch_items": 8, "concurrency": 4}
    return RemoteEncoder("toy", server.base_url, **{**quick, **settings})


def asked(server: Server) -> Counter[str]:
    return Counter(text for body in server.requests for text in body["input"])


def test_the_shipped_encoder_behind_a_server_gives_the_same_vectors() -> None:
    try:
        local = load_encoder("default")
    except EncoderError as error:
        pytest.skip(str(error))
    with serve(answering(local), faults=[429, 500, "cut"]) as server:
        encoder = load_encoder(f"openai:any@{server.base_url}?batch_items=16", pause=0.01)
        np.testing.assert_allclose(encoder.encode(TEXTS), local.encode(TEXTS), atol=1e-5)


@pytest.mark.parametrize("fault", [429, 500, 503, "slow", "not json", "cut"])
def test_a_faulty_server_loses_nothing_and_gives_nothing_twice(fault: int | str) -> None:
    with serve(answering(), faults=[]) as server:
        encoder = remote(server, tries=8, timeout=0.4 if fault == "slow" else 30.0)
        server.faults += [fault] * 5
        rows = encoder.encode(TEXTS)
    np.testing.assert_allclose(rows, LOCAL.encode(TEXTS), atol=1e-5)
    if fault != "slow":  # on a busy machine an honest answer, too, may come after the short limit
        assert sum(asked(server).values()) - len(TEXTS) <= 5 * 8 + 1
        assert encoder.usage.retries == 5
        assert encoder.usage.prompt_tokens == sum(len(text.split()) for text in TEXTS) + 6


def test_answers_that_hold_too_few_vectors_are_asked_again() -> None:
    whole = answering()

    def short(body: dict[str, Any]) -> dict[str, Any]:
        answer = whole(body)
        if len(body["input"]) > 2:
            answer["data"] = answer["data"][1:][::-1]  # without the last, in order
        return answer

    with serve(short) as server:
        np.testing.assert_allclose(remote(server).encode(TEXTS[:8]), LOCAL.encode(TEXTS[:8]), atol=1e-5)


def test_requests_keep_to_the_limits_and_ask_equal_texts_once() -> None:
    long = "word " * 100
    with serve(answering()) as server:
        encoder = remote(server, batch_items=5, batch_tokens=60)
        server.requests.clear()
        rows = encoder.encode([*TEXTS, *TEXTS, long])
    np.testing.assert_allclose(rows, LOCAL.encode([*TEXTS, *TEXTS, long]), atol=1e-5)
    assert set(asked(server).values()) == {1}
    for body in server.requests:
        size = sum(len(text) // 3 + 2 for text in body["input"])
        assert len(body["input"]) <= 5
        assert size <= 60 or len(body["input"]) == 1
    assert encoder.remarks == [
        f"{encoder.usage.prompt_tokens:,} tokens in {encoder.usage.requests} requests, 0 of them repeated"
    ]


def test_a_text_that_is_refused_is_named_and_costs_only_itself() -> None:
    texts = [*TEXTS[:30], "a poisoned one", *TEXTS[30:], "the poisoned other"]
    with serve(answering(refuse="poison")) as server:
        encoder = remote(server, tries=1)
        with pytest.raises(
            EndpointError, match=r"refused 2 of 77 texts.*text 30 \('a poisoned one'\).*text 76"
        ) as told:
            encoder.encode(texts)
        assert "failed=zero" in str(told.value)
        assert set(asked(server)) >= set(TEXTS)
        lenient = remote(server, tries=1, failed="zero")
        rows = lenient.encode(texts)
    assert not rows[[30, 76]].any()
    np.testing.assert_allclose(np.delete(rows, [30, 76], axis=0), LOCAL.encode(TEXTS), atol=1e-5)
    assert [failure.key for failure in lenient.failures] == ["a poisoned one", "the poisoned other"]
    assert lenient.remarks[1].startswith("refused, a row of zeros: 'a poisoned one' (malformed answer")


def test_a_server_that_refuses_everything_is_not_asked_for_each_text() -> None:
    with serve(answering(refuse="Write")) as server:
        encoder = _probed_elsewhere(server)
        with pytest.raises(EndpointError, match="answered none of"):
            encoder.encode([f"Write {number}" for number in range(1000)])
        assert len(server.requests) < 200


def _probed_elsewhere(server: Server) -> RemoteEncoder:
    with serve(answering()) as healthy:
        encoder = remote(healthy, tries=1)
    encoder._endpoint.base_url = server.base_url
    return encoder


def test_another_dimension_midway_is_told() -> None:
    first, second = answering(HashingEncoder(24)), answering(HashingEncoder(16))
    calls = iter(range(1000))
    with serve(lambda body: first(body) if next(calls) < 4 else second(body)) as server:
        encoder = remote(server, concurrency=1)
        with pytest.raises(EncoderError, match="gave 24 numbers a text before, and now 16: another model answers"):
            encoder.encode(TEXTS)


def test_a_store_keeps_what_was_finished_when_the_server_dies_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(f'{{"instruction": "{text}"}}\n' for text in TEXTS))
    with serve(answering()) as server:
        encoder = remote(server, concurrency=1, tries=2)
        server.dead_after = len(server.requests) + 6
        with pytest.raises(EndpointError, match=r"no answer from .* run the same command again"):
            embed(open_dataset(rows), encoder=encoder, store=tmp_path / "store", shard_rows=16)
        server.dead_after = None
        server.requests.clear()
        store = embed(open_dataset(rows), encoder=encoder, store=tmp_path / "store", shard_rows=16, dtype="float16")
        assert sum(asked(server).values()) == len(TEXTS) - 3 * 16  # three shards of two requests were finished
        np.testing.assert_allclose(store.embeddings(), LOCAL.encode(TEXTS), atol=1e-3)
        other = remote(server, template="semantic")
        with pytest.raises(StoreError, match="encoder: it holds openai:toy@"):
            embed(open_dataset(rows), encoder=other, store=tmp_path / "store", shard_rows=16)


def test_a_template_goes_around_the_text() -> None:
    with serve(answering()) as server:
        encoder = load_encoder(f"openai:org/m@1@{server.base_url}?template=pie", pause=0.01)
        encoder.encode("Sing.")
        assert server.requests[-1] == {"model": "org/m@1", "input": [PIE.replace("{instruction}", "Sing.")]}
        assert encoder.name == f"openai:org/m@1@{server.base_url}?template=pie"
        plain = remote(server)
        assert len({encoder.fingerprint, plain.fingerprint, remote(server).fingerprint}) == 2


def test_the_key_comes_from_the_environment_and_stands_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "top-secret")
    with serve(answering()) as server:
        encoder = load_encoder(f"openai:m@{server.base_url}?key_variable=MY_KEY")
        assert set(server.keys) == {"Bearer top-secret"}
    assert "top-secret" not in repr(vars(encoder)) + encoder.name + encoder.fingerprint


def test_promises_of_every_encoder() -> None:
    with serve(answering()) as server:
        encoder = remote(server)
        rows = encoder.encode(["", "Ωραία 😀 \ud800 text", *TEXTS], batch_size=3)
        assert (rows.dtype, rows.shape) == (np.dtype(np.float32), (len(TEXTS) + 2, 24))
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
        assert encoder.encode([]).shape == (0, 24)
        assert encoder.encode("one").shape == (24,)


def test_a_server_that_is_down_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(EndpointError, match=r"gives no embedding of 'm': ConnectError.*Check the address"):
        load_encoder(f"openai:m@http://127.0.0.1:{port}/v1?tries=2&pause=0.01")
    with serve(answering(), faults=[404]) as server, pytest.raises(EndpointError, match=r"refuses: HTTP 404"):
        remote(server)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("openai:model", "names no server: write openai:MODEL@http://HOST:PORT/v1"),
        ("openai:model@localhost:80", "names no server"),
        ("openai:m@http://me:secret@host/v1", "put the key into OPENAI_API_KEY"),
        ("openai:m@http://host/v1?template=pie-mask", "take a template without {mask}"),
        ("openai:m@http://host/v1?failed=drop", "take raise or zero"),
        ("openai:m@http://host/v1?batch_items=0", "must be at least 1"),
        ("openai:m@http://host/v1?concurrency=0", "must be positive"),
        ("openai:m@http://host/v1?concurrency=many", "is no number"),
        ("openai:m@http://host/v1?api_key=x", "has no setting 'api_key'. Its settings: batch_items"),
    ],
)
def test_bad_names_are_told(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)) as told:
        load_encoder(name)
    assert "secret" not in str(told.value)
