from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.benchmark.paraphrase import bury, clustering_ari, evaluate_paraphrase, read_sets
from taskscape.encoders.base import load_encoder
from taskscape.errors import DataError
from taskscape.tasks.label import Task
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DATA = Path(__file__).resolve().parents[2] / "benchmarks" / "data"


class FirstWordLabels(HashingEncoder):
    """Labels by the first word: text pasted before a request changes the label, text after it does not."""

    def encode_with_tasks(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], list[Task]]:
        return self.encode(texts), [Task(text.split()[0].lower(), "none") for text in texts]


def test_ari_of_separate_groups_is_one() -> None:
    embeddings = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    embeddings += np.random.default_rng(0).normal(0, 0.01, embeddings.shape).astype(np.float32)
    assert clustering_ari(embeddings, ["a"] * 4 + ["b"] * 4 + ["c"] * 4) == pytest.approx(1)


@settings(deadline=None)
@given(words=st.integers(1, 60), seed=st.integers(0, 5))
def test_pasted_text_is_long_enough_and_repeats_by_seed(words: int, seed: int) -> None:
    passages = ["one two three", "four", "five six seven eight"]
    texts = bury(["x", "y"], passages, words=words, seed=seed)
    assert texts == bury(["x", "y"], passages, words=words, seed=seed)
    for text in texts:
        length = len(text.split())
        assert words <= length < words + 4
        counts = Counter(text.split("\n\n"))
        assert max(counts.values()) - min(counts[passage] for passage in passages) <= 1


def test_pasted_text_needs_words() -> None:
    with pytest.raises(ValueError, match="no passage"):
        bury(["x"], ["", " "])


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pairs = [
        {"text1": "red red apple", "text2": "red red pear", "same": True, "family": "red"},
        {"text1": "blue blue sky", "text2": "blue blue sea", "same": True, "family": "blue"},
        {"text1": "red moon", "text2": "loud drum", "same": False, "family": "red"},
    ]
    words = [("red red a", "r"), ("red red b", "r"), ("blue blue a", "b"), ("blue blue b", "b")]
    write(tmp_path, "paraphrase_pairs", [{**row, "split": "test"} for row in pairs])
    write(tmp_path, "templates", [{"text": text, "family": label, "split": "test"} for text, label in words])
    write(tmp_path, "user_requests", [{"text": text, "intent": label, "split": "test"} for text, label in words])
    write(tmp_path, "requests", [{"text": f"{text} please", "split": "test"} for text, _ in words])
    write(tmp_path, "passages", [{"text": "some pasted words", "split": "test"}])
    return tmp_path


def test_scores_of_an_encoder_that_can_only_match_words(folder: Path) -> None:
    scores = evaluate_paraphrase(FirstWordLabels(), read_sets(folder), words=2)
    assert scores.pairs_auc == scores.unrelated_auc == 1
    assert scores.templates_p1 == scores.requests_p1 == 1
    assert scores.requests_ari == pytest.approx(1)
    assert scores.long["after"]["label"] == 1
    assert scores.long["before"]["label"] == 0
    assert scores.long["after"]["cosine_p5"] <= scores.long["after"]["cosine"] < 1
    json.dumps(scores.to_dict())


def test_an_encoder_that_needs_a_corpus_is_fitted_on_each_set(folder: Path) -> None:
    scores = evaluate_paraphrase(load_encoder("tfidf"), read_sets(folder), words=2)
    assert scores.pairs_auc == scores.templates_p1 == 1
    assert scores.long["before"]["found"] == pytest.approx(scores.long["after"]["found"])


def test_label_stability_is_left_out_for_encoders_that_do_not_label(folder: Path) -> None:
    assert "label" not in evaluate_paraphrase(HashingEncoder(), read_sets(folder), words=2).long["before"]
    assert evaluate_paraphrase(HashingEncoder(), read_sets(folder), words=0).long == {}


def test_bad_files_are_named_with_their_line(folder: Path) -> None:
    with pytest.raises(DataError, match="unknown split 'train'"):
        read_sets(folder, split="train")
    with pytest.raises(DataError, match=r"no row of the split 'dev'"):
        read_sets(folder, split="dev")
    (folder / "templates.jsonl").write_text('{"text": "a", "family": "f", "split": "test"}\n{"text": "b"}\n')
    with pytest.raises(DataError, match=r"templates\.jsonl, line 2: no family and no split"):
        read_sets(folder)
    (folder / "templates.jsonl").write_text("{\n")
    with pytest.raises(DataError, match=r"templates\.jsonl, line 1: not JSON"):
        read_sets(folder)
    (folder / "passages.jsonl").unlink()
    (folder / "templates.jsonl").write_text('{"text": "a", "family": "f", "split": "test"}\n')
    with pytest.raises(DataError, match=r"passages\.jsonl is not there"):
        read_sets(folder)


class TestOurSets:
    """The committed sets keep what their README promises."""

    @pytest.mark.parametrize(
        ("name", "key"), [("paraphrase_pairs", "family"), ("templates", "family"), ("user_requests", "intent")]
    )
    def test_no_group_is_in_both_splits(self, name: str, key: str) -> None:
        splits = defaultdict(set)
        for row in getattr(read_sets(DATA, split="all"), name):
            splits[row[key]].add(row["split"])
        assert all(len(found) == 1 for found in splits.values())
        assert set.union(*splits.values()) == {"dev", "test"}

    def test_sizes(self) -> None:
        sets = read_sets(DATA, split="all")
        assert sum(row["same"] for row in sets.paraphrase_pairs) >= 320
        assert sum(not row["same"] for row in sets.paraphrase_pairs) >= 320
        assert set(Counter(row["family"] for row in sets.templates).values()) == {40}
        assert set(Counter(row["intent"] for row in sets.user_requests).values()) == {8}
        assert len(sets.requests) >= 300
        assert len(sets.passages) >= 60

    @pytest.mark.parametrize("name", ["templates", "user_requests", "requests", "passages"])
    def test_no_text_occurs_twice(self, name: str) -> None:
        texts = [row["text"].lower() for row in getattr(read_sets(DATA, split="all"), name)]
        assert len(texts) == len(set(texts))

    def test_traps_share_more_words_than_positives(self) -> None:
        overlap: dict[bool, list[float]] = {True: [], False: []}
        for row in read_sets(DATA, split="all").paraphrase_pairs:
            first, second = (set(re.findall(r"[a-z]{4,}", row[key].lower())) for key in ("text1", "text2"))
            overlap[row["same"]].append(len(first & second) / max(1, min(len(first), len(second))))
        assert np.mean(overlap[True]) < 0.05
        assert np.mean(overlap[False]) > 0.6
