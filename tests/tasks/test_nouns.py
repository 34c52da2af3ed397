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
        "What is 12-15?",
        "What is 7-9?",
        "What is 24-7?",
        "What is the value of 7-9?",
        "What is 7-9 in binary?",
        "What is 7-9 plus 3?",
        "Compute 20-5-3",
        "What is 100-20-5?",
        "What is 20-20-5?",
        "What is 10 - 2-3?",
        "What is 100/5/10?",
        "What is 60/5/10?",
        "What is 1/2-3/4?",
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
        "Name 2-3 birds.",
        "What is good for 10-12-year-olds or ages 3-5?",
        "What costs $20-30 or 10-20% less?",
        "What is 24/7 or 50-50?",
        "What is a 5-7-5 poem?",
        "What happened in 1939-1945?",
        "What happened in 1939 - 1945?",
        "Who was Mozart (1756-1791)?",
        "Who won in 2023/24?",
        "Call 555-1234 or 1-800-555-1234.",
        "What is 05-12-2023 or 2020/05/01 or 5/12/23?",
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
    [
        "9" * 100_000,
        "9" * 50_000 + "-" + "9" * 50_000 + "x",
        "9" + " " * 100_000,
        "1" + "-1" * 50_000 + "x",
        "a" * 100_000,
    ],
    ids=["digits", "two numbers", "spaces", "parts", "letters"],
)
def test_a_long_row_is_searched_in_no_time(text: str) -> None:
    begin = time.process_time()
    has_math(text)
    assert time.process_time() - begin < 1
