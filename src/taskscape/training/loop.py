"""The run itself: from checked examples to a written model, over sentence-transformers' trainer."""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import shutil
import warnings
from typing import TYPE_CHECKING

import torch
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.sentence_transformer.model_card import SentenceTransformerModelCardCallback
from sentence_transformers.sentence_transformer.modules import Transformer
from transformers import EarlyStoppingCallback, PrinterCallback

from taskscape.errors import TaskscapeError
from taskscape.extras import require
from taskscape.training.folders import HEADS, refuse_overlong, write_model
from taskscape.training.materials import BatchTrainer, material_of, prompted
from taskscape.training.modules import TaskHeads
from taskscape.training.report import write_report
from taskscape.training.targets import classes_of
from taskscape.training.trainer import CHECKPOINTS, Trained
from taskscape.training.validation import TaskValidation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from taskscape.training.pairs import Example, Supervision
    from taskscape.training.sampling import Groups, Share
    from taskscape.training.settings import Settings
    from taskscape.training.targets import Targets

    Notes = Callable[[str], None]

_LOG_EVERY = 20  # steps between two points of the loss curve
_SMALLEST_BATCH = 8
_SHORT = 128  # tokens


def fit(
    model: SentenceTransformer,
    supervision: Supervision,
    output: Path,
    *,
    settings: Settings,
    shares: Sequence[Share | Groups] | None = None,
    extend: Callable[[Targets], None] | None = None,
    resume: bool = False,
    notes: Notes,
) -> Trained:
    """Train a model and write it.

    Parameters
    ----------
    model
        Changed in place.
    supervision
        Checked examples.
    output
        Folder to write.
    settings
        How to train.
    shares
        Which rows make up a batch; None draws all from one source.
    extend
        Adds a teacher or a geometry to the targets.
    resume
        Go on from the last whole checkpoint.
    notes
        Told what happens.

    Returns
    -------
    Trained
        With the best weights on the held-out tasks loaded and written.

    Raises
    ------
    UsageError
        The model does not take so many tokens.
    TaskscapeError
        Memory does not hold the smallest batch.
    """
    refuse_overlong(model, settings)
    torch.manual_seed(settings.seed)
    length = model.max_seq_length  # what is trained on may be shorter than what is read later
    model.max_seq_length = settings.tokens
    if model.device.type == "cpu" and settings.tokens <= _SHORT:
        _written_out_attention(model)
    _prepare(model, supervision.train, settings)
    batch = settings.batch
    if settings.objective == "supcon" and shares is None:
        tasks = len({example.task for example in supervision.train})
        if (batch := 2 * min(batch // 2, tasks)) < settings.batch:
            notes(f"a batch holds {batch} texts, two of each of {batch // 2} training tasks")
    while True:
        try:
            trainer = _trainer(model, supervision, output, settings, batch, shares, extend)
            with _quiet():
                trainer.train(resume_from_checkpoint=_last_checkpoint(output) if resume else None)
            break
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not _out_of_memory(error):
                raise
            batch //= 2
            if batch < _SMALLEST_BATCH:
                raise TaskscapeError(
                    "out of memory even with the smallest batch; take a smaller base or fewer tokens."
                ) from error
            notes(f"out of memory: the batch is halved to {batch}")
            resume = True  # steps before the halving are kept, as far as they were saved
            gc.collect()
    return _finish(trainer, model, supervision, output, settings, batch, length)


def _written_out_attention(model: SentenceTransformer) -> None:
    """Compute attention by plain products, of short texts on a processor.

    There the fused kernel's gradient takes a third of a step; long texts need it, for plain products keep a number for
    each pair of tokens.
    """
    first = model[0]
    if isinstance(first, Transformer):
        first.auto_model.set_attn_implementation("eager")


def _prepare(model: SentenceTransformer, examples: Sequence[Example], settings: Settings) -> None:
    """Set dropout, add adapters and heads."""
    if settings.objective == "supcon":
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
    if settings.lora:
        peft = require("peft", purpose="LoRA training")
        model.add_adapter(
            peft.LoraConfig(
                task_type="FEATURE_EXTRACTION",
                r=settings.lora,
                lora_alpha=2 * settings.lora,
                target_modules="all-linear",
            )
        )
    has_heads = any(isinstance(module, TaskHeads) for module in model)
    spans = any(example.verb_span or example.noun_span for example in examples)
    if settings.objective == "supcon" and settings.heads and spans and not has_heads:
        verbs, nouns = classes_of(examples)
        width = model[0].get_embedding_dimension()
        model.add_module(HEADS, TaskHeads(width, verbs, nouns).to(model.device))


def _trainer(
    model: SentenceTransformer,
    supervision: Supervision,
    output: Path,
    settings: Settings,
    batch: int,
    shares: Sequence[Share | Groups] | None,
    extend: Callable[[Targets], None] | None,
) -> SentenceTransformerTrainer:
    rows, loss, sampler = material_of(model, supervision.train, settings, batch, shares, extend)
    held_out = supervision.held_out
    validation = (
        TaskValidation([prompted(e.text, settings) for e in held_out], [e.task for e in held_out]) if held_out else None
    )
    arguments = _arguments(model, output, settings, batch, validates=validation is not None)
    stopping = [EarlyStoppingCallback(settings.patience)] if validation and settings.patience else []
    with _quiet():
        trainer = BatchTrainer(
            sampler,
            model=model,
            args=arguments,
            train_dataset=rows,
            loss=loss,
            evaluator=validation,
            callbacks=stopping,
        )
    trainer.remove_callback(PrinterCallback)  # the terminal belongs to the command line
    trainer.remove_callback(SentenceTransformerModelCardCallback)  # it would encode samples for a card of its own
    return trainer


def _arguments(
    model: SentenceTransformer, output: Path, settings: Settings, batch: int, *, validates: bool
) -> SentenceTransformerTrainingArguments:
    bf16 = settings.precision == "bf16" or (settings.precision == "auto" and _has_bf16())
    every = min(settings.validate_every, settings.steps)
    has_heads = any(isinstance(module, TaskHeads) for module in model)
    return SentenceTransformerTrainingArguments(
        output_dir=str(output / CHECKPOINTS),
        max_steps=settings.steps,
        per_device_train_batch_size=batch,
        learning_rate=settings.learning_rate,
        learning_rate_mapping={rf"\.{HEADS}\.": settings.head_learning_rate} if has_heads else {},
        warmup_steps=max(1, settings.steps // 20),
        lr_scheduler_type="linear",
        bf16=bf16,
        optim="adamw_torch_fused",
        use_cpu=not torch.cuda.is_available(),
        seed=settings.seed,
        batch_sampler="no_duplicates" if settings.objective == "infonce" else "batch_sampler",
        logging_steps=_LOG_EVERY,
        eval_strategy="steps" if validates else "no",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,
        restore_callback_states_from_checkpoint=True,  # how long there was no better validation
        load_best_model_at_end=validates and settings.patience > 0,
        metric_for_best_model="eval_ict_ari" if validates else None,
        greater_is_better=True,
        report_to=[],
        disable_tqdm=True,
        dataloader_num_workers=0,
        dataloader_pin_memory=False,
    )


def _has_bf16() -> bool:
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _last_checkpoint(output: Path) -> str | None:
    """Find the newest checkpoint that is whole, and remove those that are not."""
    found = sorted((output / CHECKPOINTS).glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    whole = [path for path in found if _is_whole(path)]
    for path in found:
        if path not in whole:
            shutil.rmtree(path)
    return str(whole[-1]) if whole else None


def _is_whole(checkpoint: Path) -> bool:
    """Tell whether a checkpoint was written to its end: the trainer's state is its last file."""
    try:
        json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True


def _out_of_memory(error: BaseException) -> bool:
    words = str(error).lower()
    return (
        isinstance(error, torch.OutOfMemoryError | MemoryError)
        or "out of memory" in words
        or "can't allocate memory" in words
    )


def _finish(
    trainer: SentenceTransformerTrainer,
    model: SentenceTransformer,
    supervision: Supervision,
    output: Path,
    settings: Settings,
    batch: int,
    length: int | None,
) -> Trained:
    history = tuple(
        {name.removeprefix("eval_"): float(value) for name, value in entry.items() if isinstance(value, int | float)}
        for entry in trainer.state.log_history
    )
    held_out = supervision.held_out
    figures: dict[str, float] = {}
    if held_out:
        figures = TaskValidation([prompted(e.text, settings) for e in held_out], [e.task for e in held_out])(model)
    model.max_seq_length = length
    write_model(model, output, lora=bool(settings.lora))
    steps = int(trainer.state.global_step)
    trained = Trained(output, steps, history, figures, batch, len(held_out), len({e.task for e in held_out}))
    write_report(trained, settings, supervision, output / "training.html")
    trained.write()
    shutil.rmtree(output / CHECKPOINTS, ignore_errors=True)
    return trained


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' chatter off the terminal, which belongs to the command line."""
    loggers = [logging.getLogger(name) for name in ("transformers", "sentence_transformers", "datasets")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
