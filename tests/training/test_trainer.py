from __future__ import annotations

import dataclasses
import json
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from taskscape.encoders import load_encoder
from taskscape.errors import DataError, EncoderError, UsageError
from taskscape.tasks import Task
from taskscape.training import Example, Settings, train
from taskscape.training.folders import open_base
from tests.training.tiny import examples

if TYPE_CHECKING:
    from pathlib import Path

QUICK = Settings(
    steps=30, batch=16, learning_rate=3e-3, validate_every=15, tokens=16, precision="fp32", held_out=0.2, patience=0
)
PATIENT = dataclasses.replace(QUICK, steps=12, validate_every=2, patience=2)


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


def rows(path: Path, made: list[Example], *, labels: bool = True) -> Path:
    """Write examples as JSON lines."""
    fields = [{"instruction": e.text} | ({"task": e.task} if labels else {}) for e in made]
    path.write_text("".join(json.dumps(row) + "\n" for row in fields))
    return path


def never(_: object) -> list[object]:
    pytest.fail("labelled before all was checked")


@pytest.fixture
def unfinished(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that ended behind its second checkpoint, whose third validation would be one too many."""
    from taskscape.training.materials import BatchTrainer
    from taskscape.training.validation import TaskValidation

    monkeypatch.setattr(TaskValidation, "__call__", lambda *_, **__: {"ict_ari": 0.5, "precision_at_1": 0.5})
    save = BatchTrainer._save_checkpoint

    def save_and_end(self: BatchTrainer, *inputs: object, **settings: object) -> None:
        save(self, *inputs, **settings)
        if self.state.global_step == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(BatchTrainer, "_save_checkpoint", save_and_end)
    with pytest.raises(KeyboardInterrupt):
        train(examples(), tmp_path / "out", base=tiny_model, settings=PATIENT)
    monkeypatch.setattr(BatchTrainer, "_save_checkpoint", save)
    return tmp_path / "out"


def test_an_unfinished_run_is_not_begun_again_without_a_word(unfinished: Path) -> None:
    with pytest.raises(UsageError, match="holds an unfinished run: go on with it by --resume"):
        train(examples(), unfinished, base="nobody/no-such-model", settings=PATIENT)
    assert (unfinished / "checkpoints" / "checkpoint-4" / "trainer_state.json").is_file()


def test_a_resumed_run_remembers_for_how_long_nothing_was_better(unfinished: Path, tiny_model: Path) -> None:
    assert train(examples(), unfinished, base=tiny_model, settings=PATIENT, resume=True).steps == 6


def test_a_run_is_resumed_only_with_what_it_was_begun_with(unfinished: Path, tiny_model: Path, tmp_path: Path) -> None:
    def resume(made: list[Example], **others: Any) -> None:
        train(made, unfinished, **{"base": tiny_model} | others, settings=PATIENT, resume=True)

    test = rows(tmp_path / "test.jsonl", [Example("mend it", "mend|it")])
    with pytest.raises(UsageError, match=r"begun with other examples: give the same to resume"):
        resume(examples()[1:])
    with pytest.raises(UsageError, match=r"begun with other tests"):
        resume(examples(), test_sets=[test])
    (tmp_path / "other").mkdir()
    other = open_base(tiny_model)
    other[0].auto_model.embeddings.word_embeddings.weight.data += 1
    other.save_pretrained(str(tmp_path / "other" / "model"), create_model_card=False)
    with pytest.raises(UsageError, match=r"begun with other base"):
        resume(examples(), base=tmp_path / "other" / "model")


def test_a_run_that_does_not_record_what_it_was_begun_with_is_not_gone_on_with(
    unfinished: Path, tiny_model: Path
) -> None:
    record = json.loads((unfinished / "settings.json").read_text())
    del record["made_of"]
    (unfinished / "settings.json").write_text(json.dumps(record))
    with pytest.raises(UsageError, match=r"does not record what its run was begun with.*train anew in another folder"):
        train(examples(), unfinished, base=tiny_model, settings=PATIENT, resume=True)


def test_a_finished_run_that_is_resumed_is_given_as_it_is(tmp_path: Path, tiny_model: Path) -> None:
    first = train(examples(), tmp_path / "out", base=tiny_model, settings=QUICK)
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*")}
    said: list[str] = []
    again = train(examples(), tmp_path / "out", base=tiny_model, settings=QUICK, resume=True, notes=said.append)
    assert again == first
    assert "is finished" in said[-1]
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*")} == before


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_with_settings_of_another_program_is_foreign(tmp_path: Path, tiny_model: Path, resume: bool) -> None:
    (tmp_path / "settings.json").write_text('{"theme": "dark"}')
    (tmp_path / "checkpoints" / "mine").mkdir(parents=True)
    with pytest.raises(UsageError, match="is no training folder"):
        train(examples(), tmp_path, base=tiny_model, settings=QUICK, resume=resume)
    assert (tmp_path / "checkpoints" / "mine").is_dir()


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"base": "nobody/no-such-model"}, EncoderError, "none is fetched"),
        ({"test_sets": ["tset.jsonl"]}, DataError, "no such file"),
        ({"output": "rows.jsonl"}, UsageError, "is no training folder"),
        ({"settings": dataclasses.replace(QUICK, tokens=65)}, UsageError, "the base takes 64 at most"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_labelled_or_written(
    tmp_path: Path, tiny_model: Path, wrong: dict[str, Any], error: type[Exception], message: str
) -> None:
    data = rows(tmp_path / "rows.jsonl", examples(), labels=False)
    given: dict[str, Any] = {"output": "out", "base": tiny_model, "settings": QUICK, "test_sets": []} | wrong
    given |= {"output": tmp_path / given["output"], "test_sets": [tmp_path / name for name in given["test_sets"]]}
    with pytest.raises(error, match=message):
        train(data, labeller=never, **given)
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_the_guard_reads_a_test_by_the_fields_of_the_rows(tmp_path: Path, tiny_model: Path) -> None:
    made = examples()
    data, test = tmp_path / "rows.jsonl", tmp_path / "test.jsonl"
    data.write_text("".join(json.dumps({"said": e.text, "wants": e.task}) + "\n" for e in made))
    test.write_text(json.dumps({"said": made[0].text.upper() + "!", "wants": "mend|it"}))
    with pytest.raises(DataError, match="1 training texts occur in a test file"):
        train(data, tmp_path / "out", base=tiny_model, settings=QUICK, test_sets=[test], field="said", label="wants")


def test_texts_in_which_no_task_was_found_are_left_out_and_counted(tmp_path: Path, tiny_model: Path) -> None:
    made = [*examples(), *(Example(text, "") for text in ("Thanks!", "Hello", "Well", "The price of tea"))]
    tasks = {e.text: Task(e.task.partition("|")[0], e.task.partition("|")[2]) for e in examples()}
    tasks["The price of tea"] = Task("noun", "knowledge")
    said: list[str] = []
    train(
        rows(tmp_path / "rows.jsonl", made, labels=False),
        tmp_path / "out",
        base=tiny_model,
        settings=dataclasses.replace(QUICK, steps=1, held_out=0),
        labeller=lambda texts: [tasks.get(text, Task("none", "none")) for text in texts],
        notes=said.append,
    )
    assert "4 texts left out, in which no task was found" in said
    assert "<td>72</td>" in (tmp_path / "out" / "training.html").read_text()


def test_labels_that_name_no_task_are_left_out_and_those_that_a_person_gave_stand(
    tmp_path: Path, tiny_model: Path
) -> None:
    named = [Example(text, "noun|knowledge") for text in ("The price of tea", "The history of rain")]
    made = [*examples(), *named, *(Example(text, "none|none") for text in ("Thanks!", "Hello"))]
    said: list[str] = []
    settings = dataclasses.replace(QUICK, steps=1, held_out=0)
    train(rows(tmp_path / "r.jsonl", made), tmp_path / "out", base=tiny_model, settings=settings, notes=said.append)
    assert "2 texts left out, in which no task was found" in said
    assert "<td>74</td>" in (tmp_path / "out" / "training.html").read_text()


def test_a_model_is_read_at_the_length_of_its_base_however_short_it_was_trained(
    trained: Path, tiny_model: Path, tmp_path: Path
) -> None:
    from taskscape.training.export import agreement, export

    text = "write a poem about rain cats the sea my dog war tea trains old maps"
    assert open_base(trained).max_seq_length == open_base(tiny_model).max_seq_length == 64
    assert agreement(trained, export(trained, tmp_path / "onnx", quantise=False), [f"{text} {text}"]).min() > 0.9999


def test_the_batch_that_is_told_is_the_one_that_ran(tmp_path: Path, tiny_model: Path) -> None:
    said: list[str] = []
    settings = dataclasses.replace(QUICK, batch=96, steps=1)
    made = train(examples(), tmp_path / "out", base=tiny_model, settings=settings, notes=said.append)
    assert made.batch == 20
    assert "a batch holds 20 texts, two of each of 10 training tasks" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tokens", 0),
        ("tokens", -3),
        ("learning_rate", -1.0),
        ("learning_rate", float("nan")),
        ("head_learning_rate", 0.0),
        ("temperature", float("nan")),
        ("temperature", float("inf")),
        ("patience", -2),
        ("seed", -1),
        ("seed", 2**32),
        ("teacher_weight", float("nan")),
        ("held_out", float("nan")),
        ("lora", -1),
    ],
)
def test_settings_that_mean_nothing_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"^{name} is "):
        Settings(**{name: value})  # type: ignore[arg-type]
