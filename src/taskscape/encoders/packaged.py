"""An encoder of ours: an ONNX graph run by onnxruntime, texts cut by tokenizers. No torch.

What
    Texts → unit embeddings and, where the graph has heads, the logits from which tasks are read, in one forward pass.
How it is quick
    Words seen before are looked up and not tokenised anew (`taskscape.encoders.pieces`). Texts of equal length run
    together, so that no padding is computed. Each batch runs on one thread, and as many batches side by side as there
    are cores: a network this small would lose more by waiting between layers.
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
from taskscape.encoders.runtime import onnx_runtime
from taskscape.encoders.tokens import WindowTokenizer, batches
from taskscape.errors import EncoderError
from taskscape.tasks.label import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taskscape.encoders.tokens import Windows

    Floats = NDArray[np.float32]
    Logits = Mapping[str, Floats]

BATCH_TOKENS = 1024  # tokens that go through the network together: their widest layer, 6 MB, stays in the cache
BATCH_ROWS = 256
_LEAST = 1e-12  # weight under which a window's tokens are as good as not there
EMBEDDING, IDS = "embedding", "input_ids"  # names in the graph


@dataclass(frozen=True, slots=True)
class HeadOutputs:
    """What the heads say of some texts.

    Attributes
    ----------
    bounds
        int64 ``(texts + 1,)``: where the tokens of each text start, and the end of the last. The tokens of all windows
        of an overlong text stand together.
    offsets
        int32 ``(tokens, 2)``: start and end of each token in its text; both 0 for special tokens.
    tokens
        Token head → float32 logits ``(tokens, k)``; in an overlong text, plus the logarithm of the window's weight.
    classes
        Text head → float32 logits ``(texts, classes)``; the mean over the windows of an overlong text, by their
        weights.
    """

    bounds: NDArray[np.int64]
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

    def encode_with_heads(self, texts: Sequence[str]) -> tuple[Floats, HeadOutputs]:
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
            What the heads say.

        Raises
        ------
        EncoderError
            This model has no heads.
        """
        if not self.has_heads:
            raise EncoderError(f"encoder {self.name!r} has no heads that read tasks.")
        embeddings, outputs = self._run(as_texts(texts)[0], rows=BATCH_ROWS, heads=True)
        assert outputs is not None  # noqa: S101 (asked for)
        return embeddings, outputs

    def _run(self, texts: list[str], *, rows: int, heads: bool) -> tuple[Floats, HeadOutputs | None]:
        windows = self._tokenizer.windows(texts, offsets=heads)
        overlong = len(np.unique(windows.texts[~windows.whole]))
        self.overlong += overlong
        wanted = [f"token_{name}" for name in self.config.token_heads] if heads else []
        wanted += [f"text_{name}" for name in self.config.text_heads] if heads else []
        if overlong and self.config.window_head is not None and not heads:
            wanted.append(f"text_{self.config.window_head}")
        vectors, logits = self._forward_all(windows, wanted, rows)
        weights = np.ones(len(windows.texts), dtype=np.float32)
        embeddings = vectors
        if overlong:
            weights = self._weights(windows.texts, logits)
            summed = _summed(windows.texts, vectors * weights[:, None])
            several = np.bincount(windows.texts) > 1  # a single window's row has unit length, and keeps every bit
            embeddings = np.where(several[:, None], unit_rows(summed, self.name), summed)
        return embeddings, self._outputs(len(texts), windows, logits, weights) if heads else None

    def _forward_all(self, windows: Windows, names: list[str], rows: int) -> tuple[Floats, dict[str, Floats]]:
        """Run all windows through the network; logits of tokens stand in one row, ``(tokens of all windows, k)``."""
        count, bounds = len(windows.texts), windows.bounds
        vectors = np.empty((count, self.dimension), dtype=np.float32)
        logits = {}
        for name in names:
            kind, _, head = name.partition("_")
            width = self.config.token_heads[head] if kind == "token" else len(self.config.text_heads[head])
            logits[name] = np.empty((int(bounds[-1]) if kind == "token" else count, width), dtype=np.float32)

        def forward(group: NDArray[np.int64]) -> None:
            ids = windows.ids(group)
            outputs = self._session.run([EMBEDDING, *(f"{name}.logits" for name in names)], {IDS: ids})
            vectors[group] = outputs[0]
            for name, output in zip(names, outputs[1:], strict=True):
                places = bounds[group][:, None] + np.arange(ids.shape[1]) if name.startswith("token_") else group
                logits[name][places] = output

        groups = batches(windows.lengths, tokens=self.batch_tokens, rows=rows)
        if self.threads == 1 or len(groups) <= 1:
            for group in groups:
                forward(group)
        else:
            with ThreadPoolExecutor(self.threads) as pool:
                for _ in pool.map(forward, groups):
                    pass
        return vectors, logits

    def _weights(self, owners: NDArray[np.int64], logits: Logits) -> Floats:
        """Weight of each window in its text, float32, summing to 1 for each text."""
        head = self.config.window_head
        scores = np.zeros(len(owners))
        if head is not None:
            nothing = self.config.text_heads[head].index(NOTHING)
            found = logits[f"text_{head}"].astype(np.float64)
            scores = np.logaddexp.reduce(np.delete(found, nothing, axis=1), axis=1) - found[:, nothing]
        highest = np.full(owners.max(initial=-1) + 1, -np.inf)
        np.maximum.at(highest, owners, scores)
        powers = np.exp(self.config.window_sharpness * (scores - highest[owners]))
        totals = np.bincount(owners, powers)
        return np.asarray(powers / totals[owners], dtype=np.float32)

    def _outputs(self, count: int, windows: Windows, logits: Logits, weights: Floats) -> HeadOutputs:
        """Join what was said of the windows of each text."""
        owners, bounds = windows.texts, windows.bounds
        firsts = np.searchsorted(owners, np.arange(count + 1))  # the first window of each text
        tokens = {name: logits[f"token_{name}"] for name in self.config.token_heads}
        classes = {name: logits[f"text_{name}"] for name in self.config.text_heads}
        if not windows.whole.all():
            added = np.repeat(np.log(weights + _LEAST), windows.lengths)[:, None].astype(np.float32)
            tokens = {name: said + added for name, said in tokens.items()}
            classes = {name: _summed(owners, said * weights[:, None]) for name, said in classes.items()}
        return HeadOutputs(bounds[firsts], windows.offsets(), tokens, classes)


def _summed(owners: NDArray[np.int64], rows: Floats) -> Floats:
    """Add up the rows of each owner, float32 ``(owners, width)``; owners rise from 0 without a gap."""
    return np.asarray(np.add.reduceat(rows, np.flatnonzero(np.diff(owners, prepend=-1))), dtype=np.float32)


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
    onnxruntime = onnx_runtime()
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
