from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskscape.report.charts.bars import bars_svg
from taskscape.report.charts.histogram import Mark, histogram_svg
from taskscape.report.charts.intervals import Axis, axis_svg, interval_svg
from taskscape.report.charts.scatter import scatter_svg
from taskscape.report.charts.ticks import ticks

finite = st.floats(-1e6, 1e6)


def widths(svg: str) -> list[float]:
    return [float(rect.get("width", "").rstrip("%")) for rect in ElementTree.fromstring(svg).iter("rect")]


def test_bars_are_as_long_as_their_values_and_end_at_the_limit() -> None:
    assert widths(bars_svg([5, 2.5], limit=10)) == [50, 25]
    assert widths(bars_svg([50], limit=10)) == [100]
    assert widths(bars_svg([0, 0], limit=0)) == [0, 0]


@given(finite, finite)
def test_ticks_are_few_ascend_and_lie_on_the_axis(one: float, other: float) -> None:
    low, high = sorted((one, other))
    found = ticks(low, high)
    assert len(found) <= 7
    assert found == sorted(set(found)) or high - low < 1e-9
    slack = 1e-6 * (high - low) + 1e-9 * max(abs(low), abs(high), 1)
    assert all(low - slack <= value <= high + slack for value in found)


def test_a_histogram_counts_every_value_once() -> None:
    values = np.array([0.0, 0.1, 0.1, 0.95, 1.0, 7.0])
    svg = histogram_svg(values, low=0, high=1, bins=10, label="a & b", over=np.array([0.5]), mark=Mark(0.8, "<here>"))
    told = [element.text or "" for element in ElementTree.fromstring(svg).iter("title")]
    assert told == ["0 to 0.1: 1", "0.1 to 0.2: 2", "0.9 to 1: 3"]
    texts = [element.text for element in ElementTree.fromstring(svg).iter("text")]
    assert texts[-1] == "<here>"
    assert {"0", "1"} <= set(texts)


def test_an_empty_histogram_is_drawn_too() -> None:
    svg = histogram_svg(np.array([]), low=0, high=1, label="none", over=np.array([]))
    assert "nan" not in svg
    ElementTree.fromstring(svg)


def test_every_point_is_drawn_inside_the_picture_and_up_is_up() -> None:
    rng = np.random.default_rng(0)
    places = rng.normal(size=(500, 2)) * [10, 1]
    svg = scatter_svg(places, np.arange(500) < 20, label="points")
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(int, root.get("viewBox", "").split())
    back, front = (re.findall(r"M(\d+) (\d+)h0", path.get("d", "")) for path in root.iter("path"))
    assert (len(back), len(front)) == (480, 20)
    assert all(0 < int(x) < width and 0 < int(y) < height for x, y in [*back, *front])
    highest = int(np.argmax(places[:20, 1]))
    assert min(int(y) for _, y in front) == int(front[highest][1])


@pytest.mark.parametrize("places", [np.zeros((1, 2)), np.zeros((3, 2)), np.array([[0.0, 1.0], [0.0, 2.0]])])
def test_points_in_one_place_or_on_a_line_are_drawn(places: np.ndarray) -> None:
    svg = scatter_svg(places, np.zeros(len(places), np.bool_), label="points")
    assert "nan" not in svg
    assert svg.count("h0") == len(places)


@given(st.lists(finite, min_size=1))
def test_an_axis_has_room_for_all_it_was_made_for(values: list[float]) -> None:
    axis = Axis.around(values)
    assert axis.low < min(values)
    assert axis.high > max(values)
    assert all(0 < axis.place(value) < 100 for value in values)
    ElementTree.fromstring(axis_svg(axis))


def test_an_interval_lies_where_its_numbers_say() -> None:
    line = next(
        element
        for element in ElementTree.fromstring(interval_svg(Axis(0, 10), 2, 3, 5)).iter("line")
        if element.get("class") == "whisker"
    )
    assert (line.get("x1"), line.get("x2")) == ("20.00%", "50.00%")
