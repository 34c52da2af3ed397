"""An encoder of ours: an ONNX graph run by onnxruntime, texts cut by tokenizers. No torch.

What
    Texts → unit embeddings and, where the graph has heads, the logits from which tasks are read, in one forward pass.
How it is quick
    Texts of equal length run together, so that no padding is computed. Each batch runs on one thread, and as many
    batches side by side as there are cores: a network this small would lose more by waiting between layers.
How it stays the same
    Each batch is computed by one thread, and 8-bit products have fixed scales
    (`taskscape.encoders.quantisation`): a text's embedding depends neither on the number of cores nor on its
    neighbours, to the last bit in 8 bits, and but for the last bits of float32 otherwise.
Price
    Memory is bounded by ``threads`` batches of ``batch_tokens`` tokens, whatever the number and length of the texts.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.encoders.base import as_texts, cores, digest, unit_rows
from taskscape.encoders.layout import MODEL, TOKENIZER, EncoderConfig
from taskscape.encoders.tokens import WindowTokenizer, batches
from taskscape.errors import EncoderError
from taskscape.tasks.label import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taskscape.encoders.tokens import Window

    Floats = NDArray[np.float32]
    Logits = Mapping[str, Floats]

BATCH_TOKENS = 1024  # tokens that go through the network together: their widest layer, 6 MB, stays in the cache
BATCH_ROWS = 256
_LEAST = 1e-12  # weight under which a window's tokens are as good as not there
EMBEDDING, IDS = "embedding", "input_ids"  # names in the graph


@dataclass(frozen=True, slots=True)
class HeadOutput:
    """What the heads say of one text.

    Attributes
    ----------
    offsets
        int32 ``(tokens, 2)``: start and end of each token in the text; both 0 for special tokens. The tokens of all
        windows of an overlong text, joined.
    tokens
        Token head → float32 logits ``(tokens, k)``; in an overlong text, plus the logarithm of the window's weight.
    classes
        Text head → float32 logits ``(classes,)``; the mean over the windows of an overlong text, by their weights.
    """

    offsets: NDArray[np.int32]
    tokens: Logits
    classes: Logits


class PackagedEncoder:
    """An ONNX encoder.

    Parameters
    ----------
    folder
        A folder that `taskscape.training.export` wrote.
    name
        Its name in tables and manifests; by default the folder's.
    threads
        Batches computed side by side; by default one for each core that this process may use.
    batch_tokens
        Tokens that go through the network together.

    Attributes
    ----------
    overlong
        How many texts so far were longer than the network reads at once, and were read in windows.

    Raises
    ------
    EncoderError
        The folder holds no such encoder.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        name: str | None = None,
        threads: int | None = None,
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        folder = Path(folder)
        self.config = EncoderConfig.read(folder)
        self.name = name or folder.resolve().name
        self.dimension = self.config.dimension
        self.overlong = 0
        self.threads = threads or cores()
        self.batch_tokens = batch_tokens
        model, tokenizer = (folder / MODEL).read_bytes(), (folder / TOKENIZER).read_bytes()
        self.fingerprint = digest(model, tokenizer, json.dumps(self.config.reading()).encode())
        self._session = _open_session(model, folder)
        try:
            self._tokenizer = WindowTokenizer(
                tokenizer.decode(),
                max_tokens=self.config.max_tokens,
                most=self.config.windows,
                sentence_tokens=self.config.window_tokens,
            )
        except Exception as error:  # the errors of tokenizers have no class of their own
            raise EncoderError(f"{folder / TOKENIZER} is no tokenizer: {error}") from error

    @property
    def has_heads(self) -> bool:
        """Whether the model also reads tasks."""
        return bool(self.config.token_heads or self.config.text_heads)

    def encode(
        self, sentences: str | Sequence[str], *, batch_size: int = BATCH_ROWS, prompt: str | None = None, **others: Any
    ) -> Floats:
        """Embed texts.

        Parameters
        ----------
        sentences
            Texts, or a single one.
        batch_size
            At most so many windows go through the network together; fewer where they are long.
        prompt
            Put before each text.
        **others
            Further arguments of ``SentenceTransformer.encode``. What would change the result (``convert_to_tensor``,
            ``precision``, ``truncate_dim``, ``prompt_name``, ``output_value``) is refused; the rest (``device``,
            ``show_progress_bar``, ``normalize_embeddings`` …) makes no difference.

        Returns
        -------
        ndarray
            float32 ``(n, dimension)``, rows of unit length; ``(dimension,)`` for a single text. An empty text has the
            embedding of no words.

        Raises
        ------
        DataError
            An entry is not a string.
        EncoderError
            An argument asks for what this encoder does not give.
        """
        _refuse(others)
        texts, single = as_texts(sentences)
        embeddings, _ = self._run([prompt + text for text in texts] if prompt else texts, rows=batch_size, heads=False)
        return embeddings[0] if single else embeddings

    def encode_with_heads(self, texts: Sequence[str]) -> tuple[Floats, list[HeadOutput]]:
        """Embed texts and give what the heads say, from one forward pass.

        Parameters
        ----------
        texts
            Texts.

        Returns
        -------
        embeddings
            As `encode` gives.
        outputs
            One for each text.

        Raises
        ------
        EncoderError
            This model has no heads.
        """
        if not self.has_heads:
            raise EncoderError(f"encoder {self.name!r} has no heads that read tasks.")
        return self._run(as_texts(texts)[0], rows=BATCH_ROWS, heads=True)

    def _run(self, texts: list[str], *, rows: int, heads: bool) -> tuple[Floats, list[HeadOutput]]:
        windows = self._tokenizer.windows(texts, offsets=heads)
        owners = np.array([window.text for window in windows], dtype=np.int64)
        overlong = len({window.text for window in windows if not window.whole})
        self.overlong += overlong
        wanted = {f"token_{name}" for name in self.config.token_heads} if heads else set()
        wanted |= {f"text_{name}" for name in self.config.text_heads} if heads else set()
        if overlong and self.config.window_head is not None:
            wanted.add(f"text_{self.config.window_head}")
        vectors, logits = self._forward_all(windows, sorted(wanted), rows)
        weights = self._weights(owners, logits) if overlong else np.ones(len(windows), dtype=np.float32)
        embeddings = vectors
        if overlong:
            embeddings = np.zeros((len(texts), self.dimension), dtype=np.float32)
            np.add.at(embeddings, owners, vectors * weights[:, None])
            embeddings = unit_rows(embeddings, self.name)
        return embeddings, self._outputs(len(texts), windows, logits, weights) if heads else []

    def _forward_all(
        self, windows: list[Window], names: list[str], rows: int
    ) -> tuple[Floats, list[dict[str, Floats]]]:
        """Run all windows through the network."""
        vectors = np.empty((len(windows), self.dimension), dtype=np.float32)
        logits: list[dict[str, Floats]] = [{} for _ in windows]
        groups = batches([len(window.ids) for window in windows], tokens=self.batch_tokens, rows=rows)

        def forward(group: list[int]) -> None:
            ids = np.stack([windows[number].ids for number in group])
            outputs = self._session.run([EMBEDDING, *(f"{name}.logits" for name in names)], {IDS: ids})
            vectors[group] = outputs[0]
            for name, output in zip(names, outputs[1:], strict=True):
                for row, number in zip(output, group, strict=True):
                    logits[number][name] = row

        if self.threads == 1 or len(groups) <= 1:
            for group in groups:
                forward(group)
        else:
            with ThreadPoolExecutor(self.threads) as pool:
                for _ in pool.map(forward, groups):
                    pass
        return vectors, logits

    def _weights(self, owners: NDArray[np.int64], logits: list[dict[str, Floats]]) -> Floats:
        """Weight of each window in its text, float32, summing to 1 for each text."""
        head = self.config.window_head
        scores = np.zeros(len(owners))
        if head is not None:
            nothing = self.config.text_heads[head].index(NOTHING)
            found = np.stack([logit[f"text_{head}"] for logit in logits]).astype(np.float64)
            scores = np.logaddexp.reduce(np.delete(found, nothing, axis=1), axis=1) - found[:, nothing]
        highest = np.full(owners.max(initial=-1) + 1, -np.inf)
        np.maximum.at(highest, owners, scores)
        powers = np.exp(self.config.window_sharpness * (scores - highest[owners]))
        totals = np.bincount(owners, powers)
        return np.asarray(powers / totals[owners], dtype=np.float32)

    def _outputs(
        self, count: int, windows: list[Window], logits: list[dict[str, Floats]], weights: Floats
    ) -> list[HeadOutput]:
        """Join what was said of the windows of each text."""
        members: list[list[int]] = [[] for _ in range(count)]
        for number, window in enumerate(windows):
            members[window.text].append(number)
        return [
            HeadOutput(
                offsets=np.concatenate([windows[i].offsets for i in own]),
                tokens={
                    name: np.concatenate([logits[i][f"token_{name}"] + np.log(weights[i] + _LEAST) for i in own])
                    for name in self.config.token_heads
                },
                classes={
                    name: np.sum([logits[i][f"text_{name}"] * weights[i] for i in own], axis=0)
                    for name in self.config.text_heads
                },
            )
            for own in members
        ]


REFUSED: dict[str, tuple[Any, ...]] = {  # argument of SentenceTransformer.encode → values under which nothing changes
    "convert_to_tensor": (False, None),
    "output_value": ("sentence_embedding",),
    "precision": ("float32", None),
    "prompt_name": (None,),
    "truncate_dim": (None,),
}


def _refuse(others: Mapping[str, Any]) -> None:
    for name, value in others.items():
        if name in REFUSED and value not in REFUSED[name]:
            raise EncoderError(f"encode({name}={value!r}) is not offered: embeddings are whole float32 NumPy rows.")


def _open_session(model: bytes, folder: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # batches run side by side instead
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # an arena keeps the largest batch of each thread for ever
    options.enable_mem_pattern = False  # patterns serve fixed shapes; ours differ from batch to batch
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC  # see graph.py: it is ours
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common class
        raise EncoderError(
            f"{folder / MODEL} cannot be run by onnxruntime {onnxruntime.__version__}: {error}"
        ) from error
    if [value.name for value in session.get_inputs()] != [IDS]:
        raise EncoderError(f"{folder / MODEL} was not exported by this version of taskscape: export it again.")
    return session
