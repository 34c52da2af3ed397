from __future__ import annotations

from random import Random

from taskscape.training.imperatives import imperatives


def test_the_same_seed_gives_the_same_sentences() -> None:
    assert imperatives(Random(3), count=50) == imperatives(Random(3), count=50)


def test_every_tree_is_a_projective_tree_with_one_root() -> None:
    for tree in imperatives(Random(1), count=500):
        size = len(tree.words)
        assert len(tree.heads) == len(tree.tags) == len(tree.relations) == len(tree.spaces) == size
        [root] = [index for index, head in enumerate(tree.heads) if head == index]
        assert tree.relations[root] == "ROOT"
        for index in range(size):
            seen = {index}
            while tree.heads[index] != index:
                index = tree.heads[index]  # noqa: PLW2901
                assert index not in seen, tree.text
                seen.add(index)
            assert index == root
        arcs = [tuple(sorted((index, head))) for index, head in enumerate(tree.heads) if head != index]
        assert not any(a < c < b < d for a, b in arcs for c, d in arcs), tree.text


def test_articles_fit_the_word_behind() -> None:
    for tree in imperatives(Random(2), count=300):
        for word, following in zip(tree.words, tree.words[1:], strict=False):
            assert word != "a" or following[0] not in "aeiou"
