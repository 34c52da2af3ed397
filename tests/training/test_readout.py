from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from taskscape.training.readout import NamingSettings, Readings, fitted, read, started  # noqa: E402  (needs torch)
from taskscape.training.sampling import Share  # noqa: E402

VERBS, NOUNS = ("write", "find", "list", "none"), ("poem", "letter", "song", "none")
WIDTH = 64


@pytest.fixture
def words() -> dict[str, np.ndarray]:
    """A vector for every word; "poem" and "song" are alike."""
    rng = np.random.default_rng(0)
    table = {word: rng.normal(size=12).astype(np.float32) for word in (*VERBS, *NOUNS)}
    table["song"] = table["poem"] + 0.2 * table["song"]
    return table


def planted(count: int = 400) -> tuple[Readings, list[tuple[str, str]], np.ndarray]:
    """Readings of texts: the pooled vector tells instructions from messages; each word has a vector of its own."""
    rng = np.random.default_rng(1)
    own = {word: rng.normal(size=WIDTH).astype(np.float32) for word in (*VERBS, *NOUNS)}
    labels = [(VERBS[rng.integers(4)], NOUNS[rng.integers(4)]) for _ in range(count)]
    instructs = np.arange(count) % 2 == 0
    pooled = rng.normal(size=(count, WIDTH)).astype(np.float32)
    pooled[:, 0] += np.where(instructs, 12, -12)
    columns = []
    for place in (0, 1):
        pointed = np.stack([own[label[place]] for label in labels])
        columns.append(torch.from_numpy(np.hstack([pointed, np.ones((count, 1), np.float32)])).half())
    return Readings(torch.from_numpy(pooled).half(), *columns), labels, instructs


def names(naming: Any, readings: Readings) -> np.ndarray:
    """What the layer adds, without the pooled vector."""
    with torch.no_grad():
        naming.turn.weight.zero_()
        found: np.ndarray = naming.joined(*readings.rows(slice(None))).numpy()
    return found


def test_the_name_needs_verb_and_noun_and_is_left_out_of_messages(words: dict[str, np.ndarray]) -> None:
    readings, labels, instructs = planted()
    told = [label if said else None for label, said in zip(labels, instructs, strict=True)]
    naming = started(readings, np.eye(WIDTH, dtype=np.float32), told, words, instructs, weight=0.5)
    found = names(naming, readings)
    lengths = np.linalg.norm(found, axis=1)
    assert lengths[~instructs].max() < 0.1
    np.testing.assert_allclose(lengths[instructs], 0.5, atol=0.05)
    first = {label: row for row, label in enumerate(labels) if instructs[row]}

    def alike(one: tuple[str, str], other: tuple[str, str]) -> float:
        a, b = found[first[one]], found[first[other]]
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert alike(("write", "poem"), ("write", "song")) > 0.7  # nouns that are alike
    for other in (("write", "letter"), ("find", "poem"), ("find", "letter"), ("write", "none")):
        assert alike(("write", "poem"), other) < 0.5


def test_a_word_without_a_vector_is_told(words: dict[str, np.ndarray]) -> None:
    readings, labels, instructs = planted(8)
    with pytest.raises(KeyError, match="poem"):
        started(
            readings,
            np.eye(WIDTH, dtype=np.float32),
            [("write", "poem")] * len(labels),
            {name: vector for name, vector in words.items() if name != "poem"},
            instructs,
            weight=0.5,
        )


def test_fitting_draws_tasks_together_and_is_the_same_every_time(words: dict[str, np.ndarray]) -> None:
    """The task is in a direction of the pooled vector that is drowned by others: the turn learns to find it."""
    readings, labels, instructs = planted()
    tasks = np.random.default_rng(2).integers(0, 4, len(labels))
    readings.pooled[:, 10:14] += 3 * torch.from_numpy(np.eye(4)[tasks]).half()
    numbers = torch.from_numpy(tasks)
    shares = [Share(range(len(labels)), [str(task) for task in tasks], 8, related=False)]
    settings = NamingSettings(steps=200, batch=8, learning_rate=1e-2)
    told = [label if said else None for label, said in zip(labels, instructs, strict=True)]

    def run(steps: int) -> np.ndarray:
        naming = started(readings, np.eye(WIDTH, dtype=np.float32), told, words, instructs, weight=0.5)
        if steps:
            fitted(
                naming,
                readings,
                numbers,
                torch.full_like(numbers, -1),
                torch.zeros_like(numbers, dtype=torch.bool),
                shares,
                settings,
            )
        with torch.no_grad():
            rows: np.ndarray = torch.nn.functional.normalize(naming.joined(*readings.rows(slice(None))), dim=-1).numpy()
        return rows

    def apart(rows: np.ndarray) -> float:
        cosines, same = rows @ rows.T, tasks[:, None] == tasks
        return float(cosines[same].mean() - cosines[~same].mean())

    learned = run(200)
    assert apart(learned) > 2 * apart(run(0)) + 0.1
    np.testing.assert_array_equal(learned, run(200))


def test_what_is_read_of_a_text_does_not_depend_on_its_neighbours(tiny_model: Any) -> None:
    from taskscape.training.folders import HEADS, open_base
    from taskscape.training.modules import TaskHeads

    model = open_base(tiny_model)
    model.add_module(HEADS, TaskHeads(32, ["*", "none"], ["*", "none", "poem"]))
    model[0].auto_model.config.output_hidden_states = True
    texts = ["write a poem about the sea", "sort", "find a song about my dog", "draw a letter"]
    together = read(model, texts, 32)
    assert together.verb.shape == (4, 34)
    assert together.noun.shape == (4, 35)
    for row, text in enumerate(texts):
        alone = read(model, [text], 32)
        for one, all_ in zip(alone.rows(slice(None)), together.rows(slice(row, row + 1)), strict=True):
            torch.testing.assert_close(one, all_, atol=0.02, rtol=0.02)  # bf16


def test_a_folder_that_names_other_code_beside_the_layer_is_refused(tiny_model: Any, tmp_path: Any) -> None:
    """Only classes that are known are loaded, whatever the folder asks for."""
    import json
    import shutil

    from sentence_transformers import SentenceTransformer

    from taskscape.errors import EncoderError
    from taskscape.training.folders import HEADS, open_base, write_model
    from taskscape.training.modules import TaskHeads
    from taskscape.training.naming import TaskNaming

    model = open_base(tiny_model)
    model.add_module(HEADS, TaskHeads(32, ["*", "none"], ["*", "none", "poem"]))
    model.add_module("name", TaskNaming(32, 2, 3))
    model[0].auto_model.config.output_hidden_states = True
    write_model(model, tmp_path / "own")
    texts = ["write a poem about the sea", "sort"]
    np.testing.assert_allclose(open_base(tmp_path / "own").encode(texts), model.encode(texts), atol=1e-5)
    trusted = SentenceTransformer(str(tmp_path / "own"), trust_remote_code=True, device="cpu")
    np.testing.assert_allclose(trusted.encode(texts), model.encode(texts), atol=1e-5)
    shutil.copytree(tmp_path / "own", tmp_path / "foreign")
    entries = json.loads((tmp_path / "own" / "modules.json").read_text(encoding="utf-8"))
    entries[1]["type"] = "evil.Module"
    (tmp_path / "foreign" / "modules.json").write_text(json.dumps(entries))
    (tmp_path / "foreign" / "evil.py").write_text("raise SystemExit('was run')")
    with pytest.raises(EncoderError, match=r"cannot be opened as a model \('evil.Module'\)"):
        open_base(tmp_path / "foreign")
