"""Train a task encoder: ``train(data, output)``; the command ``taskscape train`` is a thin form of it.

Built on sentence-transformers' trainer, which brings optimiser, precision, checkpoints and resuming; ours are the
batches of related tasks, the joint objective, the validation by held-out tasks, the guards before any step, and the
report after.

The price: on two cores MiniLM takes about a third of a second a step of 64 texts in bf16; a run writes checkpoints of
three times the model.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskscape.errors import DataError, UsageError
from taskscape.extras import require
from taskscape.training.guards import read_test_sets, refuse_leaks
from taskscape.training.pairs import Example, Supervision, read_examples, supervise
from taskscape.training.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Notes = Callable[[str], None]
    Labeller = Callable[[Sequence[str]], Sequence[Any]]

CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run made.

    Parameters
    ----------
    folder
        The model, as sentence-transformers loads it.
    steps
        Steps that were run.
    history
        One dict for each validation and each logged loss, in order.
    figures
        Last figures on the held-out tasks; empty when none were held out.
    batch
        Texts in a batch in the end (smaller than asked for if memory ran out).
    held_out_rows, held_out_tasks
        How many texts, of how many tasks, the figures stand on.
    """

    folder: Path
    steps: int
    history: tuple[dict[str, float], ...]
    figures: dict[str, float]
    batch: int
    held_out_rows: int
    held_out_tasks: int


def train(
    data: Path | Sequence[Example],
    output: Path,
    *,
    base: str | Path | None = None,
    settings: Settings | None = None,
    test_sets: Sequence[Path] = (),
    field: str | None = None,
    label: str = "task",
    labeller: Labeller | None = None,
    resume: bool = False,
    notes: Notes | None = None,
) -> Trained:
    """Train an encoder on labelled or unlabelled instructions and write it as a sentence-transformers folder.

    Parameters
    ----------
    data
        Labelled rows, a file or folder in IEB's form, or unlabelled instructions; or examples.
    output
        Folder to write: the model, ``training.json`` and ``training.html``.
    base
        Folder or name of a sentence-transformers model to start from; None starts from the packaged MiniLM (extra
        ``minilm``).
    settings
        How to train; the defaults are the recipe of the shipped model, shorter.
    test_sets
        Files in IEB's form whose texts and tasks must not be trained on; training refuses if they are.
    field, label
        Where the instruction and the label stand in a row.
    labeller
        Labels unlabelled texts: ``texts → tasks``; None takes the installed one.
    resume
        Go on from the last whole checkpoint in `output`.
    notes
        Told what happens, a line at a time.

    Returns
    -------
    Trained
        The folder, the curve and the figures on held-out tasks.

    Raises
    ------
    DataError
        The data cannot train: fewer than two tasks, bad labels, a leak.
    EncoderError
        The base is no model.
    UsageError
        The output folder holds another run, and `resume` was not given.
    """
    settings = settings or Settings()
    say = notes or (lambda _: None)
    examples = list(data) if not isinstance(data, Path) else _examples(data, field, label, settings, labeller, say)
    if test_sets:
        refuse_leaks(examples, read_test_sets(test_sets))
    supervision = _supervision(examples, settings, say)
    _claim(output, settings, resume=resume)
    require("sentence_transformers", purpose="Training")
    from taskscape.training.folders import open_base
    from taskscape.training.loop import fit

    return fit(open_base(base), supervision, output, settings=settings, resume=resume, notes=say)


def _examples(
    path: Path, field: str | None, label: str, settings: Settings, labeller: Labeller | None, say: Notes
) -> list[Example]:
    if not path.exists():
        raise DataError(f"{path}: no such file or folder.")
    labelled = read_examples(path, field=field, label=label)
    if labelled is not None:
        return labelled
    from taskscape.records import open_dataset

    texts = open_dataset(path, field=field).texts()
    if settings.objective == "simcse":
        return [Example(text, "") for text in texts]
    say(f"{path}: no column {label!r}, so its {len(texts):,} texts are labelled first")
    if labeller is None:
        from taskscape.tasks import label as installed

        labeller = installed
    return [
        Example(text, str(t), t.verb_span, t.noun_span, str(t.kind))
        for text, t in zip(texts, labeller(texts), strict=True)
    ]


def _supervision(examples: list[Example], settings: Settings, say: Notes) -> Supervision:
    if settings.objective == "simcse" and not any(e.task for e in examples):
        kept = tuple(e for e in examples if e.text.strip())
        if len(kept) < settings.batch:
            raise DataError(f"{len(kept)} texts with words are fewer than a batch of {settings.batch}.")
        return Supervision(kept, (), 0, len(examples) - len(kept))
    supervision = supervise(examples, held_out=settings.held_out, seed=settings.seed)
    if supervision.dropped_tasks:
        say(f"{supervision.dropped_tasks:,} tasks of one example left out")
    if supervision.dropped_texts:
        say(f"{supervision.dropped_texts:,} empty or repeated texts left out")
    return supervision


def _claim(output: Path, settings: Settings, *, resume: bool) -> None:
    """Make the folder this run's own; a resumed run must have the same settings."""
    record = output / "settings.json"
    wanted = dataclasses.asdict(settings)
    if record.is_file() and resume:
        found = json.loads(record.read_text(encoding="utf-8"))
        differing = sorted(name for name in wanted if found.get(name) != wanted[name])
        if differing:
            raise UsageError(
                f"{output} was trained with other settings ({', '.join(differing)}); give the same to resume."
            )
        return
    if output.exists() and any(output.iterdir()):
        if not record.is_file():
            raise UsageError(f"{output} exists and is no training folder; give another with -o.")
        if (output / "modules.json").is_file() and not resume:
            raise UsageError(f"{output} holds a trained model already; give another folder with -o.")
        shutil.rmtree(output / CHECKPOINTS, ignore_errors=True)
    output.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
