"""``taskscape dedup``: the rows that say something of their own, and why each other row went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from taskscape.cli.inputs import check_beside, is_read, tasks_kept, write_rejects
from taskscape.cli.options import Data, Encoding, Reading, Running, with_groups
from taskscape.cli.pages import Report, asked_for, check_page, names_of, write_report
from taskscape.cli.sources import Source, open_embedded, places, require_one_encoder, whole_texts
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from rich.console import RenderableType

    from taskscape.analysis import Duplicates
    from taskscape.analysis.deduplication.candidate_pairs import Candidates
    from taskscape.cli.console import Console
    from taskscape.records import Dataset

SHOWN = 8  # removed rows in the printed table
ADDED = ("dup_of", "similarity", "kind")

Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="File for the rows that stay.", show_default=False),
]
Against = Annotated[
    str | None,
    typer.Option(metavar="OTHER", help="Find the rows of DATA that occur in OTHER instead (a file or a store)."),
]
Threshold = Annotated[
    str, typer.Option(metavar="auto|0.7-1", help="Similarity from which rows are near or semantic duplicates.")
]
Rule = Annotated[Literal["first", "longest", "best"], typer.Option(help="Which of several copies stays.")]
Score = Annotated[
    str | None, typer.Option(metavar="FIELD", help="Number in each row, for --keep best: the highest stays.")
]
FailIfAny = Annotated[
    bool, typer.Option("--fail-if-any", help="Exit with 1 where a duplicate was found: for checks in CI.")
]


@with_groups
def dedup(
    data: Data,
    reading: Reading,
    encoding: Encoding,
    running: Running,
    *,
    output: Output = None,
    against: Against = None,
    threshold: Threshold = "auto",
    keep: Rule = "first",
    score: Score = None,
    fail_if_any: FailIfAny = False,
    report: Report = None,
) -> None:
    """Remove rows that repeat another one; the others come out in their own format and order.

    Rows with the same instruction template and other inputs stay: a row goes only where its content words agree too.
    Writes FILE, and beside it FILE's name with `.removed.jsonl` (`.removed.parquet`, `.removed.arrow` for such a FILE):
    each removed row with `dup_of`, `similarity`, `kind`.

    Example: `taskscape dedup examples/instructions.jsonl -o unique.jsonl`
    """
    from taskscape.analysis.deduplication.deciding import resolve
    from taskscape.records import check_output

    value = parse_threshold(threshold)
    if (score is not None) != (keep == "best"):
        raise UsageError("--keep best and --score FIELD belong together: give both or none.")
    check_page(report)
    console = running.console
    source = open_embedded(data, reading, encoding, console)
    if output is not None:
        check_output(source.dataset, output)
        check_output(source.dataset, removed_file(output), columns=ADDED)
    other = None if against is None else open_embedded(against, reading, encoding, console)
    if output is not None:
        read = [one.dataset for one in (source, other) if one is not None]
        check_beside(output, *read, also=[removed_file(output)])
    found = resolve(
        _candidates(source, other, console), threshold=value, keep=keep, scores=_scores(source.dataset, score, source)
    )
    targets = places((other or source).dataset, (other or source).store.rows[found.duplicate_of[found.removed]])
    # What is shown is read before writing, for the output may be the source itself.
    figures, shown = _figures(source, other, found, targets, output), _shown(source, other, found, output)
    if report is not None:
        asked = asked_for(encoder=source.store.manifest.settings.encoder, keep=keep, score=score)
        write_report(report, _page(source, other, found, asked), console)
    if output is not None:
        _write(source, found, targets, output, console)
    console.result(figures, shown)
    if fail_if_any and found.removed.size:
        raise typer.Exit(1)


def parse_threshold(text: str) -> float | Literal["auto"]:
    """Read the value of ``--threshold``."""
    if text == "auto":
        return "auto"
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(f"--threshold {text} is neither a number such as 0.95 nor 'auto'.") from error


def removed_file(output: Path) -> Path:
    """Give the file for the removed rows: ``unique.jsonl`` → ``unique.removed.jsonl``.

    Tables stay tables, for JSON cannot hold all that is in them: ``unique.parquet`` → ``unique.removed.parquet``.
    """
    from taskscape.records.sources import require_suffix

    suffix, compression = require_suffix(output)
    own = suffix if suffix in (".parquet", ".arrow") else ".jsonl"
    return output.with_name(f"{output.name.removesuffix(compression).removesuffix(suffix)}.removed{own}")


def _scores(dataset: Dataset, field: str | None, source: Source) -> Any:
    if field is None:
        return None
    from taskscape.records.fields import read_numbers

    return read_numbers(dataset, field, source.store.rows)


def _candidates(source: Source, other: Source | None, console: Console) -> Candidates:
    """Find the pairs, or take them from the store where they are kept."""
    from taskscape.analysis.deduplication.candidate_pairs import RULES, Candidates, find_candidates
    from taskscape.vectors.derived import derive

    if other is not None:
        require_one_encoder([source, other])
    key = None if other is None else other.store.manifest.settings.key

    def compute() -> dict[str, NDArray[Any]]:
        against = None if other is None else (whole_texts(other.dataset), other.store.embeddings())
        with console.progress("comparing") as progress:
            return find_candidates(
                whole_texts(source.dataset), source.store.embeddings(), against=against, progress=progress
            ).to_arrays()

    return Candidates.from_arrays(derive(source.store, "duplicates", {"rules": RULES, "against": key}, compute))


def _page(source: Source, other: Source | None, found: Duplicates, asked: Mapping[str, str]) -> str:
    from taskscape.report.pages.duplicates import Against, render_duplicates

    def texts_of(one: Source) -> Callable[[NDArray[np.int64]], list[str]]:
        return lambda positions: whole_texts(one.dataset, one.store.rows[positions])

    against = None if other is None else Against(names_of(other.dataset), texts_of(other), other.store.rows)
    return render_duplicates(
        found,
        texts=texts_of(source),
        rows=source.store.rows,
        against=against,
        tasks=source.store.tasks(),
        settings={"data": names_of(source.dataset), **asked},
    )


def _write(
    source: Source, found: Duplicates, targets: list[dict[str, str | int]], output: Path, console: Console
) -> None:
    """Write the rows that stay, and those that go with the reason."""
    import pyarrow as pa

    from taskscape.records import write_dataset
    from taskscape.records.jsonvalues import without_halves

    removed = found.removed
    places_of = pa.array(without_halves(targets), pa.struct([("file", pa.string()), ("row", pa.int64())]))
    kinds = pa.array(found.kind[removed].tolist(), pa.string())
    columns = dict(zip(ADDED, (places_of, found.similarity[removed], kinds), strict=True))
    parts: list[tuple[Path, NDArray[np.int64], dict[str, Any] | None]]
    parts = [(output, found.kept, None), (removed_file(output), removed, columns)]
    if is_read(output, source.dataset):
        parts.reverse()  # once the output has replaced its source, nothing more can be read from it
    write_rejects(source.dataset, source.store, output, console)
    for path, chosen, added in parts:
        with console.progress("writing") as progress:
            write_dataset(source.dataset, path, rows=source.store.rows[chosen], columns=added, progress=progress)


def _figures(
    source: Source, other: Source | None, found: Duplicates, targets: list[dict[str, str | int]], output: Path | None
) -> dict[str, Any]:
    removed = found.removed
    return {
        "output": None if output is None else str(output),
        "removed_output": None if output is None else str(removed_file(output)),
        "against": None if other is None else other.name,
        "threshold": found.threshold,
        "rows": len(found.keep),
        "kept": int(found.keep.sum()),
        "removed": int(removed.size),
        "kinds": found.counts,
        "rejected": source.store.rejected,
        **tasks_kept(source.store, found.kept),
        "duplicates": [
            {"row": row, "dup_of": target, "similarity": round(similarity, 4), "kind": kind}
            for row, target, similarity, kind in zip(
                source.store.rows[removed].tolist(),
                targets,
                found.similarity[removed].tolist(),
                found.kind[removed].tolist(),
                strict=True,
            )
        ],
    }


def _shown(source: Source, other: Source | None, found: Duplicates, output: Path | None) -> RenderableType:
    from rich.console import Group
    from rich.table import Table

    parts: list[RenderableType] = []
    chosen = _examples(found)
    if len(chosen):
        base = (other or source).dataset.texts()
        own = base if other is None else source.dataset.texts()
        title = "Rows that occur there" if other else "Rows that repeat another one"
        table = Table("kind", "similarity", "row", "repeats", title=f"{title}, {len(chosen)} of {found.removed.size:,}")
        for row in chosen.tolist():
            of = found.duplicate_of[row]
            table.add_row(found.kind[row], f"{found.similarity[row]:.3f}", _line(own[row]), _line(base[of]))
        parts.append(table)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in found.counts.items())
    rows = f"{found.removed.size:,} of {len(found.keep):,} rows"
    what = f"{rows} occur in {other.name}" if other else f"{rows} repeat another one"
    wrote = "" if output is None else f"; {output} and {removed_file(output).name} written"
    parts.append(f"{what}: {kinds} (threshold {found.threshold:g}){wrote}")
    return Group(*parts)


def _examples(found: Duplicates) -> NDArray[np.int64]:
    """Choose removed rows to show: the kinds that say most first, the least similar of each first."""
    import numpy as np

    removed = found.removed
    order = np.lexsort((removed, found.similarity[removed], found.kind[removed] == "exact"))
    return removed[order][:SHOWN]


def _line(text: str) -> str:
    from taskscape.report.excerpt import excerpt

    return excerpt(" ".join(text.split()), 70)
