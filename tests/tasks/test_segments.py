from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskscape.tasks.segments import blanked, segments, sentence_at


def texts(text: str) -> list[str]:
    return [piece.text for piece in segments(text)]


def test_sentences_and_lines_are_cut() -> None:
    assert texts("I have an egg. What now?\nSay it!") == ["I have an egg.", "What now?", "Say it!"]


def test_abbreviations_do_not_end_a_sentence() -> None:
    assert len(segments("Ask Dr. Moss, e.g. about rain vs. snow.")) == 1


def test_a_quotation_is_one_word_and_its_full_stop_ends_nothing_before_lower_case() -> None:
    found = texts('Translate "Write me a letter." into French.')
    assert found == ['Translate "Xxxxxxxxxxxxxxxxx." into French.']


def test_a_quotation_ends_a_sentence_before_a_capital() -> None:
    assert len(segments('He said "Go home." Now rewrite it.')) == 2


def test_apostrophes_are_no_quotation_marks() -> None:
    text = "I don't like my sister's dogs' names."
    assert blanked(text) == text


def test_labelled_parts_and_what_follows_are_pasted() -> None:
    pieces = segments("Summarize it.\nText: Add salt. Stir.\nServe.\n\nMake it short.")
    assert [piece.pasted for piece in pieces] == [False, True, True, True, False]


def test_a_task_label_is_taken_off() -> None:
    assert [(piece.start, piece.text) for piece in segments("Task: sort the list")] == [(6, "sort the list")]


def test_code_fences_are_blanked() -> None:
    assert "print" not in blanked("Fix this:\n```\nprint('x')\n```")


def test_what_follows_long_code_is_read() -> None:
    text = "Here is my code:\n```\n" + "x = 1\n" * 700 + "```\nExplain what this code does."
    found = texts(text)
    assert (found[0], found[-1]) == ("Here is my code:", "Explain what this code does.")
    assert not any("x = 1" in piece for piece in found)


def test_what_follows_long_code_without_an_end_is_read() -> None:
    assert texts("My code:\n```\n" + "x = 1\n" * 700 + "Explain it.")[-1] == "Explain it."


@pytest.mark.parametrize(
    ("word", "sentence"),
    [("Tea", "Tea."), ("2", "Add 2 to e.g. 3."), ("Why", "Why so"), ("f()", "def f():"), ("end", "the end")],
)
def test_a_word_stands_in_a_sentence_or_line(word: str, sentence: str) -> None:
    text = "Tea. Add 2 to e.g. 3. Why so\n\ndef f():\n  the end"
    begin, end = sentence_at(text, text.index(word))
    assert text[begin:end].strip() == sentence


def test_no_more_than_a_window_is_taken_for_a_sentence() -> None:
    assert sentence_at("a" * 1_000_000, 500_000) == (498_400, 501_600)


def test_a_long_text_costs_a_bounded_number_of_pieces() -> None:
    text = "Summarize this. " + "The mill stood by the river. " * 100_000 + "Now write a title."
    pieces = segments(text)
    assert len(pieces) <= 9
    assert pieces[0].text == "Summarize this."
    assert pieces[-1].text == "Now write a title."
    assert text[pieces[-1].start :] == "Now write a title."


def test_a_megabyte_without_a_break_is_cut() -> None:
    assert all(len(piece.text) <= 400 for piece in segments("a" * 1_000_000))


def test_nothing_gives_nothing() -> None:
    assert segments("") == segments(" \n\t") == segments("?!… — 🎉") == []


@given(st.text())
def test_blanking_keeps_the_length(text: str) -> None:
    assert len(blanked(text)) == len(text)


@given(st.text(alphabet="ab.?!\n \"'`“”:1", max_size=300))
def test_pieces_stand_where_they_say(text: str) -> None:
    whole = blanked(text)
    for piece in segments(text):
        assert whole[piece.start :].startswith(piece.text)
