"""``taskscape compare``: how far data sets are apart, what each has alone, and what they share."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taskscape.cli.options import Encoding, Reading, Running, with_groups
from taskscape.cli.pages import check_page, write_page
from taskscape.cli.sources import Source, open_embedded, require_one_encoder, whole_texts
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from taskscape.analysis import Comparison

SHOWN = 20  # pairs in the printed table


@with_groups
def compare(
    data: Annotated[
        list[str],
        typer.Argument(metavar="DATA…", help="Two or more files, folders, globs, dataset ids or stores."),
    ],
    reading: Reading,
    encoding: Encoding,
    running: Running,
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Page to write (.html).", show_default=False)
    ] = None,
    tau: Annotated[float, typer.Option(help="Cosine from which on a row covers another.")] = 0.8,
    sample: Annotated[int, typer.Option(metavar="N", help="Most rows of each that are compared one by one.")] = 2000,
) -> None:
    """Compare data sets: distances, coverage, tasks that only one has, rows that they share.

    Example: `taskscape compare examples/instructions.jsonl examples/chats.jsonl -o comparison.html`
    """
    from taskscape.analysis import compare as compare_embeddings

    if len(data) < 2:
        raise UsageError("give two data sets or more to compare.")
    check_page(output)
    console = running.console
    sources = [open_embedded(one, reading, encoding, console) for one in data]
    require_one_encoder(sources)
    names = short_names(data)
    texts = {name: whole_texts(source.dataset) for name, source in zip(names, sources, strict=True)}
    tasks = {name: source.store.tasks() for name, source in zip(names, sources, strict=True)}
    with console.progress("comparing") as progress:
        found = compare_embeddings(
            {name: source.store.embeddings() for name, source in zip(names, sources, strict=True)},
            tasks={name: given for name, given in tasks.items() if given is not None} if all(tasks.values()) else None,
            texts=texts,
            tau=tau,
            sample=sample,
            seed=running.seed,
            progress=progress,
        )
    if output is not None:
        _write_page(found, texts, sources, output)
    console.result(_figures(found, sources, output), _shown(found, output))


def short_names(data: Sequence[str]) -> list[str]:
    """Name data by the last part of their paths, or by as many parts as tell them apart; repeated ones by a number."""
    parts = [Path(one).parts or (one,) for one in data]
    for length in range(1, max(map(len, parts)) + 1):
        names = ["/".join(each[-length:]) for each in parts]
        if len(set(names)) == len(names):
            return names
    seen: Counter[str] = Counter()
    numbered = []
    for name in data:
        seen[name] += 1
        numbered.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return numbered


def _write_page(found: Comparison, texts: dict[str, list[str]], sources: Sequence[Source], output: Path) -> None:
    from taskscape.report.pages.comparison import render_comparison

    html = render_comparison(
        found,
        texts=texts,
        rows={name: source.store.rows for name, source in zip(found.names, sources, strict=True)},
        encoder=sources[0].store.manifest.settings.encoder,
    )
    write_page(output, html)


def _figures(found: Comparison, sources: Sequence[Source], output: Path | None) -> dict[str, Any]:
    pairs = list(combinations(range(len(found.names)), 2))
    return {
        "output": None if output is None else str(output),
        "encoder": sources[0].store.manifest.settings.encoder,
        "sets": [
            {"name": name, "data": source.name, "rows": size, "rejected": source.store.rejected}
            for name, source, size in zip(found.names, sources, found.sizes, strict=True)
        ],
        "order": [found.names[place] for place in found.order],
        "tau": found.tau,
        "pairs": [
            found.pair(*pair)
            | {
                "only_tasks_first": dict(found.only_tasks(*pair)[:SHOWN]),
                "only_tasks_second": dict(found.only_tasks(*pair[::-1])[:SHOWN]),
            }
            for pair in pairs
        ],
    }


def _shown(found: Comparison, output: Path | None) -> RenderableType:
    from rich.console import Group
    from rich.table import Table

    lines = found.to_table().to_pylist()
    table = Table("", "", "distance", "Wasserstein", "tasks", "shared", title=f"The nearest of {len(lines):,} pairs")
    table.caption = (
        "distance: energy, = where the two are not told apart (p > .05); tasks: Jensen–Shannon; "
        "shared: rows of the first in the second"
    )
    for line in lines[:SHOWN]:
        tasks, shared = line.get("task_divergence"), line.get("rows_of_first_in_second")
        table.add_row(
            line["first"],
            line["second"],
            f"{line['energy']:.3f} {' ' if line['told_apart'] else '='}",
            f"{line['wasserstein']:.3f} ± {line['wasserstein_spread']:.3f}",
            "" if tasks is None else f"{tasks:.2f}",
            "" if shared is None else f"{shared:,}",
        )
    order = ", ".join(found.names[place] for place in found.order)
    return Group(table, f"In order of likeness: {order}" + (f"; {output} written" if output else ""))
