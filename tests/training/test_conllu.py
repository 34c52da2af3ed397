from __future__ import annotations

import lzma
from random import Random
from typing import TYPE_CHECKING

from taskscape.training.conllu import augmented, lowered, read_trees, unpunctuated

if TYPE_CHECKING:
    from pathlib import Path

ROWS = """# text = Don't write "au" here.
1-2	Don't	_	_	_	_	_	_	_	_
1	Do	do	AUX	VB	_	3	aux	_	_
2	n't	not	PART	RB	_	3	advmod	_	_
3	write	write	VERB	VB	_	0	root	_	_
4	"	"	PUNCT	``	_	5	punct	_	SpaceAfter=No
5	au	au	X	FW	_	3	obj	_	SpaceAfter=No
6	"	"	PUNCT	''	_	5	punct	_	_
6.1	x	x	X	FW	_	_	_	_	_
7	here	here	ADV	RB	_	3	advmod	_	SpaceAfter=No
8	.	.	PUNCT	.	_	3	punct	_	_

# text = au
1-2	au	_	_	_	_	_	_	_	_
1	a	a	ADP	IN	_	2	case	_	_
2	le	le	DET	DT	_	0	root	_	_

"""


def trees(folder: Path) -> list[str]:
    path = folder / "tiny.conllu.xz"
    path.write_bytes(lzma.compress(ROWS.encode()))
    return [tree.text for tree in read_trees(path)]


def test_text_and_tree_are_read_and_odd_multiwords_left_out(tmp_path: Path) -> None:
    path = tmp_path / "tiny.conllu"
    path.write_text(ROWS, encoding="utf-8")
    [tree] = read_trees(path)
    assert tree.text == 'Don\'t write "au" here.'
    assert tree.heads == (2, 2, 2, 4, 2, 4, 2, 2)
    assert tree.relations[2] == "ROOT"
    assert trees(tmp_path) == [tree.text]


def test_typed_copies_keep_the_tree(tmp_path: Path) -> None:
    path = tmp_path / "tiny.conllu"
    path.write_text(ROWS, encoding="utf-8")
    [tree] = read_trees(path)
    typed = unpunctuated(lowered(tree))
    assert typed.text == 'don\'t write "au" here'
    assert typed.heads == tree.heads[:-1]
    assert len(list(augmented([tree] * 100, Random(0), share=1.0))) == 300
    assert len(list(augmented([tree] * 100, Random(0), share=0.0))) == 100
