"""Both tests of the IEB as tasks of MTEB, and our encoders as its models (extra ``mteb``).

::

    import mteb
    from taskscape.benchmark.mteb import ieb_tasks, model_meta

    mteb.evaluate(model_meta("default"), ieb_tasks("ieb"))            # the shipped encoder, on a local copy of the data
    mteb.evaluate(mteb.get_model("intfloat/e5-small-v2"), ieb_tasks("ieb"))   # any model of MTEB on our tests

IEB is not in MTEB, so the tasks read the published files from a folder (`taskscape.benchmark.ieb.read_ieb`). MTEB keeps
results under the model's name and revision and the task's name, and does not compare the revision of the data. So the
revision of a model is its fingerprint, and where a file is not the published one, a hash of its content ends the task's
name.

They are MTEB's own task classes: what differs is the clustering, which MTEB does by mini-batch k-means on samples of
the texts with V-measure as the main figure, and IEB by one k-means on all of them with ARI. Figures agree with
``taskscape bench`` as both come from the same measures. To send them upstream, put the data on the hub in the form of
`InstructionClusteringIEB.load_data`, and remove that method.

Source: MTEB 2 (``mteb.AbsTask…``, ``mteb.models.ModelMeta``), https://github.com/embeddings-benchmark/mteb.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from taskscape.analysis.measures import score_pairs
from taskscape.benchmark.cluster_scores import score_clusters
from taskscape.benchmark.evaluation import with_full_stop
from taskscape.benchmark.ieb import Ieb, read_ieb
from taskscape.encoders import load_encoder
from taskscape.encoders.base import digest
from taskscape.errors import DataError
from taskscape.extras import require

require("mteb", purpose="The tests as MTEB tasks")

from datasets import Dataset, DatasetDict  # noqa: E402 (only after the guard above has spoken)
from mteb._create_dataloaders import create_dataloader  # noqa: E402
from mteb.abstasks import AbsTaskClustering, AbsTaskSTS  # noqa: E402
from mteb.abstasks.task_metadata import TaskMetadata  # noqa: E402
from mteb.models import ModelMeta  # noqa: E402
from mteb.models.abs_encoder import AbsEncoder  # noqa: E402
from mteb.models.model_meta import ScoringFunction  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from taskscape.encoders import Encoder

ORGANISATION = "taskscape"
SHIPPED = ("default", "large", "static")
FRAMEWORKS = dict.fromkeys(("default", "large", "minilm", "minilm-int8"), "ONNX") | dict.fromkeys(
    ("static", "random"), "NumPy"
)
_CITATION = r"""
@inproceedings{li2024instruction,
  author = {Li, Yiwei and Shi, Jiayi and Feng, Shaoxiong and Yuan, Peiwen and Wang, Xinglin and Pan, Boyuan and
Wang, Heda and Hu, Yao and Li, Kan},
  booktitle = {Advances in Neural Information Processing Systems 37, Datasets and Benchmarks Track},
  title = {Instruction Embedding: Latent Representations of Instructions Towards Task Identification},
  year = {2024},
}
"""
_SHARED: dict[str, Any] = {
    "reference": "https://arxiv.org/abs/2409.19680",
    "dataset": {
        "path": "Yiwei98/instruction-embedding-benchmark",
        "revision": "cecb90fb886c20c56091d7cd67bc718af38fa4a8",
    },
    "category": "t2t",
    "modalities": ["text"],
    "eval_splits": ["test"],
    "eval_langs": ["eng-Latn"],
    "date": ("2022-01-01", "2024-06-30"),
    "domains": ["Written"],
    "license": "not specified",
    "annotations_creators": "LM-generated and reviewed",
    "dialect": [],
    "sample_creation": "found",
    "bibtex_citation": _CITATION,
}


class _FromFolder:
    """A task whose data lies in a folder.

    Parameters
    ----------
    folder
        With the published IEB files, or others in their form. They are read here, since the name depends on them.

    Raises
    ------
    DataError
        A file is missing or not in the published form.
    """

    published: str  # digest of the published content
    metadata: Any
    data_loaded: bool
    dataset: Any

    def __init__(self, folder: str | Path, **settings: Any) -> None:
        super().__init__(**settings)
        self.folder = folder
        self._test = self.columns(read_ieb(folder))
        content = digest(orjson.dumps(self._test))
        if content != self.published:
            self.metadata = self.metadata.model_copy(
                update={
                    "name": f"{self.metadata.name}-{content[:12]}",
                    "dataset": {"path": str(folder), "revision": content},
                }
            )

    def load_data(self, num_proc: int | None = None, **_: Any) -> None:
        """Give the texts; they get their full stop, as in the published code."""
        if not self.data_loaded:
            self.dataset = DatasetDict({"test": Dataset.from_dict(self._test)})
            self.data_loaded = True

    def unload_data(self) -> None:
        """Drop the texts. MTEB's own would drop the name of these files, too, for that of the published ones."""
        self.dataset, self.data_loaded = None, False

    def columns(self, ieb: Ieb) -> dict[str, list[Any]]:
        """Give the columns of the test split."""
        raise NotImplementedError


class InstructionClusteringIEB(_FromFolder, AbsTaskClustering):  # type: ignore[misc]  # mteb is not typed here
    """ICT: k-means on all texts, with as many clusters as tasks; ARI is the main figure."""

    max_fraction_of_documents_to_embed = None
    published = "190e6801aaba3aea090c2a5258f84d0f"
    metadata = TaskMetadata(
        name="InstructionClusteringIEB",
        description="Group instructions by the task that they ask for.",
        type="Clustering",
        main_score="ari",
        task_subtypes=["Thematic clustering"],
        **_SHARED,
    )

    def columns(self, ieb: Ieb) -> dict[str, list[Any]]:
        """Give ``sentences`` and ``labels``."""
        return {"sentences": [with_full_stop(text) for text in ieb.labelled.texts], "labels": ieb.labelled.labels}

    def _evaluate_subset(
        self,
        model: Any,
        data_split: Any,
        *,
        encode_kwargs: Any,
        hf_split: str,
        hf_subset: str,
        num_proc: int | None = None,
        timer: Any,
        **_: Any,
    ) -> dict[str, Any]:
        """Cluster as published, in place of MTEB's bootstrapped mini-batch k-means."""
        where = {"hf_split": hf_split, "hf_subset": hf_subset}
        with timer("Encoding", split=hf_split, subset=hf_subset):
            loader = create_dataloader(
                data_split.select_columns(["sentences", "labels"]),
                task_metadata=self.metadata,
                input_column="sentences",
                num_proc=num_proc,
                **encode_kwargs,
            )
            embeddings = model.encode(loader, task_metadata=self.metadata, **where, **encode_kwargs)
        with timer("Scoring", split=hf_split, subset=hf_subset):
            scores = asdict(score_clusters(np.asarray(embeddings), list(data_split["labels"])))
        return {name: value for name, value in scores.items() if isinstance(value, int | float)}


class InstructionIntentionSimilarityIEB(_FromFolder, AbsTaskSTS):  # type: ignore[misc]  # the same
    """IIS: Spearman's correlation of cosine and "same task", with AUC and the ceiling of Spearman beside it."""

    min_score = 0
    max_score = 1
    published = "6797fb115b13f804fc479dbbee4ad326"
    metadata = TaskMetadata(
        name="InstructionIntentionSimilarityIEB",
        description="Tell whether two instructions ask for the same task.",
        type="STS",
        main_score="cosine_spearman",
        task_subtypes=[],
        **_SHARED,
    )

    def columns(self, ieb: Ieb) -> dict[str, list[Any]]:
        """Give ``sentence1``, ``sentence2`` and ``score``: 1 for the same task, else 0."""
        if ieb.pairs is None:
            raise DataError(f"{self.folder} holds no pairs.")
        return {
            "sentence1": [with_full_stop(text) for text in ieb.pairs.first],
            "sentence2": [with_full_stop(text) for text in ieb.pairs.second],
            "score": ieb.pairs.same.astype(int).tolist(),
        }

    def _calculate_scores(self, scores: Any, normalized_scores: list[float]) -> dict[str, float]:
        """Add AUC and ceiling to MTEB's own figures."""
        found = score_pairs(scores["cosine_scores"], np.asarray(normalized_scores) > 0.5)
        return {
            **super()._calculate_scores(scores, normalized_scores),
            "cosine_auc": found.auc,
            "spearman_ceiling": found.ceiling,
        }


def ieb_tasks(folder: str | Path) -> list[Any]:
    """Give both tests as tasks for ``mteb.evaluate``.

    Parameters
    ----------
    folder
        With the published IEB files, which ``taskscape ieb fetch -o DIR`` gets, or others in their form.

    Returns
    -------
    list
        The clustering test and the similarity test. A hash of the content ends the name of a test whose file is not the
        published one.

    Raises
    ------
    DataError
        A file is missing or not in the published form.
    """
    return [InstructionClusteringIEB(folder), InstructionIntentionSimilarityIEB(folder)]


class TaskscapeModel(AbsEncoder):  # type: ignore[misc]  # the same
    """An encoder of taskscape as a model of MTEB.

    Parameters
    ----------
    model_name
        ``"taskscape/NAME"``, NAME being what `taskscape.load_encoder` takes.
    """

    def __init__(self, model_name: str, revision: str | None = None, device: str | None = None, **_: Any) -> None:
        name = model_name.removeprefix(f"{ORGANISATION}/")
        self.model: Encoder = load_encoder(name)
        self.mteb_model_meta = model_meta(name, revision or self.model.fingerprint)
        self.device = device

    def encode(self, inputs: Any, **_: Any) -> NDArray[np.float32]:
        """Embed the texts of a loader; prompts are not used, as our encoders know none."""
        return self.model.encode([text for batch in inputs for text in batch["text"]])


def model_meta(name: str, revision: str | None = None) -> Any:
    """Describe an encoder of ours to MTEB.

    Parameters
    ----------
    name
        What `taskscape.load_encoder` takes.
    revision
        By default the encoder's fingerprint, for which it is loaded: MTEB finds kept results by it.

    Returns
    -------
    mteb.models.ModelMeta
        For ``mteb.evaluate``, or to be loaded by its ``load_model()``.

    Raises
    ------
    EncoderError, MissingExtraError
        The encoder cannot be loaded.
    """
    shipped = name in SHIPPED
    return ModelMeta(
        loader=TaskscapeModel,
        name=f"{ORGANISATION}/{name}",
        revision=revision or load_encoder(name).fingerprint,
        release_date=None,
        languages=["eng-Latn"],
        n_parameters=None,
        memory_usage_mb=None,
        max_tokens=None,
        embed_dim=None,
        license="cc-by-nc-4.0" if shipped else None,
        open_weights=True if shipped else None,
        public_training_code=None,
        public_training_data=None,
        framework=[FRAMEWORKS[name]] if name in FRAMEWORKS else [],
        similarity_fn_name=ScoringFunction.COSINE,
        use_instructions=False,
        training_datasets={"Banking77Classification"} if shipped else None,
    )


def register_models() -> None:
    """Make ``mteb.get_model("taskscape/default")`` and those of ``large`` and ``static`` work in this process."""
    from mteb.models.model_implementations import MODEL_REGISTRY

    for name in SHIPPED:
        MODEL_REGISTRY[f"{ORGANISATION}/{name}"] = model_meta(name)
