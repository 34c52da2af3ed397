"""The generator: exact spans, fixed by the seed, broad, and clean to split."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.errors import DataError, UsageError
from taskscape.tasks.label import Kind
from taskscape.training.generator import (
    Generated,
    Phrasebook,
    families,
    generate,
    hard_negatives,
    load_phrasebook,
    long_prompts,
    overlap,
    paraphrases,
    sample,
    split_families,
    traps,
)
from taskscape.training.generator.files import (
    CLASS_VERBS,
    LABEL,
    mark_words,
    read_families,
    read_messages,
    read_slots,
    read_template,
    read_traps,
)
from taskscape.training.generator.inflection import plural, singular, takes_an
from taskscape.training.generator.template import Rendered, Slots, marked_words, parse, render


@pytest.fixture(scope="module")
def book() -> Phrasebook:
    return load_phrasebook()


def _fixed(book: Phrasebook) -> list[Generated]:
    """Everything written by hand that reads the same whatever is drawn."""
    drawn = zip(*(book.plain_drawings(random.Random(seed)) for seed in range(4)), strict=True)
    return [one for one, *others in drawn if all(other.text == one.text for other in others)]


def _write(template: str, seed: int = 0, **values: list[str]) -> Rendered:
    out = Rendered()
    render(parse(template, "test"), Slots(values, {}), {}, random.Random(seed), out)
    return out


def test_marks_give_spans_and_lemmas() -> None:
    out = _write("Please <write> a [|] <poem> about {topic}.", topic=["rain"])
    assert out.text == "Please write a poem about rain."
    assert out.verb is not None
    assert out.noun is not None
    assert out.text[slice(*out.verb[:2])] == "write"
    assert out.text[slice(*out.noun[:2])] == "poem"


def test_a_noun_can_stand_before_the_verb() -> None:
    out = _write("Given this <~text>, <translate> it.")
    assert out.verb is not None
    assert out.noun is not None
    assert (out.verb[2], out.noun[2]) == ("translate", "text")
    assert out.noun[0] < out.verb[0]


def test_article_follows_the_sound() -> None:
    assert _write("a {thing}", thing=["umbrella"]).text == "an umbrella"
    assert _write("Draw an {thing}", thing=["university"]).text == "Draw a university"
    assert [takes_an(word) for word in ("hour", "one", "SQL", "euro", "idea")] == [True, False, True, False, True]


def test_a_numbered_slot_is_another_value() -> None:
    for seed in range(20):
        first, second = _write("{x} {x2}", seed, x=["a", "b"]).text.split()
        assert first != second


@given(st.sampled_from(["story", "dish", "box", "poem", "day", "class", "summary", "error", "match"]))
def test_plural_and_singular_are_inverse(noun: str) -> None:
    assert singular(plural(noun)) == noun


@pytest.mark.parametrize(
    ("form", "lemma"),
    [
        ("SMS", "sms"),
        ("lenses", "lens"),
        ("buses", "bus"),
        ("selfies", "selfie"),
        ("emojis", "emoji"),
        ("wives", "wife"),
        ("alias", "alias"),
        ("odds", "odds"),
        ("earnings", "earnings"),
        ("arrears", "arrears"),
        ("ums", "um"),
        ("menus", "menu"),
        ("caches", "cache"),
        ("headaches", "headache"),
        ("brownies", "brownie"),
    ],
)
def test_forms_that_the_rule_would_spoil_have_their_lemma(form: str, lemma: str) -> None:
    assert singular(form) == lemma


@pytest.mark.parametrize("line", ["a [b", "a ] b", "a {b", "a <b", "a > b"])
def test_unclosed_brackets_are_named(line: str) -> None:
    with pytest.raises(DataError, match=r"here:1: .* column"):
        parse(line, "here:1")


def test_an_unknown_slot_and_a_bad_heading_are_named(tmp_path: Path) -> None:
    (tmp_path / "families").mkdir()
    (tmp_path / "slots").mkdir()
    file = tmp_path / "families" / "x.txt"
    file.write_text("# x @ write|poem\nWrite about {nothing}.\n")
    with pytest.raises(DataError, match=r"x\.txt:2: no slot list is named 'nothing'"):
        read_families(read_slots(tmp_path), tmp_path)
    file.write_text("# x @ without a label\n")
    with pytest.raises(DataError, match=r"x\.txt:1: a heading is"):
        read_families(read_slots(tmp_path), tmp_path)
    file.write_text("# x\nWrite on.\n")
    with pytest.raises(DataError, match=r"x\.txt:2: no heading '# x @ verb\|noun'"):
        read_families(read_slots(tmp_path), tmp_path)


def test_same_seed_same_rows_other_seed_other_rows() -> None:
    assert generate(200, seed=5) == generate(200, seed=5)
    assert generate(200, seed=5) != generate(200, seed=6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_spans_lie_on_the_words_of_the_label(seed: int) -> None:
    for row in generate(100, seed=seed):
        assert LABEL.fullmatch(row.task), row
        verb, noun = row.task.split("|")
        if row.family == row.task:  # of the grammar: always exact
            assert row.verb_span is not None
            assert row.noun_span is not None
            assert row.text[slice(*row.verb_span)].lower() == verb
            assert row.text[slice(*row.noun_span)].lower() in (noun, plural(noun))
        elif row.verb_span and row.noun_span:
            assert row.verb_span[1] <= row.noun_span[0] or row.noun_span[1] <= row.verb_span[0]
            assert row.text[slice(*row.noun_span)].strip() == row.text[slice(*row.noun_span)]


@pytest.mark.parametrize(
    ("text", "label", "marked"),
    [
        ("How do I ask my boss for a raise?", "ask|boss", "How do I <ask> my <boss=boss> for a raise?"),
        ("What do you think of {topic}?", "think|none", "What do you <think> of {topic}?"),
        ("The {card} and the cards: block both", "block|card", "The {card} and the cards: <block> both"),
        ("Which card?", "which|knowledge", "Which card?"),
    ],
)
def test_words_of_a_label_are_marked_where_they_stand(text: str, label: str, marked: str) -> None:
    assert mark_words(text, label) == marked


def test_exact_rows_carry_the_words_or_a_class() -> None:
    rows = generate(4000, seed=9)
    exact = [row for row in rows if row.exact]
    assert len(exact) > 0.7 * len(rows)
    for row in exact:
        verb = row.task.split("|")[0]
        if row.verb_span is None:
            assert verb in CLASS_VERBS or row.noun_span is None, row
    assert sum(row.verb_span is None and row.task.split("|")[0] not in CLASS_VERBS for row in exact) < 0.01 * len(exact)


def test_text_is_clean() -> None:
    for row in generate(3000, seed=1):
        assert row.text
        assert "  " not in row.text.split("\n")[0].strip() or "    " in row.text, row
        assert " ." not in row.text.replace(" ...", ""), row


def test_labels_by_hand_agree_with_the_marks(book: Phrasebook) -> None:
    for family in book.written:
        for template in book.families[family].templates:
            if template.label:
                verbs, nouns = marked_words(template.body)
                verb, _, noun = template.label.partition("|")
                assert not verbs or verb in verbs, (family, template.label, verbs)
                assert not nouns or noun in nouns, (family, template.label, nouns)


def test_every_label_is_of_the_form(book: Phrasebook) -> None:
    for name in book.families:
        assert all(LABEL.fullmatch(label) for label in book.labels(name)), (name, book.labels(name))


def test_breadth(book: Phrasebook) -> None:
    assert all(len(book.families[name].templates) >= 8 for name in book.written)
    assert len({template.id for name in book.written for template in book.families[name].templates}) == sum(
        len(book.families[name].templates) for name in book.written
    ), "a template stands twice in its family"


def test_neighbours_exist(book: Phrasebook) -> None:
    for name in book.written:
        family = book.families[name]
        assert not set(family.near + family.same) - set(book.families), name
        assert name not in family.near


def test_a_second_draw_takes_another_template() -> None:
    rng = random.Random(0)
    for family in families():
        first = sample(family, rng)
        assert sample(family, rng, unlike=first).template != first.template


def test_paraphrases_share_the_family_but_few_words() -> None:
    pairs = paraphrases(400, seed=2)
    assert all(one.family == other.family and one.template != other.template for one, other in pairs)
    assert sum(overlap(one.text, other.text) for one, other in pairs) / len(pairs) < 0.12


def test_traps_share_words_but_not_the_family(book: Phrasebook) -> None:
    drawn = traps(400, seed=2)
    assert all(two.family not in book.related(one.family) for one, two, *_ in drawn)
    shared = sum(overlap(one.text, two.text) for one, two, *_ in drawn) / len(drawn)
    apart = paraphrases(400, seed=2)
    assert shared > 2 * sum(overlap(one.text, two.text) for one, two in apart) / len(apart)


def test_other_wordings_of_a_trap_are_of_its_tasks() -> None:
    drawn = traps(400, seed=3)
    assert sum(len(found) > 2 for found in drawn) > 100
    for one, two, *others in drawn:
        assert {other.family for other in others} <= {one.family, two.family}
        assert not {other.template for other in others} & {one.template, two.template}


def test_no_text_of_ours_is_a_row_of_the_evaluation_sets(book: Phrasebook) -> None:
    words = re.compile(r"[a-z0-9']+")
    rows: set[tuple[str, ...]] = set()
    for file in (Path(__file__).parents[2] / "benchmarks" / "data").glob("*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows |= {tuple(words.findall(row[key].lower())) for key in ("text", "text1", "text2") if key in row}
    assert len(rows) > 1500
    for text in [
        *(drawn.text for drawn in _fixed(book)),
        *(text for texts in read_messages().values() for text in texts),
    ]:
        found = tuple(words.findall(text.lower()))
        assert len(found) < 3 or found not in rows, text


def test_no_text_stands_in_two_tasks(book: Phrasebook) -> None:
    families: dict[str, set[str]] = {}
    for drawn in _fixed(book):
        families.setdefault(re.sub(r"\W+", " ", drawn.text.lower()).strip(), set()).add(drawn.family)
    for text, names in families.items():
        assert all(names <= book.related(name) for name in names), (text, names)


def test_messages_of_a_block_stand_together(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "said_a.txt").write_text(
        "// ours\nlost it\nit is gone\n\n\nlate again\n", encoding="utf-8"
    )
    (tmp_path / "messages" / "asked_b.txt").write_text("hello\n", encoding="utf-8")
    said = {"said_a.txt:2": ["lost it", "it is gone"], "said_a.txt:6": ["late again"]}
    assert read_messages("said", tmp_path) == said
    assert read_messages(folder=tmp_path) == {"asked_b.txt:1": ["hello"]} | said
    blocks = read_messages()
    assert min(len(texts) for texts in blocks.values()) > 1


def test_a_trap_of_an_unknown_family_is_told(tmp_path: Path) -> None:
    (tmp_path / "traps").mkdir()
    (tmp_path / "traps" / "x.txt").write_text("poem :: Write.\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"x\.txt:1: no family is named 'poem'"):
        read_traps({}, Slots({}, {}), tmp_path)


def test_hard_negatives_are_other_tasks(book: Phrasebook) -> None:
    assert "poem-writing" not in hard_negatives("poem-writing")
    assert "natural-language-inference" in hard_negatives("paraphrase-detection")
    assert "write|poem" not in hard_negatives("poem-writing")
    assert "write|story" in hard_negatives("write|poem")


def test_split_by_family_leaves_no_family_in_both() -> None:
    train, development = split_families(3)
    assert not set(train.families) & set(development.families)
    for name in development.written:
        assert not load_phrasebook().related(name) & set(train.families)
    assert 0.1 < len(development.written) / (len(train.written) + len(development.written)) < 0.35


def test_split_by_template_leaves_no_template_in_both(book: Phrasebook) -> None:
    train, development = book.split(seed=1, by="template")
    for name, family in development.families.items():
        assert not {t.id for t in family.templates} & {t.id for t in train.families[name].templates}


def test_banned_tasks_never_appear(book: Phrasebook) -> None:
    banned = {"write|poem", "summarize|text", "yes-no|task"}
    clean = book.only(without_tasks=banned)
    assert not banned & {row.task for row in clean.generate(4000, seed=0)}
    assert not banned & {row.task for pair in clean.traps(200, seed=0) for row in pair}


def test_kinds_are_told(book: Phrasebook) -> None:
    family = book.families["paraphrase-detection"]
    rows = {
        "<Compare> the two <sentences>.": Kind.IMPERATIVE,
        "Could you <compare> the two <sentences>?": Kind.IMPERATIVE,
        "Which one is longer? @ which|knowledge": Kind.WH_QUESTION,
        "Are they alike? @ yes-no|task": Kind.YES_NO_QUESTION,
        "I <lost=lose> my <card>.": Kind.OTHER,
    }
    for line, kind in rows.items():
        template = read_template(line, family, book.slots, "test")
        drawn = book._fill(family, template, random.Random(1), {})
        assert drawn.kind is kind, line


def test_long_prompts_hold_the_request_whole() -> None:
    prompts = long_prompts(60, seed=4)
    assert {prompt.place for prompt in prompts} == {"before", "after", "both"}
    for prompt in prompts:
        bare, long = prompt.bare, prompt.long
        assert bare.text in long.text
        assert 950 < len(long.text.split()) < 1500
        assert (long.task, long.kind) == (bare.task, bare.kind)
        for short, far in ((bare.verb_span, long.verb_span), (bare.noun_span, long.noun_span)):
            assert (short is None) == (far is None)
            if short and far:
                assert bare.text[slice(*short)] == long.text[slice(*far)]
    assert len({prompt.long.text[:200] for prompt in prompts}) == len(prompts)


def test_an_unknown_family_is_named() -> None:
    with pytest.raises(UsageError, match="no task family is named 'nope'"):
        sample("nope", random.Random(0))
