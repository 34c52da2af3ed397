"""The encoders in the hands of libraries that are not ours: the real ones, with nothing between that we wrote."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from taskscape import TaskEmbedder, load_encoder
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def texts() -> list[str]:
    lines = (ROOT / "examples" / "instructions.jsonl").read_text(encoding="utf8").splitlines()
    return [json.loads(line)["instruction"] for line in lines[:120]]


def test_semhash_takes_an_encoder_as_its_model(texts: list[str]) -> None:
    semhash: Any = pytest.importorskip("semhash", reason="semhash is not installed: pip install semhash")
    index = semhash.SemHash.from_records(records=[*texts, *texts[:3]], model=load_encoder("default"))
    found = index.self_deduplicate(threshold=0.999)
    assert len(found.selected) == len(texts)
    assert sorted(record.record for record in found.filtered) == sorted(texts[:3])


@pytest.mark.slow  # importing BERTopic compiles for a minute the first time
def test_bertopic_takes_a_pipeline_as_its_embedding_model(texts: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # BERTopic's and numba's own
        bertopic: Any = pytest.importorskip("bertopic", reason="BERTopic is not installed: pip install bertopic")
        model = bertopic.BERTopic(
            embedding_model=make_pipeline(TaskEmbedder()),
            umap_model=PCA(5, random_state=0),
            hdbscan_model=KMeans(8, random_state=0),
        )
        topics, _ = model.fit_transform(texts)
        assert len(set(topics)) == 8
        found, similarities = model.find_topics("Write a poem about the sea.", top_n=1)
    poems = [number for number, text in enumerate(texts) if "poem" in text.lower()]
    assert found[0] in {topics[number] for number in poems}
    assert 0 < similarities[0] <= 1


def test_sentence_transformers_utilities_take_our_embeddings(texts: list[str]) -> None:
    library: Any = pytest.importorskip("sentence_transformers")
    rows = load_encoder("default").encode(texts)
    (hits,) = library.util.semantic_search(rows[:1], rows, top_k=1)
    assert hits[0]["corpus_id"] == 0
    np.testing.assert_allclose(library.util.cos_sim(rows[:5], rows[:5]).numpy(), rows[:5] @ rows[:5].T, atol=1e-5)


def test_sentence_transformers_opens_the_folder_of_an_encoder(texts: list[str], tmp_path: Path) -> None:
    library: Any = pytest.importorskip("sentence_transformers")
    from taskscape.integrations.sentence_transformers import as_sentence_transformer

    as_sentence_transformer("static").save_pretrained(str(tmp_path))
    model = library.SentenceTransformer(str(tmp_path), trust_remote_code=True)
    encoder = load_encoder("static")
    np.testing.assert_allclose(model.encode(texts, batch_size=7), encoder.encode(texts), atol=1e-5)
    assert model.get_embedding_dimension() == encoder.dimension
    with_prompt = model.encode(texts[0], prompt="Please: ")
    np.testing.assert_allclose(with_prompt, encoder.encode(f"Please: {texts[0]}"), atol=1e-5)
    assert model.encode(texts[:2], truncate_dim=16).shape == (2, 16)
