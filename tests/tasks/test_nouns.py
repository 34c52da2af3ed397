from __future__ import annotations

import time

import pytest

from taskscape.tasks.nouns import has_math


@pytest.mark.parametrize(
    "text",
    [
        "What is the sum of 1 + 2?",
        "Simplify (3x + 6)/3.",
        "What is 17-9?",
        "What is 3 - 5?",
        "What is 144/12?",
        "What is 3/4 of 20?",
        "Factor x^2-9.",
        "Solve x - 3 = y",
        "Simplify 6a - b.",
        "Simplify 2x-3 and 4x/2.",
        "Simplify (-3-2i)-(1+4i).",
        "Compute 2^10-24.",
        "Compute 2 + 3-5.",
        "Expand (a+b)(c+d).",
        "What is 15% of 240?",
        "What is 2000 - 50?",
    ],
)
def test_formulas(text: str) -> None:
    assert has_math(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is COVID-19?",
        "How does GPT-3 work?",
        "What is HTTP/2?",
        "What happened on 9/11?",
        "What caused 9/11?",
        "What is due on 5/12?",
        "What happened on 5/12/2023 and 2020-05-01?",
        "What is the 80/20 rule?",
        "How does a 3-1 lead feel?",
        "Answer in 2-3 sentences.",
        "What happened in 1939-1945?",
        "What happened in 1939 - 1945?",
        "Who won in 2023/24?",
        "Call 555-1234 or 800-555-1234.",
        "How does 3D-printing work?",
        "Send 5 e-mails.",
        "What is AI - 5 facts",
        "What is JSON (JavaScript Object Notation) - in short?",
        "What is a 501(c)(3)?",
    ],
)
def test_names_dates_and_ranges_are_no_formulas(text: str) -> None:
    assert not has_math(text)


@pytest.mark.parametrize(
    "text",
    ["9" * 100_000, "9" * 50_000 + "-" + "9" * 50_000 + "x", "9" + " " * 100_000, "1" + "-1" * 50_000 + "x"],
    ids=["digits", "two numbers", "spaces", "parts"],
)
def test_a_long_row_is_searched_in_no_time(text: str) -> None:
    begin = time.process_time()
    has_math(text)
    assert time.process_time() - begin < 1
