from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskscape.report.sunburst import NOUNS, SIZE, VERBS, sunburst_page, sunburst_svg

COUNTS = {("write", "poem"): 60, ("write", "story"): 30, ("list", "city"): 10}
word = st.text(min_size=1, max_size=12)


def arcs(svg: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(svg).findall("{*}g")


def count_of(arc: ElementTree.Element) -> int:
    hint = arc.findtext("{*}title", "")
    return int(re.findall(r": ([\d,]+) \(", hint)[-1].replace(",", ""))


def test_verbs_inside_nouns_outside() -> None:
    found = [(arc.get("data-verb"), arc.get("data-noun"), count_of(arc)) for arc in arcs(sunburst_svg(COUNTS))]
    assert found == [
        ("write", None, 90),
        ("write", "poem", 60),
        ("write", "story", 30),
        ("list", None, 10),
        ("list", "city", 10),
    ]


def test_angle_is_the_share() -> None:
    path = arcs(sunburst_svg(COUNTS))[3].find("{*}path")
    assert path is not None
    # M start A … middle A … end, then back: the turns from the top of the outer edge's two ends
    places = re.findall(r"(?:M|0 0 1 )([\d.]+) ([\d.]+)", path.get("d", ""))
    turns = [math.atan2(float(x) - SIZE / 2, SIZE / 2 - float(y)) / (2 * math.pi) % 1 for x, y in places]
    assert turns == [pytest.approx(turn, abs=0.002) for turn in (0.9, 0.95, 1.0)]


def test_order_of_the_counts_does_not_matter() -> None:
    assert sunburst_svg(COUNTS) == sunburst_svg(dict(reversed(COUNTS.items())))


def test_what_is_thin_is_left_out_and_said() -> None:
    counts = {(f"verb{v}", f"noun{n}"): 5 + 100 * v + n for v in range(VERBS + 9) for n in range(NOUNS + 4)}
    svg = sunburst_svg(counts)
    verbs = [arc for arc in arcs(svg) if arc.get("class") == "arc" and arc.get("data-noun") is None]
    assert len(verbs) == VERBS
    common = sum(count for (verb, _), count in counts.items() if int(verb[4:]) >= 9)
    assert sum(map(count_of, verbs)) == common
    assert f">{common:,}<" in svg
    assert f">of {sum(counts.values()):,}<" in svg


def test_nouns_and_the_pale_arc_add_up_to_their_verb() -> None:
    counts = {("write", f"noun{n}"): 1 + n % 3 for n in range(300)} | {("list", "city"): 100}
    verb, *outside = [arc for arc in arcs(sunburst_svg(counts)) if arc.get("data-verb") != "list"]
    assert sum(map(count_of, outside)) == count_of(verb)
    assert outside[-1].get("class") == "rest"


@given(st.dictionaries(st.tuples(word, word), st.integers(0, 10**9), max_size=40))
def test_any_words_make_well_formed_svg(counts: dict[tuple[str, str], int]) -> None:
    drawn = sum(count_of(arc) for arc in arcs(sunburst_svg(counts)) if arc.get("data-noun") is not None)
    assert drawn <= sum(counts.values())


def test_hostile_words_stay_words() -> None:
    svg = sunburst_svg({("</svg><script>alert(1)</script>", '" onload="alert(1)'): 3})
    elements = list(ElementTree.fromstring(svg).iter())
    assert {element.tag.split("}")[1] for element in elements} == {"svg", "g", "title", "path", "text"}
    assert not any("onload" in element.attrib for element in elements)


def test_page_of_its_own() -> None:
    page = sunburst_page(COUNTS, title="<b>")
    assert "<title>&lt;b&gt;</title>" in page
    assert "<script" not in page
    assert sunburst_svg(COUNTS, title="<b>") in page
