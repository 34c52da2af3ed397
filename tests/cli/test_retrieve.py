from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from taskscape.encoders import base
from taskscape.encoders.base import Registration
from tests.toy import LabellingEncoder

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
POOL = EXAMPLES / "instructions.jsonl"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return path


def load_toy(_: str) -> LabellingEncoder:
    """Near is what shares words; the task is the first word and the last."""
    encoder = LabellingEncoder(dimension=512)
    encoder.name = "toy"
    return encoder


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the toy encoder known by name."""
    registered = Registration("toy", f"{__name__}:load_toy", "for tests")
    monkeypatch.setitem(base._REGISTRY, "toy", registered)


@pytest.fixture
def index(run: Any, tmp_path: Path) -> Path:
    """An index of the example file, by an encoder that loads quickly."""
    done = run("index", POOL, "-o", tmp_path / "idx", "--encoder", "toy")
    assert done.code == 0, done.err
    return tmp_path / "idx"


def test_an_index_answers_without_its_source(run: Any, tmp_path: Path) -> None:
    source = write(tmp_path / "mine.jsonl", [*lines(POOL)[:50], {"instruction": ""}, *lines(POOL)[50:90]])
    done = run("index", source, "-o", tmp_path / "idx", "--encoder", "toy", "--json")
    assert json.loads(done.out) == {
        "output": str(tmp_path / "idx"),
        "rows": 90,
        "rejected": 1,
        "encoder": "toy",
        "dimension": 512,
        "method": "exact",
        "recall": 1.0,
    }
    source.unlink()
    text = lines(POOL)[60]["instruction"]
    found = json.loads(run("search", tmp_path / "idx", text, "-k", 3, "--json").out)
    assert found["matches"][0]["row"] == 61  # the bad row counts
    assert found["matches"][0]["instruction"] == text
    assert found["matches"][0]["similarity"] == pytest.approx(1, abs=1e-3)
    assert len(found["matches"]) == 3


def test_a_data_file_is_searched_like_an_index_of_it(run: Any, index: Path, tmp_path: Path) -> None:
    flags = ("-k", 4, "--encoder", "toy", "--json")
    cached = ("--cache-dir", tmp_path / "cache")
    by_file, again = (run("search", POOL, "Write a poem about the sea.", *flags, *cached) for _ in range(2))
    assert by_file.code == 0, by_file.err
    assert "JSON Lines" in by_file.err
    assert by_file.out == again.out == run("search", index, "Write a poem about the sea.", *flags).out


@pytest.mark.parametrize("encoder", ["toy", "tfidf"])
def test_a_data_file_is_searched_under_its_new_name(run: Any, tmp_path: Path, encoder: str) -> None:
    rows = [{"instruction": f"Write a poem about {topic}"} for topic in ("rain", "snow", "wind")]
    source = write(tmp_path / "c1.jsonl", rows)
    done = run("cluster", source, "-o", tmp_path / "out.jsonl", "--clusters", 2, "--encoder", encoder)
    assert done.code == 0, done.err
    moved = source.rename(tmp_path / "c2.jsonl")
    done = run("search", moved, "a poem about snow", "-k", 1, "--encoder", encoder, "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["matches"][0]["instruction"] == rows[1]["instruction"]


def test_a_field_of_a_data_file_is_searched(run: Any, tmp_path: Path) -> None:
    rows = write(
        tmp_path / "r.jsonl", [{"a": "Write a poem.", "b": "Add two sums."}, {"a": "Sort.", "b": "Write a poem."}]
    )
    for field, row in (("a", 0), ("b", 1)):
        done = run(
            "search", rows, "Write a poem.", "-k", 1, "--field", field, "--encoder", "toy", "--no-cache", "--json"
        )
        assert done.code == 0, done.err
        assert json.loads(done.out)["matches"][0]["row"] == row


def test_people_get_a_table_in_which_texts_are_harmless(run: Any, tmp_path: Path) -> None:
    rows = [{"instruction": f"[red]Write[/red] a poem\nabout \x1b[31m {word}"} for word in ("rain", "snow", "wind")]
    assert run("index", write(tmp_path / "r.jsonl", rows), "-o", tmp_path / "idx", "--encoder", "toy").code == 0
    done = run("search", tmp_path / "idx", "Write a poem about snow", "-k", 2)
    assert done.code == 0, done.err
    assert "[red]Write[/red] a poem about" in done.out
    assert "\x1b[31m" not in done.out
    assert "wind" in done.out or "rain" in done.out


def test_beyond_a_size_an_index_is_approximate_and_says_so(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskscape.vectors.index.EXACT_LIMIT", 100)
    done = run("index", POOL, "-o", tmp_path / "idx", "--encoder", "toy")
    assert "approximate search, recall at 10" in done.out
    kept = [path.name for path in (tmp_path / "idx" / "derived").rglob("cells.npy")]
    assert kept == ["cells.npy"]
    found = json.loads(run("search", tmp_path / "idx", "Write a poem about the sea.", "--json").out)
    assert found["method"] == "ivf"
    assert 0 < found["recall"] <= 1
    assert "poem" in found["matches"][0]["instruction"].lower()


def test_rows_come_with_their_demonstrations(run: Any, index: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = run("demos", EXAMPLES / "chats.jsonl", "--pool", index, "-k", 3, "-o", out, "--json")
    assert done.code == 0, done.err
    figures = json.loads(done.out)
    assert (figures["queries"], figures["demonstrations"], figures["fewer_than_k"]) == (40, 120, 0)
    rows, pool, queries = lines(out), lines(POOL), lines(EXAMPLES / "chats.jsonl")
    assert [{**row, "demonstrations": None} for row in rows] == [{**row, "demonstrations": None} for row in queries]
    for row in rows:
        near = [found["similarity"] for found in row["demonstrations"]]
        assert near == sorted(near, reverse=True)
        assert all(found["record"] == pool[found["row"]] for found in row["demonstrations"])


def test_a_query_is_never_its_own_demonstration(run: Any, index: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl.gz"
    assert run("demos", POOL, "--pool", index, "-k", 2, "-o", out, "--diversity", 0.3).code == 0
    rows = [json.loads(line) for line in gzip.decompress(out.read_bytes()).splitlines()]
    assert len(rows) == 324
    for number, row in enumerate(rows):
        assert number not in [found["row"] for found in row["demonstrations"]]


def test_prompts_have_the_nearest_last_and_leave_out_rows_without_an_answer(run: Any, tmp_path: Path) -> None:
    pool = write(
        tmp_path / "pool.jsonl",
        [
            {"instruction": "Write a poem about the sea at night.", "output": ""},
            {"instruction": "Write a poem about the sea.", "output": "Waves."},
            {"instruction": "Write a poem about a bus.", "output": "Wheels."},
            {"instruction": "Sort these numbers: 3 1 2", "output": "1 2 3"},
        ],
    )
    queries = write(tmp_path / "q.jsonl", [{"instruction": "Write a poem about the deep sea.", "dataset": "mine"}])
    out = tmp_path / "out.jsonl"
    done = run("demos", queries, "--pool", pool, "-k", 2, "-o", out, "--as", "plain", "--encoder", "toy")
    assert done.code == 0, done.err
    assert lines(out)[0]["prompt"] == (
        "Instruction: Write a poem about a bus.\nResponse: Wheels.\n\n"
        "Instruction: Write a poem about the sea.\nResponse: Waves.\n\n"
        "Instruction: Write a poem about the deep sea.\nResponse:"
    )
    assert lines(out)[0]["dataset"] == "mine"
    assert [found["row"] for found in lines(out)[0]["demonstrations"]] == [1, 2]
    assert run("demos", queries, "--pool", pool, "-k", 2, "-o", out, "--as", "messages", "--encoder", "toy").code == 0
    assert [turn["role"] for turn in lines(out)[0]["prompt"]] == ["user", "assistant"] * 2 + ["user"]
    done = run("demos", queries, "--pool", pool, "-k", 4, "-o", out, "--as", "plain", "--encoder", "toy")
    assert (done.code, "3 rows with an answer" in done.err) == (2, True)


def test_bad_rows_of_both_sides_are_told(run: Any, tmp_path: Path) -> None:
    good = [{"instruction": f"Write a poem about {topic}."} for topic in ("rain", "snow", "wind")]
    queries = write(tmp_path / "q.jsonl", [good[0], {"instruction": ""}, good[1]])
    pool = write(tmp_path / "pool.jsonl", [*good, {"instruction": ""}, {"instruction": ""}])
    for name in ("first.jsonl", "again.jsonl"):  # the second time the embeddings are taken from the cache
        out = tmp_path / name
        done = run("demos", queries, "--pool", pool, "-k", 1, "-o", out, "--encoder", "toy", "--json")
        assert done.code == 0, done.err
        assert (json.loads(done.out)["rejected"], json.loads(done.out)["pool_rejected"]) == (1, 2)
        assert f"set aside: 1 bad row, in {out}.rejects.jsonl" in done.err
        assert f"{pool}: 2 bad rows left out" in done.err
        assert [row["row"] for row in lines(tmp_path / f"{name}.rejects.jsonl")] == [1]


@pytest.mark.parametrize("command", ["index", "embed"])
def test_a_store_is_not_embedded_again(run: Any, index: Path, tmp_path: Path, command: str) -> None:
    done = run(command, index, "-o", tmp_path / "other")
    assert (done.code, f"{index} is a store" in done.err) == (2, True), done.err
    assert "or a store" not in " ".join(run(command, "--help").out.split())


def test_a_report_shows_queries_with_what_was_found(run: Any, tmp_path: Path) -> None:
    rows = [("Write a poem about the sea", ""), ("Write a poem about a bus", "Wheels."), ("Sort numbers", "1 2 3")]
    pool = write(tmp_path / "pool.jsonl", [{"instruction": text, "output": answer} for text, answer in rows])
    queries = write(tmp_path / "q.jsonl", [{"instruction": "Write for me a song about a bus"}])
    arguments = ["demos", queries, "--pool", pool, "-k", 1, "-o", tmp_path / "out.jsonl", "--encoder", "toy"]
    done = run(*arguments, "--as", "plain", "--report", tmp_path / "page.html")
    assert done.code == 0, done.err
    page = (tmp_path / "page.html").read_text(encoding="utf8")
    assert "Demonstrations for 1 query" in page
    assert '<span class="muted">1</span> <bdi class="text">Write a poem about a bus</bdi>' in page
    assert "Wheels." in page
    assert "of the query&#x27;s task" in page
    assert "about the sea" not in page
    assert run(*arguments, "--report", tmp_path / "page.txt").code == 2


def test_same_task_and_blend(run: Any, tmp_path: Path) -> None:
    poems = [{"instruction": f"Write about {topic} a poem"} for topic in ("rain", "snow", "the grey sea")]
    others = [{"instruction": "Write about the sea a story"}, {"instruction": "Explain to me a poem"}]
    pool = write(tmp_path / "pool.jsonl", [*others, *poems])
    queries = write(tmp_path / "q.jsonl", [{"instruction": "Write about the sea a poem"}, {"instruction": "Sing"}])
    out = tmp_path / "out.jsonl"
    done = run("demos", queries, "--pool", pool, "-k", 4, "-o", out, "--same-task", "--encoder", "toy", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["fewer_than_k"] == 2
    rows = lines(out)
    assert sorted(found["row"] for found in rows[0]["demonstrations"]) == [2, 3, 4]
    assert rows[1]["demonstrations"] == []

    def first_of(*flags: Any) -> list[int]:
        done = run("demos", queries, "--pool", pool, "-k", 1, "-o", out, "--encoder", "toy", *flags)
        assert done.code == 0, done.err
        return [row["demonstrations"][0]["row"] for row in lines(out)][:1]

    assert first_of() == first_of("--blend", 0, "--blend-encoder", "random") == [4]
    assert first_of("--blend", 1, "--blend-encoder", "random") != [4]


def test_two_encoders_do_not_mix(run: Any, index: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert run("embed", EXAMPLES / "chats.jsonl", "-o", other, "--encoder", "random").code == 0
    done = run("demos", other, "--pool", index, "-o", tmp_path / "out.jsonl")
    assert done.code == 4
    assert "cannot be compared" in done.err
    done = run("demos", POOL, "--pool", index, "-o", tmp_path / "out.jsonl", "--encoder", "random")
    assert (done.code, "--encoder is random" in done.err) == (2, True)
    manifest = index / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"fingerprint": "', '"fingerprint": "old'))
    done = run("search", index, "Write a poem.")
    assert done.code == 4
    assert "which is another one now" in done.err


def test_an_encoder_that_must_see_its_corpus(run: Any, tmp_path: Path) -> None:
    assert run("index", POOL, "-o", tmp_path / "idx", "--encoder", "tfidf").code == 0
    done = run("search", tmp_path / "idx", "poem sea", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["matches"][0]["similarity"] > 0.3
    assert run("demos", EXAMPLES / "chats.jsonl", "--pool", tmp_path / "idx", "-o", tmp_path / "o.jsonl").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["search", "{index}", "poem", "-k", "325"], 2, "325"),
        (["search", "{index}", "poem", "-k", "0"], 2, "-k"),
        (["search", "{index}", "  "], 2, "empty"),
        (["search", "{index}", "poem", "--diversity", "2"], 2, "diversity is 2"),
        (["search", "nowhere", "poem"], 3, "no such file"),
        (["search", "x" * 300, "poem"], 3, "no such file"),
        (["search", "{index}", "poem", "--encoder", "random"], 2, "--encoder is random"),
        (["search", "empty.jsonl", "poem"], 3, "empty"),
        (["index", "not-there.json", "-o", "x"], 3, "no such file"),
        (["demos", "{queries}", "--pool", "{index}", "-o", "x.csv"], 2, ".jsonl"),
        (["demos", "{queries}", "--pool", "{index}", "-o", "no/x.jsonl"], 3, "no folder"),
        (["demos", "{queries}", "--pool", "{index}", "-o", "x.jsonl", "-k", "400"], 2, "324 rows"),
        (["demos", "{queries}", "--pool", "{index}", "-o", "x.jsonl", "--blend", "3", "--blend-encoder", "random"], 2,
         "weight is 3"),
        (["demos", "{queries}", "--pool", "empty.jsonl", "-o", "x.jsonl"], 3, "empty"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_with_a_code(
    run: Any,
    index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.jsonl").write_text("", encoding="utf8")
    queries = write(Path("q.jsonl"), [{"instruction": "Write a poem."}])
    done = run(*(a.replace("{index}", str(index)).replace("{queries}", str(queries)) for a in arguments))
    assert done.code == code, done.err
    assert message in done.err
    assert "Traceback" not in done.err


def test_searching_before_there_is_an_index_tells_how_to_make_one(run: Any, tmp_path: Path) -> None:
    done = run("search", tmp_path / "index", "Write a poem.")
    assert done.code == 3
    assert f"taskscape index DATA -o {tmp_path / 'index'}" in done.err
