from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("mteb", reason="needs the extra mteb")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the library's own imports
    import mteb

    from taskscape.benchmark.mteb import ieb_tasks, model_meta, register_models

from taskscape.benchmark.evaluation import evaluate
from taskscape.benchmark.ieb import read_ieb
from taskscape.encoders import load_encoder
from taskscape.errors import DataError
from tests.benchmark import grids
from tests.benchmark.grids import write_ieb

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # the library warns of its own plans
    pytest.mark.usefixtures("toys"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_ieb(tmp_path / "ieb")


def run(name: str, folder: Path, cache: Path) -> dict[str, dict[str, Any]]:
    done = mteb.evaluate(
        model_meta(name), ieb_tasks(folder), cache=mteb.ResultCache(cache), co2_tracker=False, show_progress_bar=False
    )
    return {result.task_name.partition("-")[0]: result.scores["test"][0] for result in done.task_results}


@pytest.mark.parametrize("name", ["default", "static"])
def test_mteb_and_bench_agree(name: str, folder: Path, tmp_path: Path) -> None:
    found = run(name, folder, tmp_path / "cache")
    ours = evaluate(load_encoder(name), read_ieb(folder))
    clusters, pairs = found["InstructionClusteringIEB"], found["InstructionIntentionSimilarityIEB"]
    assert ours.similarity is not None
    for figure in ("ari", "purity", "homogeneity", "v_measure", "silhouette", "ari_mean", "ari_sd"):
        assert clusters[figure] == pytest.approx(getattr(ours.clustering, figure), abs=1e-6)
    assert clusters["main_score"] == clusters["ari"]
    assert pairs["cosine_spearman"] == pytest.approx(ours.similarity.spearman, abs=1e-6)
    assert pairs["main_score"] == pairs["cosine_spearman"]
    assert pairs["cosine_auc"] == pytest.approx(ours.similarity.auc, abs=1e-6)
    assert pairs["spearman_ceiling"] == pytest.approx(ours.similarity.ceiling, abs=1e-6)


def test_models_are_found_by_name() -> None:
    register_models()
    model = mteb.get_model("taskscape/static")
    assert model.mteb_model_meta.name == "taskscape/static"
    one = model.encode([{"text": ["Write a poem."]}], task_metadata=None, hf_split="test", hf_subset="default")
    assert np.array_equal(one, load_encoder("static").encode(["Write a poem."]))
    assert model.mteb_model_meta.revision == load_encoder("static").fingerprint
    assert {"taskscape/default", "taskscape/large"} <= mteb.models.model_implementations.MODEL_REGISTRY.keys()


@pytest.mark.parametrize("name", ["default", "large", "static"])
def test_shipped_models_say_their_licence(name: str) -> None:
    meta = model_meta(name, "1")
    assert (meta.license, meta.open_weights) == ("cc-by-nc-4.0", True)
    assert meta.framework == (["NumPy"] if name == "static" else ["ONNX"])


def test_another_model_of_one_name_is_measured_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = grids.ToyEncoder("plain")
    monkeypatch.setattr(grids, "load", lambda _: toy)
    for fingerprint in ("one", "two"):
        toy.fingerprint = fingerprint
        assert model_meta("toy:plain").revision == fingerprint
        grids.CALLS.clear()
        run("toy:plain", folder, tmp_path / "cache")
        assert grids.CALLS


def test_other_data_are_measured_anew(folder: Path, tmp_path: Path) -> None:
    run("toy:plain", folder, tmp_path / "cache")
    grids.CALLS.clear()
    before = run("toy:plain", folder, tmp_path / "cache")
    assert grids.CALLS == []
    other = write_ieb(tmp_path / "other")
    tests = json.loads((other / "eft_test.json").read_text())
    tests["write|thing"]["samples"][0]["instruction"] = "sort a word"
    (other / "eft_test.json").write_text(json.dumps(tests))
    after = run("toy:plain", other, tmp_path / "cache")
    # The pairs are the same: their figures are taken from the cache.
    assert after["InstructionIntentionSimilarityIEB"] == before["InstructionIntentionSimilarityIEB"]
    assert len(grids.CALLS) == 1
    measured = evaluate(load_encoder("toy:plain"), read_ieb(other)).clustering.ari
    assert after["InstructionClusteringIEB"]["ari"] == pytest.approx(measured, abs=1e-6)
    assert after["InstructionClusteringIEB"]["ari"] != pytest.approx(before["InstructionClusteringIEB"]["ari"])


def test_a_task_keeps_its_name_when_its_texts_are_dropped(folder: Path) -> None:
    (task, _) = ieb_tasks(folder)
    name = task.metadata.name
    assert name.startswith("InstructionClusteringIEB-")
    assert name.endswith(task.metadata.revision[:12])
    task.load_data()
    task.unload_data()
    assert task.metadata.name == name


def test_the_published_files_have_the_plain_names(shared_data: Path) -> None:
    tasks = ieb_tasks(shared_data / "ieb")
    assert [task.metadata.name for task in tasks] == ["InstructionClusteringIEB", "InstructionIntentionSimilarityIEB"]
    assert {task.metadata.revision for task in tasks} == {"cecb90fb886c20c56091d7cd67bc718af38fa4a8"}


def test_tasks_describe_themselves_completely(folder: Path) -> None:
    for task in ieb_tasks(folder):
        assert task.metadata.is_filled()
        task.load_data()
        assert set(task.dataset) == {"test"}
        assert all(
            text.endswith((".", "?", '"', "'")) for text in task.dataset["test"][task.dataset["test"].column_names[0]]
        )


def test_missing_files_are_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Put the published IEB files"):
        ieb_tasks(tmp_path)[0].load_data()
