"""What the results look like in a notebook: well-formed, escaped, and true."""

from __future__ import annotations

import html
import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from taskscape import cluster, embed, open_dataset, project
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from pathlib import Path


def parsed(result: Any) -> ElementTree.Element:
    """Read the display as XML, which is stricter than a browser."""
    return ElementTree.fromstring(result._repr_html_())


def texts_of(element: ElementTree.Element) -> str:
    return " ".join(element.itertext())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = ['{"instruction": "<script>alert(1)</script> & more"}', "broken", '{"instruction": 7}']
    rows += [f'{{"instruction": "Name {number} birds."}}' for number in range(40)]
    path = tmp_path / "<b>rows.jsonl"
    path.write_text("\n".join(rows), encoding="utf8")
    return path


def test_a_dataset_shows_its_first_rows_good_and_bad(source: Path) -> None:
    dataset = open_dataset(source)
    list(dataset.batches())
    shown = parsed(dataset)
    assert len(shown.findall("tr")) == 6
    assert "<script>alert(1)</script> & more" in texts_of(shown)
    assert "<script>" not in dataset._repr_html_()
    assert html.unescape(repr(dataset)) in texts_of(shown)
    assert dataset.rejects.count == 2  # showing is not reading: the rejects of the last pass stay


def test_a_store_shows_what_it_holds(source: Path, tmp_path: Path) -> None:
    store = embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path / "store")
    shown = texts_of(parsed(store))
    assert "41" in shown
    assert "hashing" in shown


def test_a_clustering_shows_its_largest_clusters() -> None:
    embeddings = HashingEncoder(64).encode([f"word{number} other{number % 15}" for number in range(120)])
    clustering = cluster(embeddings, k=15)
    shown = parsed(clustering)
    assert len(shown.findall("tr")) == 12
    assert "5 others" in texts_of(shown)
    assert sum(int(row.findall("td")[1].text or 0) for row in shown.findall("tr")[1:]) == 120


def test_a_projection_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskscape.analysis.projection._DRAWN", 50)
    projection = project(np.random.default_rng(0).standard_normal((120, 8)))
    figure = parsed(projection)
    circles = figure.findall(".//circle")
    assert 30 <= len(circles) <= 50
    places = np.array([[float(circle.get(axis) or -1) for axis in ("cx", "cy")] for circle in circles])
    picture = figure.find("svg")
    assert picture is not None
    assert (places > 0).all()
    assert (places < [float(picture.get(side) or 0) for side in ("width", "height")]).all()


def test_a_projection_of_one_row_is_one_point() -> None:
    assert len(parsed(project(np.ones((1, 4)))).findall(".//circle")) == 1
