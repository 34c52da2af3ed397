from __future__ import annotations

import pytest

from taskscape.tasks.choice import Candidate, task_of
from taskscape.tasks.label import Kind
from taskscape.tasks.rules import read
from tests.tasks.trees import sentence


@pytest.mark.parametrize(
    ("text", "task", "kind"),
    [
        ("Write/VB a/DT short/JJ poem/NN about/IN rain/NN", "write|poem", Kind.IMPERATIVE),
        # the parser took the first verb for a noun: the list knows better
        ("Name/NN five/CD songs/NNS that/WDT won/VBD a/DT prize/NN", "name|song", Kind.IMPERATIVE),
        ("List/NN of/IN noble/JJ gases/NNS", "noun|knowledge", Kind.OTHER),
        ("Given/VBN a/DT list/NN ,/, find/VB the/DT median/NN", "find|median", Kind.IMPERATIVE),
        ("Explain/VB how/WRB to/TO convert/VB a/DT string/NN", "convert|string", Kind.IMPERATIVE),
        ("Explain/VB how/WRB the/DT object/NN is/VBZ used/VBN", "explain|object", Kind.IMPERATIVE),
        ("Write/VB a/DT guide/NN on/IN how/WRB to/TO fish/VB eels/NNS", "write|guide", Kind.IMPERATIVE),
        ("Find/VB and/CC correct/VB the/DT mistakes/NNS", "correct|mistake", Kind.IMPERATIVE),
        ("Find/VB the/DT mistakes/NNS and/CC correct/VB them/PRP", "find|mistake", Kind.IMPERATIVE),
        ("Please/UH help/VB me/PRP plan/VB a/DT picnic/NN", "plan|picnic", Kind.IMPERATIVE),
        ("I/PRP want/VBP you/PRP to/TO create/VB a/DT table/NN", "create|table", Kind.IMPERATIVE),
        ("In/IN this/DT task/NN ,/, you/PRP will/MD write/VB a/DT code/NN", "write|code", Kind.IMPERATIVE),
        ("Your/PRP$ job/NN is/VBZ to/TO sort/VB numbers/NNS", "sort|number", Kind.IMPERATIVE),
        ("Use/VB language/NN to/TO generate/VB an/DT expression/NN", "generate|expression", Kind.IMPERATIVE),
        ("Create/VB a/DT Twitter/NNP post/NN", "create|post", Kind.IMPERATIVE),
        ("Find/VB the/DT average/NN temperature/NN", "find|temperature", Kind.IMPERATIVE),
        ("Find/VB the/DT average/NN of/IN ages/NNS", "find|average", Kind.IMPERATIVE),
        ("Translate/VB into/IN english/JJ this/DT text/NN", "translate|english", Kind.IMPERATIVE),
        ("Can/MD you/PRP name/VB all/DT states/NNS ?/.", "name|state", Kind.YES_NO_QUESTION),
        ("How/WRB would/MD you/PRP implement/VB a/DT stack/NN ?/.", "implement|stack", Kind.WH_QUESTION),
        ("What/WP can/MD I/PRP do/VB to/TO reduce/VB noise/NN ?/.", "reduce|noise", Kind.WH_QUESTION),
        ("What/WP is/VBZ the/DT formula/NN to/TO find/VB volumes/NNS ?/.", "find|volume", Kind.WH_QUESTION),
        ("What/WP does/VBZ it/PRP mean/VB when/WRB someone/NN nods/VBZ ?/.", "mean|someone", Kind.WH_QUESTION),
        ("Who/WP was/VBD the/DT best/JJS team/NN ?/.", "who|knowledge", Kind.WH_QUESTION),
        ("What/WP is/VBZ the/DT sum/NN of/IN 1/CD and/CC 2/CD ?/.", "what|math", Kind.WH_QUESTION),
        ("Is/VBZ a/DT tomato/NN a/DT fruit/NN ?/.", "yes-no|knowledge", Kind.YES_NO_QUESTION),
        ("Is/VBZ the/DT following/JJ sentence/NN true/JJ ?/.", "yes-no|task", Kind.YES_NO_QUESTION),
        ("Does/VBZ the/DT document/NN contain/VB words/NNS ?/.", "contain|word", Kind.YES_NO_QUESTION),
        ("How/WRB do/VBP banks/NNS make/VB money/NN ?/.", "make|money", Kind.WH_QUESTION),
        ("When/WRB did/VBD the/DT war/NN end/VB ?/.", "when|knowledge", Kind.WH_QUESTION),
        ("Is/VBZ there/EX a/DT way/NN to/TO solve/VB this/DT problem/NN ?/.", "solve|problem", Kind.YES_NO_QUESTION),
        ("Write/VB a/DT thank/NN you/PRP note/NN", "thank|note", Kind.IMPERATIVE),
        ("Simplify/VB (-3-2i)/CD", "simplify|math", Kind.IMPERATIVE),
        ("What/WP is/VBZ COVID-19/NNP ?/.", "what|knowledge", Kind.WH_QUESTION),
        # what is looked for behind a verb may not be there
        ("Write/VB a/DT thank/VB you/PRP ./.", "write|none", Kind.IMPERATIVE),
        ("You/PRP must/MD always/RB ./.", "none|none", Kind.OTHER),
    ],
)
def test_a_sentence_reads_as_its_task(text: str, task: str, kind: Kind) -> None:
    parsed = sentence(text.replace("/", "/", 1) if "ROOT" in text else _rooted(text))
    found = task_of(Candidate(parsed, read(parsed)))
    assert (str(found), found.kind) == (task, kind)


def _rooted(text: str) -> str:
    first, _, rest = text.partition(" ")
    return f"{first}/ROOT {rest}"


def test_spans_are_those_of_the_words() -> None:
    parsed = sentence("Write/VB/ROOT two/CD poems/NNS")
    found = task_of(Candidate(parsed, read(parsed)))
    assert (found.verb_span, found.noun_span) == ((0, 5), (10, 15))


def test_a_scene_is_no_request() -> None:
    for text in ("You/PRP are/VBP a/DT cook/NN/ROOT", "Imagine/VB/ROOT you/PRP are/VBP a/DT cook/NN"):
        reading = read(sentence(text))
        assert reading is not None
        assert reading.form == "scene"


def test_a_later_sentence_is_less_sure() -> None:
    text = "Write/VB/ROOT a/DT poem/NN"
    first, later = sentence(text), sentence(text, first=False)
    assert task_of(Candidate(first, read(first))).confidence > task_of(Candidate(later, read(later))).confidence
