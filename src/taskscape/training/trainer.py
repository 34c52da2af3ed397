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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskscape.encoders.base import digest_each
from taskscape.errors import DataError, UsageError
from taskscape.extras import require
from taskscape.records import open_dataset
from taskscape.records.output import replacing
from taskscape.tasks.label import NOTHING
from taskscape.training.generator.crossing import NOUN_PHRASE
from taskscape.training.guards import read_test_sets, refuse_leaks
from taskscape.training.pairs import Example, Supervision, read_examples, supervise
from taskscape.training.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Notes = Callable[[str], None]
    Labeller = Callable[[Sequence[str]], Sequence[Any]]

CHECKPOINTS, SETTINGS, RECORD = "checkpoints", "settings.json", "training.json"


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

    def write(self) -> None:
        """Write it into its folder, whole or not at all: where it is, the run is finished."""
        with replacing(self.folder / RECORD) as partial:
            record = {name: value for name, value in dataclasses.asdict(self).items() if name != "folder"}
            partial.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Trained:
        """Read what `write` wrote."""
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return cls(folder, **record | {"history": tuple(record["history"])})


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
        Labelled rows in any form that `taskscape.open_dataset` reads, a file or folder in IEB's form, or unlabelled
        instructions; or examples. Rows of a file in which no task was found (``none|none``) are left out.
    output
        Folder to write: the model, ``training.json`` and ``training.html``.
    base
        Folder of a sentence-transformers model to start from, or its id in the local cache of models (nothing is
        fetched); None starts from the packaged MiniLM (extra ``minilm``).
    settings
        How to train; the defaults are the recipe of the shipped model, shorter.
    test_sets
        Files in IEB's form or of labelled rows whose texts and tasks must not be trained on; training refuses if they
        are.
    field, label
        Where the instruction and the label stand in a row.
    labeller
        Labels unlabelled texts: ``texts → tasks``; None takes the installed one.
    resume
        Go on from the last whole checkpoint in `output`; of a finished run give what it made.
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
        The output folder holds another run, and `resume` was not given; or one of other settings, data, base or tests,
        and it was; or one that does not record them. Or the base does not take so many tokens.
    """
    settings = settings or Settings()
    say = notes or (lambda _: None)
    begun = _begun(output, settings, resume=resume)
    test = read_test_sets(test_sets, field=field, label=label, notes=say) if test_sets else None
    examples = _read(data, field, label, say) if isinstance(data, Path) else list(data)
    require("sentence_transformers", purpose="Training")
    import torch

    from taskscape.training.folders import model_digest, open_base, refuse_overlong
    from taskscape.training.loop import fit

    torch.manual_seed(settings.seed)  # weights that the base lacks are the same when the run is resumed
    model = open_base(base)
    refuse_overlong(model, settings)
    made_of = {
        "examples": digest_each(repr(example).encode() for example in examples),
        "base": model_digest(model),
        "tests": test.digest() if test else None,
    }
    if differing := sorted(name for name in made_of if begun and begun["made_of"].get(name) != made_of[name]):
        raise UsageError(
            f"{output} was begun with other {' and '.join(differing)}: give the same to resume, or another -o."
        )
    if begun and (output / RECORD).is_file():
        say(f"{output}: this run is finished; nothing is left to train")
        return Trained.read(output)
    if isinstance(data, Path):
        examples = _labelled(examples, data, settings, label, labeller, say)
    if test is not None:
        refuse_leaks(examples, test)
    supervision = _supervision(examples, settings, say)
    output.mkdir(parents=True, exist_ok=True)
    with replacing(output / SETTINGS) as partial:
        record = dataclasses.asdict(settings) | {"made_of": made_of}
        partial.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return fit(model, supervision, output, settings=settings, resume=resume, notes=say)


def _read(path: Path, field: str | None, label: str, say: Notes) -> list[Example]:
    """Read the rows of a file; without labels their task is the empty string."""
    found = read_examples(path, field=field, label=label, notes=say)
    return [Example(text, "") for text in open_dataset(path, field=field).texts()] if found is None else found


def _labelled(
    examples: list[Example], path: Path, settings: Settings, label: str, labeller: Labeller | None, say: Notes
) -> list[Example]:
    """Label texts without labels, if the objective needs them; leave out those in which no task was found.

    What "Thanks!" and "Hello" share is not a task. That a text is ``noun|knowledge`` counts where a person says so.
    """
    nothing = {f"{NOTHING}|{NOTHING}"}
    if settings.objective != "simcse" and not any(e.task for e in examples):
        say(f"{path}: no field {label!r}, so its {len(examples):,} texts are labelled first")
        if labeller is None:
            from taskscape.tasks import label as installed

            labeller = installed
        tasks = labeller([e.text for e in examples])
        examples = [
            Example(e.text, str(t), t.verb_span, t.noun_span, str(t.kind)) for e, t in zip(examples, tasks, strict=True)
        ]
        nothing.add(NOUN_PHRASE)
    found = [e for e in examples if e.task not in nothing]
    if len(found) < len(examples):
        say(f"{len(examples) - len(found):,} texts left out, in which no task was found")
    return found


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


def _begun(output: Path, settings: Settings, *, resume: bool) -> dict[str, Any]:
    """Refuse a folder that is not free for this run; give what is recorded of the run that is resumed, if any.

    Nothing is written or removed.
    """
    try:
        found = json.loads((output / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    if not (isinstance(found, dict) and {"objective", "prompt"} <= found.keys()):  # another program's, or none
        if output.exists() and (not output.is_dir() or any(output.iterdir())):
            raise UsageError(f"{output} exists and is no training folder; give another with -o.")
        return {}
    if not resume:
        if (output / "modules.json").is_file():
            raise UsageError(f"{output} holds a trained model already; give another folder with -o.")
        if any((output / CHECKPOINTS).glob("checkpoint-*")):
            raise UsageError(
                f"{output} holds an unfinished run: go on with it by --resume, or give another folder with -o."
            )
        return {}
    if not isinstance(found.get("made_of"), dict):
        raise UsageError(
            f"{output} does not record what its run was begun with, so that cannot be gone on with: "
            "train anew in another folder, given with -o."
        )
    wanted = dataclasses.asdict(settings)
    if differing := sorted(name for name in wanted if name not in found or found[name] != wanted[name]):
        raise UsageError(f"{output} was trained with other settings ({', '.join(differing)}); give the same to resume.")
    return found
