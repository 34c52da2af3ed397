from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskscape.analysis.deduplication.text_evidence import judge
from taskscape.analysis.deduplication.word_agreement import is_misspelt_filler, is_slip, verbs_agree
from taskscape.analysis.deduplication.wording import plain_text, same_order, wording


def agreement(first: str, second: str, weights: dict[int, float]) -> float:
    return judge(first, second, weights).agreement


SAME = [
    ("Write a poem about the sea.", "Could you please write a poem about the sea?"),
    ("Write a poem about the sea.", "Compose a poem about the ocean, please."),
    ("Give me a list of five fruits", "List 5 fruits!"),
    ("Write a packing list for a beach trip.", "For a beach trip, write a packing list."),
    ("For a beach trip write a packing list.", "Write a packing list for a beach trip."),
    ("What are the benefits of exercise?", "Explain the advantages of exercise."),
    ("Hi! Can you tell me what the capital of France is?", "What is the capital of France?"),
    ("Compare cats and dogs.", "Compare dogs and cats."),
    ("Come up with a story about a turtle.", "About a turtle, come up with a story."),
    ("Using your knowledge of maths, solve the problem.", "Solve the problem using your knowledge of maths."),
    ("How do I use the word 'since'?", "Explain how to use the word 'since'."),
    ("Summarise: I loved it.", "Summarize: I loved it."),
    ("Describe the article in detail.", "Describe the artcle in detail."),
    ("Write a poem about the SEA.", "Could you compose a poem about the sea, please?"),
    ("Write a guide to the Car Museum.", "Compose a guide to the car museum."),
    ("What colour is the sky?", "What color is the sky?"),
    ("PLEASE SOLVE THIS: WHAT IS THE SUM OF 3 AND 4?", "What is the sum of 3 and 4?"),
    ("Answer the following question: Name the capital of France.", "Name the capital of France."),
]
DIFFERENT = [
    ("Translate cat to French", "Translate dog to French"),
    ('Translate "cat" to French', 'Translate "cats" to French'),
    ("Find a synonym of big.", "Find a synonym of large."),
    ("Convert USD to EUR.", "Convert EUR to USD."),
    ("Translate this from English to French.", "Translate this from French to English."),
    ("Does a man bite a dog?", "Does a dog bite a man?"),
    ("Describe milk chocolate.", "Describe chocolate milk."),
    ("Write a poem of 3 lines.", "Write a poem of 4 lines."),
    ("Solve 2x + 3 = 7.", "Solve 2x - 3 = 7."),
    ("Write a recipe with nuts.", "Write a recipe without nuts."),
    ("Encrypt the file.", "Decrypt the file."),
    ("Who wrote Hamlet?", "When was Hamlet written?"),
    ("Classify the sentiment: I loved it.", "Classify the sentiment: I hated it."),
    ("Sum up the text.\n\nOne day a fox came.", "Sum up the text.\n\nOne day a hen came."),
    ("What is this?", "Can you help me?"),
    ("Write about Anne.", "Write about Anna."),
    ("Write about Marai Lee.", "Write about Maria Lee."),
    ("Write a guide to the Car Museum.", "Write a guide to the Automobile Museum."),
    ("Describe the mental state.", "Describe the metal state."),
    ("Please solve this: 2x + 3 = 7.", "Please solve this: 2x - 3 = 7."),
    ("Solve this: Name the capital of France.", "Name the capital of Spain."),
    ("Translate this: Name the capital of France.", "Name the capital of France."),
    (
        "Write a long and friendly email to my manager and the whole sales team asking for a day off on Monday",
        "Write a long and friendly email to my manager and the whole sales team asking for a day off on Friday",
    ),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_wordings_of_one_request_agree_both_ways(first: str, second: str) -> None:
    assert agreement(first, second, {}) > 0.9
    assert agreement(second, first, {}) > 0.9


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_two_requests_do_not_agree(first: str, second: str) -> None:
    assert agreement(first, second, {}) == 0
    assert agreement(second, first, {}) == 0


def test_a_word_more_costs_the_more_the_rarer_it_is() -> None:
    weights: dict[int, float] = {}
    few = agreement("Write a poem about love.", "Write a poem.", weights)
    many = agreement("Write a poem about the sea, the wind, the sand and the love of home.", "Write a poem.", weights)
    assert 0 < few <= 0.85
    assert many == 0


@pytest.mark.parametrize(
    "text",
    [
        "Write a poem" + "." * 100_000 + " x",
        "Sum up:\n" + "." * 100_000 + " x",
        "Write a poem" + "\n" * 100_000 + "about rain",
        "Write a poem " + "please " * 20_000 + "x",
    ],
    ids=["marks", "marks in the input", "blank lines", "please"],
)
def test_a_long_run_of_one_thing_takes_no_time(text: str) -> None:
    wording("Write a poem about rain.")  # the word lists are read
    start = time.process_time()
    wording(text)
    assert time.process_time() - start < 1


def test_what_stands_behind_a_request_is_cut_off_as_a_whole() -> None:
    read = wording("Write a poem: rain, if you don't mind -- please! Thank you very much...")
    assert read.fixed.endswith("\x1frain")
    assert wording("Write a poem for me, please?").content == ("poem",)
    assert wording("Thanks a lot").core == "thanks a lot"  # a text of nothing else stays


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Write a  poem.", "write a poem"),
        ("Write\n\n\n  ## a poem", "write a poem"),
        ("“Smart” quotes – and dashes…", '"smart" quotes - and dashes...'),
        ("**Write** a *bold* text", "Write a bold text"),
        ("- Name 1,000 things", "name 1000 things!"),
        ("ﬁne", "fine"),
    ],
)
def test_dress_is_folded(first: str, second: str) -> None:
    assert plain_text(first) == plain_text(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("3 + 4", "3 - 4"),
        ("C++", "C"),
        ("x < 5", "x > 5"),
        ("5 - 3", "5 3"),
        ("2*3", "2 3"),
        ("3.5", "35"),
        ("1,2,3", "123"),
        ("50%", "50"),
        ("Mean of -5", "Mean of 5"),
        ("Capitalize: john", "Capitalize: John"),
        ("Fix the punctuation: lets eat, Ann", "Fix the punctuation: lets eat Ann"),
    ],
)
def test_what_means_something_is_not_folded(first: str, second: str) -> None:
    assert plain_text(first) != plain_text(second)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    read = wording(text)
    assert plain_text(text) == read.plain
    assert agreement(text, text, {}) in {0.0, 1.0}


@given(st.text(), st.text())
def test_agreement_is_symmetric(first: str, second: str) -> None:
    assert agreement(first, second, {}) == agreement(second, first, {})


@given(st.permutations(["Name", "two", "good", "films", "with", "Brad", "Pitt"]), st.permutations(["a", "b"]))
def test_agreement_is_symmetric_for_the_same_words(words: list[str], more: list[str]) -> None:
    first, second = " ".join(words), " ".join([*words[3:], *words[:3], *more[:1]])
    assert agreement(first, second, {}) == agreement(second, first, {})


def test_verbs_agree_by_meaning() -> None:
    assert verbs_agree("write", "compose")
    assert verbs_agree("", "explain")
    assert not verbs_agree("", "write")
    assert not verbs_agree("encrypt", "decrypt")
    assert not verbs_agree("multiply", "divide")


def test_slips_are_told_from_words() -> None:
    assert is_slip("poem", "peom")
    assert is_slip("article", "artcle")
    assert is_slip("citeis", "cities")
    assert is_slip("diffeernt", "different")
    assert is_misspelt_filler("follownig")
    assert not is_slip("cats", "cat")  # shorter than four letters
    assert not is_slip("house", "mouse")  # two words of the dictionary
    assert not is_slip("mental", "metal")
    assert not is_slip("urban", "turban")
    assert not is_slip("zorbla", "zorlba")  # two that are none


def test_order_counts_only_where_it_says_something() -> None:
    assert same_order("Compare cats and dogs", "Compare dogs and cats")
    assert not same_order("Convert from USD to EUR", "Convert from EUR to USD")
