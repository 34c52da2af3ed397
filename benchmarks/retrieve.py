"""Shares of found rows that have the query's task, and the time that searching takes.

    python -m benchmarks.retrieve quality IEB_FOLDER [--encoders default static minilm tfidf bm25] [--markdown]
    python -m benchmarks.retrieve speed DATA… --queries FILE [--rows 100000]

``quality``: the share of the first (P@1) and of the first five (P@5) found rows that have the query's task, for all of
``eft_test.json``. `leave-one-out` searches all other rows; `without copies` leaves out rows whose wording is the
query's own, of which IEB has hundreds; `halves` searches one random half for the other, mean of both directions; `with
distractors` adds ``eft_train_unsup.json``, whose rows are of other tasks and so count as misses, to the searched half.
BM25 and TF-IDF are fitted on what is searched.

``speed``: seconds for single queries and for all at once, exact and approximate, with recall at 10 against exact search
for all queries. Rows beyond those of DATA are copies with a little noise.
"""

from __future__ import annotations

import argparse
import time
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from taskscape.encoders import Encoder
    from taskscape.vectors import Index

    Found = NDArray[np.int64]
    Search = Callable[[list[str], list[str] | None], Found]  # queries, and pool unless they are searched themselves

K = 5
ENCODERS = ("default", "static", "minilm", "tfidf", "bm25")


def by_words(name: str, *, copies: bool = True) -> Search:
    """Search by BM25 (k1 = 1.5, b = .75) or by the cosine of TF-IDF rows, over words of two letters or more."""
    from taskscape.analysis.retrieval.query_copies import Copies

    def search(queries: list[str], pool: list[str] | None) -> Found:
        asked, table = (bm25 if name == "bm25" else tfidf)(queries, pool or queries)
        found = np.full((len(queries), K), -1, np.int64)
        alike = Copies(queries, pool or queries)
        for start in range(0, len(queries), 256):
            scores = np.asarray((asked[start : start + 256] @ table).todense())
            for query, line in enumerate(scores, start):
                if pool is None:
                    line[query] = -np.inf
                best = np.argsort(-line, kind="stable")[: K if copies else 200]
                taken = [row for row in best.tolist() if copies or not alike.are(query, row)][:K]
                found[query, : len(taken)] = taken
        return found

    return search


def bm25(queries: list[str], pool: list[str]) -> tuple[Any, Any]:
    """Give counts of the queries' words, and what each is worth in each row of the pool."""
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer()
    counts = vectorizer.fit_transform(pool).astype(np.float64).tocoo()
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    documents = np.bincount(counts.col, minlength=counts.shape[1])
    idf = np.log1p((len(pool) - documents + 0.5) / (documents + 0.5))
    norm = 1.5 * (0.25 + 0.75 * lengths / lengths.mean())
    weights = idf[counts.col] * counts.data * 2.5 / (counts.data + norm[counts.row])
    table = sparse.csr_array((weights, (counts.row, counts.col)), shape=counts.shape).T.tocsr()
    return vectorizer.transform(queries), table


def tfidf(queries: list[str], pool: list[str]) -> tuple[Any, Any]:
    """Give unit rows of the queries, and of the pool turned on its side."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(sublinear_tf=True)
    table = vectorizer.fit_transform(pool).T.tocsr()
    return vectorizer.transform(queries), table


@cache
def loaded(name: str) -> tuple[Encoder, dict[str, NDArray[np.float32]]]:
    """Load an encoder once, with room for what it embeds."""
    from taskscape import load_encoder

    return load_encoder(name), {}


def by_encoder(name: str, *, copies: bool = True) -> Search:
    """Search by an encoder's embeddings; each text is embedded once."""
    from taskscape import retrieve

    encoder, kept = loaded(name)

    def embedded(texts: list[str]) -> NDArray[np.float32]:
        new = list(dict.fromkeys(text for text in texts if text not in kept))
        if new:
            kept.update(zip(new, encoder.encode(new), strict=True))
        return np.stack([kept[text] for text in texts])

    def search(queries: list[str], pool: list[str] | None) -> Found:
        texts = None if copies else (queries, pool or queries)
        return retrieve(embedded(queries), embedded(pool) if pool else None, k=K, texts=texts).indices

    return search


def shares(found: Found, queries: Sequence[str], pool: Sequence[str | None]) -> tuple[float, float]:
    """P@1 and P@5; a row that was not found counts as a miss."""
    own = np.array(queries, object)[:, None]
    labels = np.array([*pool, None], object)  # -1, for none, is the last one
    hits = (labels[found] == own) & (found >= 0)
    return float(hits[:, 0].mean()), float(hits.mean())


def quality(folder: Path, names: Sequence[str], *, markdown: bool) -> None:
    """Print the table of precisions."""
    from taskscape import open_dataset

    test = open_dataset(folder / "eft_test.json")
    texts, labels = test.texts(), [str(label) for label in test.labels()]
    distractors = open_dataset(folder / "eft_train_unsup.json").texts()
    order = np.random.default_rng(0).permutation(len(texts))
    halves = order[: len(order) // 2], order[len(order) // 2 :]
    heads = ["encoder", "leave-one-out", "without copies", "halves", "with distractors"]
    print(f"{len(texts):,} rows of {len(set(labels))} tasks, {len(distractors):,} distractors; P@1 / P@{K}")
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads) if markdown else "  ".join(heads))
    for name in names:
        kind = by_words if name in ("bm25", "tfidf") else by_encoder
        search = kind(name)
        cells = [shares(one(texts, None), labels, labels) for one in (search, kind(name, copies=False))]
        for extra in ([], distractors):
            both = []
            for asked, searched in (halves, halves[::-1]):
                queries, pool = [texts[row] for row in asked], [texts[row] for row in searched]
                found = search(queries, [*pool, *extra])
                known = [*(labels[row] for row in searched), *[None] * len(extra)]
                both.append(shares(found, [labels[row] for row in asked], known))
            cells.append((float(np.mean([p1 for p1, _ in both])), float(np.mean([p5 for _, p5 in both]))))
        shown = [f"{one:.3f} / {five:.3f}" for one, five in cells]
        print("| " + " | ".join([name, *shown]) + " |" if markdown else "  ".join([f"{name:8}", *shown]), flush=True)


def milliseconds(run: Callable[[int], Any], count: int) -> NDArray[np.float64]:
    """Time a call for each query number: by the clock and in processor time, shape ``(count, 2)``."""
    taken = []
    for number in range(count):
        start = time.perf_counter(), time.process_time()
        run(number)
        taken.append((1000 * (time.perf_counter() - start[0]), 1000 * (time.process_time() - start[1])))
    return np.array(taken)


def summary(taken: NDArray[np.float64]) -> tuple[float, float, float]:
    """Median and 95th percentile by the clock, median of the processor time."""
    clock, processor = taken.T
    return float(np.median(clock)), float(np.percentile(clock, 95)), float(np.median(processor))


def one_query(queries: NDArray[Any], index: Index, number: int) -> None:
    """Search for one query."""
    from taskscape import retrieve

    retrieve(queries[number : number + 1], index, k=10)


def all_queries(queries: NDArray[Any], index: Index, _: int) -> None:
    """Search for all queries at once."""
    from taskscape import retrieve

    retrieve(queries, index, k=10)


def speed(data: Sequence[str], queries_file: str, rows: int, name: str) -> None:
    """Print the table of times."""
    from taskscape import embed, load_encoder, open_dataset, retrieve
    from taskscape.vectors import build_index

    encoder = load_encoder(name)
    parts = [embed(open_dataset(path), encoder=encoder).embeddings() for path in data]
    pool = np.concatenate(parts)[:rows].astype(np.float32)
    random = np.random.default_rng(0)
    print(f"{len(pool):,} real rows of {pool.shape[1]} dimensions; encoder {name}; ", end="")
    if len(pool) < rows:
        more = pool[random.integers(0, len(pool), rows - len(pool))]
        more += random.normal(0, 0.15 / pool.shape[1] ** 0.5, more.shape).astype(np.float32)
        pool = np.concatenate([pool, more])
    texts = open_dataset(queries_file).texts()
    queries = embed(open_dataset(queries_file), encoder=encoder).embeddings()
    print(f"searched {len(pool):,}; {len(queries):,} queries, k = 10")
    taken = milliseconds(lambda number: encoder.encode([texts[number]]), min(200, len(texts)))
    print("embedding one query: p50 {:.1f} ms, p95 {:.1f} ms, processor {:.1f} ms".format(*summary(taken)))
    heads = ["search", "made ready, s", "recall at 10, own sample", "recall at 10, queries", "one query p50, ms",
             "p95, ms", "processor p50, ms", "all at once, ms a query", "processor, ms a query"]  # fmt: skip
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    exact = None
    methods: tuple[Literal["exact", "ivf"], ...] = ("exact", "ivf")
    for method in methods:
        start = time.perf_counter()
        index = build_index(pool.astype(np.float16), method=method)
        ready = time.perf_counter() - start
        singles = milliseconds(partial(one_query, queries, index), min(300, len(queries)))
        found = retrieve(queries, index, k=10)
        batch = milliseconds(partial(all_queries, queries, index), 1)[0] / len(queries)
        exact = exact or found
        kth = exact.similarities[:, -1:]
        recall = float(((found.similarities >= kth - 1e-3) & (found.indices >= 0)).mean())
        figures = [f"{value:.2f}" for value in (*summary(singles), *batch)]
        print(f"| {method} | {ready:.1f} | {index.recall:.3f} | {recall:.3f} | {' | '.join(figures)} |", flush=True)


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("quality")
    first.add_argument("ieb", type=Path)
    first.add_argument("--encoders", nargs="+", default=list(ENCODERS))
    first.add_argument("--markdown", action="store_true")
    second = commands.add_parser("speed")
    second.add_argument("data", nargs="+")
    second.add_argument("--queries", required=True)
    second.add_argument("--rows", type=int, default=100_000)
    second.add_argument("--encoder", default="default")
    options = parser.parse_args()
    if options.command == "quality":
        quality(options.ieb, options.encoders, markdown=options.markdown)
    else:
        speed(options.data, options.queries, options.rows, options.encoder)


if __name__ == "__main__":
    main()
