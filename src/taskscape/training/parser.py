"""Train the tagger and parser that label instructions: ``python -m taskscape.training.parser TRAIN DEV -o FOLDER``.

The package ships what this made from the English Web Treebank (Universal Dependencies, CC BY-SA 4.0) and from the
sentences of `taskscape.training.imperatives`. It needs spaCy (extra ``parser``) and no torch. The price: about two
minutes for each pass on one idle core, so about ten for the five that the shipped weights took.
"""

from __future__ import annotations

import argparse
import logging
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskscape.errors import UsageError
from taskscape.extras import require
from taskscape.training.conllu import Tree, augmented, lowered, read_trees, unpunctuated
from taskscape.training.imperatives import imperatives

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_LOG = logging.getLogger(__name__)
_CONFIG = Path(__file__).with_name("parser.cfg")
_META = {
    "name": "instructions",
    "version": "1",
    "description": "Tagger and parser for instructions, trained on UD English EWT and on generated imperatives.",
    "license": "CC BY-SA 4.0",
    "spacy_version": ">=3.8,<4",
}
_DROPOUT = 0.1
_BATCH_WORDS = (250, 2000)  # words in a batch of the first pass and the most in a later one


@dataclass(frozen=True, slots=True)
class ParserScores:
    """Shares of words that are right on the development treebank, each 0 to 1.

    Parameters
    ----------
    tags, heads, relations
        Tag accuracy, unlabelled and labelled attachment on the text as it is.
    typed_tags, typed_heads, typed_relations
        The same in lower case and without the final punctuation.
    """

    tags: float
    heads: float
    relations: float
    typed_tags: float
    typed_heads: float
    typed_relations: float


def train_parser(
    treebanks: Sequence[Path],
    development: Path,
    output: Path,
    *,
    passes: int = 5,
    generated: int = 3000,
    seed: int = 0,
) -> ParserScores:
    """Train and write the pipeline.

    Parameters
    ----------
    treebanks
        CoNLL-U files to learn from.
    development
        CoNLL-U file that chooses the pass to keep.
    output
        Folder to write.
    passes
        Passes over the training set, each drawn in another order.
    generated
        Sentences of our own grammar to add.
    seed
        Seed of everything that is drawn.

    Returns
    -------
    ParserScores
        Scores of the weights that were kept.

    Raises
    ------
    UsageError
        There is to be no pass.
    MissingExtraError
        spaCy is not installed.
    """
    spacy = require("spacy", purpose="Training a parser")
    if passes < 1:
        raise UsageError(f"passes is {passes}; at least 1 is needed")
    source = random.Random(seed)
    spacy.util.fix_random_seed(seed)
    nlp = spacy.util.load_model_from_config(spacy.util.load_config(_CONFIG), auto_fill=True)
    nlp.meta.update(_META)
    trees = [tree for treebank in treebanks for tree in read_trees(treebank)]
    drawn = imperatives(source, count=generated)
    examples = _examples(nlp, [*augmented(trees, source), *drawn])
    plain = list(read_trees(development))
    tests = _examples(nlp, plain), _examples(nlp, [lowered(unpunctuated(tree)) for tree in plain])
    return _train(nlp, examples, tests, output, passes, source)


def _train(
    nlp: Any, examples: list[Any], tests: tuple[list[Any], list[Any]], output: Path, passes: int, source: random.Random
) -> ParserScores:
    """Take the passes; write the weights whenever they are the best so far."""
    optimizer = nlp.initialize(lambda: examples)
    kept = ParserScores(0, 0, 0, 0, 0, 0)
    for number in range(passes):
        source.shuffle(examples)
        size = min(_BATCH_WORDS[1], int(_BATCH_WORDS[0] * 1.5**number))
        for batch in _batches(examples, size):
            nlp.update(batch, sgd=optimizer, drop=_DROPOUT)
        with nlp.use_params(optimizer.averages):
            scores = _scores(nlp, *tests)
            _LOG.info("pass %d of %d: %s", number + 1, passes, scores)
            if number == 0 or scores.relations + scores.typed_relations > kept.relations + kept.typed_relations:
                kept = scores
                nlp.to_disk(output)
    return kept


def _examples(nlp: Any, trees: Iterable[Tree]) -> list[Any]:
    """Pair spaCy's own tokens of each text with the tree: where the two cut differently, spaCy aligns them."""
    doc_class = require("spacy.tokens").Doc
    example_class = require("spacy.training").Example
    return [
        example_class(
            nlp.make_doc(tree.text),
            doc_class(
                nlp.vocab,
                words=list(tree.words),
                spaces=list(tree.spaces),
                tags=list(tree.tags),
                heads=list(tree.heads),
                deps=list(tree.relations),
            ),
        )
        for tree in trees
    ]


def _batches(examples: list[Any], words: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    count = 0
    for example in examples:
        batch.append(example)
        count += len(example.predicted)
        if count >= words:
            yield batch
            batch, count = [], 0
    if batch:
        yield batch


def _scores(nlp: Any, plain: list[Any], typed: list[Any]) -> ParserScores:
    figures = []
    for examples in (plain, typed):
        found = nlp.evaluate(examples)
        figures += [float(found[name]) for name in ("tag_acc", "dep_uas", "dep_las")]
    return ParserScores(*figures)


def main() -> None:
    """Read the command line and train; progress goes to the log on standard error."""
    parser = argparse.ArgumentParser(prog="python -m taskscape.training.parser", description=main.__doc__)
    parser.add_argument("train", type=Path, nargs="+", help="CoNLL-U files to learn from, plain or .xz")
    parser.add_argument("--dev", type=Path, required=True, help="CoNLL-U file that chooses the pass to keep")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--generated", type=int, default=3000, help="sentences of our own grammar to add")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    scores = train_parser(
        given.train, given.dev, given.output, passes=given.passes, generated=given.generated, seed=given.seed
    )
    _LOG.info("kept: %s", scores)


if __name__ == "__main__":
    main()
