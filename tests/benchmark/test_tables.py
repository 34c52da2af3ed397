from __future__ import annotations

import numpy as np

from taskscape.benchmark.cluster_scores import score_clusters, score_groups
from taskscape.benchmark.tables import (
    Cell,
    best_cells,
    cluster_cells,
    figure,
    heads_of,
    plain,
    to_html,
    to_markdown,
)

ROWS = [
    {"encoder": Cell("one"), "ARI": figure(0.5), "AUC": figure(0.9)},
    {"encoder": Cell("<b>|two"), "ARI": figure(0.8304), "label": figure(1.0), "AUC": figure(0.9)},
    {"encoder": Cell("three"), "ARI": figure(0.8296), "AUC": figure(None)},
]


def test_shares_are_written_as_in_the_literature() -> None:
    assert [plain(value) for value in (0.8304, -0.012, 1.0, 0.0)] == [".830", "-.012", "1.000", ".000"]
    assert figure(None).value is None


def test_heads_keep_their_place() -> None:
    assert heads_of(ROWS) == ["encoder", "ARI", "label", "AUC"]


def test_best_is_what_reads_as_the_best_and_equal_columns_have_none() -> None:
    assert best_cells(ROWS) == {(1, "ARI"), (2, "ARI")}


def test_markdown_and_html_escape_what_comes_from_outside() -> None:
    lines = to_markdown(ROWS, bold=True).splitlines()
    assert lines[0] == "| encoder | ARI | label | AUC |"
    assert lines[1] == "| --- | ---: | ---: | ---: |"
    assert lines[3] == "| &lt;b&gt;\\|two | **.830** | 1.000 | .900 |"
    assert lines[4] == "| three | **.830** |  | – |"
    page = to_html(ROWS)
    assert "<b>|two" not in page
    assert "&lt;b&gt;|two" in page
    assert page.count("<b>") == 2


def test_purity_of_too_many_clusters_is_never_the_best() -> None:
    rows = np.eye(8, dtype=np.float32)[np.arange(32) % 8] + np.eye(8, dtype=np.float32)[np.arange(32) % 5] / 2
    labels = [str(number % 8) for number in range(32)]
    asked = cluster_cells(score_clusters(rows, labels, clustering="agglomerative", k=3))
    many = cluster_cells(score_clusters(rows, labels, clustering="dbscan", k=3))
    line = cluster_cells(score_groups(list(range(32)), labels))
    assert asked["purity"].value is not None
    assert many["purity"].value is line["purity"].value is None
    assert many["V"].value is line["V"].value is None
    assert line["purity"].text == "1.000"
    assert "eps" in many["clusters"].text
