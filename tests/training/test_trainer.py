from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from taskscape.encoders import load_encoder
from taskscape.errors import DataError, EncoderError, UsageError
from taskscape.training import Settings, train
from tests.training.tiny import examples

if TYPE_CHECKING:
    from pathlib import Path

QUICK = Settings(
    steps=30, batch=16, learning_rate=3e-3, validate_every=15, tokens=16, precision="fp32", held_out=0.2, patience=0
)


@pytest.fixture(scope="session")
def trained(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "model"
    train(examples(), folder, base=tiny_model, settings=QUICK)
    return folder


def test_training_brings_held_out_tasks_together(trained: Path, tiny_model: Path) -> None:
    from sentence_transformers import SentenceTransformer

    from taskscape.training.pairs import supervise

    held_out = supervise(examples(), held_out=0.2, seed=0).held_out
    tasks = np.array([e.task for e in held_out])

    def margin(folder: Path) -> float:
        """Mean cosine within tasks less that between tasks."""
        vectors = SentenceTransformer(str(folder), device="cpu").encode([e.text for e in held_out])
        cosines, same = vectors @ vectors.T, tasks[:, None] == tasks[None]
        return float(cosines[same].mean() - cosines[~same].mean())

    assert margin(trained) > margin(tiny_model) + 0.1


def test_the_folder_is_a_plain_model_with_heads_beside_it(trained: Path) -> None:
    from sentence_transformers import SentenceTransformer

    vectors = SentenceTransformer(str(trained), device="cpu").encode(["write a poem about rain"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert "taskscape" not in (trained / "modules.json").read_text()
    assert json.loads((trained / "heads" / "heads.json").read_text())["verbs"][0] == "*"
    assert not (trained / "checkpoints").exists()


def test_the_report_shows_curves_and_escapes(trained: Path) -> None:
    page = (trained / "training.html").read_text()
    assert page.count("<svg") >= 2
    assert "Held-out tasks" in page
    assert "http" not in page


def test_a_trained_folder_is_not_overwritten(trained: Path, tiny_model: Path) -> None:
    with pytest.raises(UsageError, match="holds a trained model already"):
        train(examples(), trained, base=tiny_model, settings=QUICK)


def test_a_foreign_folder_is_not_touched(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="is no training folder"):
        train(examples(), tmp_path, base=tiny_model, settings=QUICK)


def test_a_base_that_is_no_model_is_refused_before_any_step(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    with pytest.raises(EncoderError, match="is no model folder"):
        train(examples(), tmp_path / "out", base=tmp_path / "base", settings=QUICK)
    with pytest.raises(EncoderError, match="none is fetched"):
        train(examples(), tmp_path / "out", base="nobody/no-such-model", settings=QUICK)


def test_a_leak_is_refused_before_any_step(tmp_path: Path, tiny_model: Path) -> None:
    test = tmp_path / "test.json"
    test.write_text(json.dumps({examples()[0].task: {"samples": [{"instruction": "x"}]}}))
    with pytest.raises(DataError, match="tasks of a test"):
        train(examples(), tmp_path / "out", base=tiny_model, settings=QUICK, test_sets=[test])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "settings",
    [
        Settings(objective="infonce", steps=4, batch=8, validate_every=4, precision="fp32", held_out=0.2),
        Settings(objective="simcse", steps=4, batch=8, validate_every=4, precision="fp32", held_out=0.2),
        Settings(steps=4, batch=8, validate_every=4, lora=2, precision="fp32", held_out=0.2),
        Settings(steps=4, batch=8, validate_every=4, prompt="a {instruction}", precision="fp32", held_out=0.2),
    ],
    ids=["infonce", "simcse", "lora", "prompt"],
)
def test_every_objective_writes_a_model_that_loads(settings: Settings, tmp_path: Path, tiny_model: Path) -> None:
    from sentence_transformers import SentenceTransformer

    made = train(examples(), tmp_path / "out", base=tiny_model, settings=settings)
    assert made.steps == 4
    changed = SentenceTransformer(str(made.folder), device="cpu").encode(["write a poem"])
    first = SentenceTransformer(str(tiny_model), device="cpu").encode(["write a poem"])
    assert np.isfinite(changed).all()
    assert not np.allclose(changed, first, atol=1e-6)


def test_running_out_of_memory_halves_the_batch_and_says_so(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from taskscape.training.materials import BatchTrainer

    run = BatchTrainer.train
    failures = [RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 TB")]

    def train_once_short(self: BatchTrainer, *inputs: object, **settings: object) -> object:
        if failures:
            raise failures.pop()
        return run(self, *inputs, **settings)

    monkeypatch.setattr(BatchTrainer, "train", train_once_short)
    said: list[str] = []
    made = train(examples(), tmp_path / "out", base=tiny_model, settings=QUICK, notes=said.append)
    assert made.batch == 8
    assert "out of memory: the batch is halved to 8" in said


SCRIPT = """
import os, signal, sys
from pathlib import Path
from taskscape.training import Settings, train
from taskscape.training.materials import BatchTrainer
from tests.training.tiny import examples

done = []

def step(self, *inputs, own=BatchTrainer.training_step, **named):
    done.append(1)
    return own(self, *inputs, **named)

def save(self, *inputs, own=BatchTrainer._save_checkpoint, **named):
    own(self, *inputs, **named)
    if sys.argv[3] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)

BatchTrainer.training_step, BatchTrainer._save_checkpoint = step, save
settings = Settings(steps=30, batch=16, validate_every=10, precision="fp32", held_out=0.2, patience=0)
made = train(examples(), Path(sys.argv[1]), base=sys.argv[2], settings=settings, resume=True)
print(made.steps, len(done))
"""


def test_a_killed_run_goes_on_from_its_checkpoint(tmp_path: Path, tiny_model: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(out), str(tiny_model)]
    killed = subprocess.run([*command, "killed"], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [path.name for path in out.glob("checkpoints/checkpoint-*")] == ["checkpoint-10"]
    with pytest.raises(EncoderError, match="checkpoint of an unfinished run"):
        load_encoder(f"st:{out / 'checkpoints' / 'checkpoint-10'}")
    (out / "checkpoints" / "checkpoint-999998").mkdir()  # one whose writing was cut off before its last file
    cut = out / "checkpoints" / "checkpoint-999999"  # and one whose last file was cut off
    shutil.copytree(out / "checkpoints" / "checkpoint-10", cut)
    (cut / "trainer_state.json").write_text('{"global_step": 999')
    again = subprocess.run([*command, "to the end"], capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert again.stdout.split() == ["30", "20"]  # steps in all, and those of this process
