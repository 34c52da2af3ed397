from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskscape.errors import UsageError
from taskscape.report.placement import HUES
from taskscape.report.summary import EXCERPT, STEPS, summarise
from taskscape.tasks.label import Task


def test_is_plain_json(summary: dict[str, Any]) -> None:
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_counts(summary: dict[str, Any]) -> None:
    assert (summary["rows"], summary["shown"], summary["rejected"]) == (390, 390, 2)
    clusters, tasks = summary["groupings"]
    assert [group["size"] for group in clusters["groups"]] == [77] * 5
    assert clusters["members"].count(-1) == 5
    assert sum(group["size"] for group in tasks["groups"]) == 390
    assert tasks["groups"][0]["name"] == "explain|idea"  # the largest, first of its equals by name


def test_tasks_of_one_verb_share_a_hue(summary: dict[str, Any]) -> None:
    slots: dict[str, set[int]] = {}
    for group in summary["groupings"][1]["groups"]:
        slots.setdefault(group["verb"], set()).add(group["slot"] % HUES)
    assert all(len(hues) == 1 for hues in slots.values())
    assert len(set.union(*slots.values())) == len(slots)


def test_what_asks_for_nothing_is_grey(made: dict[str, Any]) -> None:
    groups = summarise(**{**made, "tasks": [Task("none", "none")] * 390})["groupings"][1]["groups"]
    assert [(group["name"], group["slot"]) for group in groups] == [("none|none", -1)]


def test_groups_come_largest_first_and_members_follow(made: dict[str, Any]) -> None:
    sizes = [5, 50, 20, 1, 30]
    clusters = [{**cluster, "size": size} for cluster, size in zip(made["clusters"], sizes, strict=True)]
    grouping = summarise(**{**made, "clusters": clusters})["groupings"][0]
    assert [group["size"] for group in grouping["groups"]] == [50, 30, 20, 5, 1]
    for label, member in zip(made["labels"], grouping["members"], strict=True):
        expected = "" if label < 0 else made["clusters"][label]["name"]
        assert expected == ("" if member < 0 else grouping["groups"][member]["name"])


def test_coordinates_keep_their_proportions(made: dict[str, Any]) -> None:
    wide = np.array(made["coordinates"]) * [1, 0.25]
    points = summarise(**{**made, "coordinates": wide.astype(np.float32)})["points"]
    exact, stored = wide - wide.min(axis=0), np.array([points["x"], points["y"]]).T.astype(float)
    stored -= stored.min(axis=0)
    assert stored.max() == STEPS
    assert np.allclose(stored / STEPS, exact / exact.max(), atol=2 / STEPS)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_rows(made: dict[str, Any], count: int) -> None:
    short = {name: made[name][:count] for name in ("texts", "rows", "coordinates", "labels", "tasks")}
    clusters = [{**cluster, "typical": []} for cluster in made["clusters"]]
    summary = summarise(**{**made, **short, "clusters": clusters})
    assert summary["shown"] == count


def test_points_on_one_spot_stand_in_the_middle(made: dict[str, Any]) -> None:
    points = summarise(**{**made, "coordinates": np.full((390, 2), 3.5, np.float32)})["points"]
    assert set(points["x"]) == set(points["y"]) == {STEPS // 2}


def test_a_sample_keeps_the_counts_of_the_whole(made: dict[str, Any]) -> None:
    counts = {("write", "poem"): 9000, ("sing", "song"): 12}
    summary = summarise(**made, total_rows=100_000, task_counts=counts)
    assert (summary["rows"], summary["shown"]) == (100_000, 390)
    sizes = {group["name"]: group["size"] for group in summary["groupings"][1]["groups"]}
    assert (sizes["write|poem"], sizes["sing|song"]) == (9000, 12)


@given(st.text(max_size=400))
def test_texts_are_cut_and_show_what_cannot_be_seen(text: str) -> None:
    summary = summarise(
        title=text,
        texts=[text],
        rows=np.array([0]),
        coordinates=np.zeros((1, 2), np.float32),
        labels=np.array([-1], np.int32),
        clusters=[],
        encoder="e",
        source="s",
        recognised="r",
    )
    shown = summary["points"]["text"][0]
    assert len(shown) <= EXCERPT
    assert not set(shown) & {"\x00", "\x1b", "\x7f", "\u202e", "\u202d", "\ud800"}
    shown.encode()
    if len(text) <= EXCERPT:
        assert len(shown) == len(text)
    else:
        assert shown.endswith("…")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"coordinates": np.zeros((3, 2), np.float32)}, r"\(3, 2\), but 390 texts"),
        ({"labels": np.zeros(4, np.int32)}, "4 labels for 390 texts"),
        ({"rows": np.zeros(4, np.int64)}, "4 rows for 390 texts"),
        ({"tasks": []}, "0 tasks for 390 texts"),
        ({"labels": np.full(390, 5, np.int32)}, "labels run from 5 to 5, but there are 5 clusters"),
        ({"coordinates": np.full((390, 2), np.nan, np.float32)}, "text 0 are not finite"),
        ({"clusters": [{"name": "", "size": 1, "terms": [], "typical": [390]}] * 5}, "cluster 0 names text 390"),
    ],
)
def test_what_does_not_fit_is_refused(made: dict[str, Any], change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        summarise(**{**made, **change})
