"""From a BERT folder to an encoder of ours: read the weights, build the graph, quantise it, write the layout.

The public door is `taskscape.training.export`; the work is here because ``minilm`` is exported on first use, by
this layer. Price: a minute at most for a model of 22 million weights, nearly all of it the calibration's forward
passes and disk.
"""

from __future__ import annotations

import importlib.resources
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.encoders.graph import Graph, Shape, build, head_names
from taskscape.encoders.layout import MODEL, TOKENIZER, EncoderConfig
from taskscape.encoders.runtime import onnx_runtime
from taskscape.encoders.tokens import WindowTokenizer
from taskscape.errors import EncoderError
from taskscape.tasks.label import NOTHING, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taskscape.encoders.quantisation import Ranges

    Weights = Mapping[str, NDArray[Any]]

WEIGHTS = "model.safetensors"
POOLING = "1_Pooling/config.json"
LENGTHS = "sentence_bert_config.json"
TOKENIZER_SETTINGS = "tokenizer_config.json"
MODULES = "modules.json"
HEADS, HEAD_CLASSES = "heads", "heads.json"
_WINDOW_HEAD = "verb"
_WEIGHED = {"windows": 32, "window_head": _WINDOW_HEAD, "window_sharpness": 8.0}  # long texts, where heads weigh them
_WINDOW_SHARE = 0.75  # of the longest input, in those windows
POSITIONS = "embeddings.position_embeddings.weight"


def export(
    folder: str | Path,
    output: str | Path,
    *,
    quantise: bool,
    heads: Weights | None = None,
    classes: Mapping[str, Sequence[str]] | None = None,
    calibration: Sequence[str] | None = None,
    **settings: Any,
) -> Path:
    """Write a BERT or sentence-transformers folder as an encoder that needs no torch.

    Parameters
    ----------
    folder
        Holds ``config.json``, ``model.safetensors``, ``tokenizer.json`` and perhaps sentence-transformers' pooling
        (which must be the mean), dense layers (which must be linear), length, and a layer that names the task
        (`taskscape.training.naming`). Layers are counted from the configuration.
    output
        Folder to write, complete or not at all; one that is there is replaced.
    quantise
        8-bit weights and products instead of float32.
    heads
        Weights of heads by name, ``hidden`` being the length of a token vector; by default those in the folder's
        ``heads/``, which training writes (`read_heads`):

        ``token/NAME.weight`` ``(k, hidden)``, ``token/NAME.bias`` ``(k,)``
            ``k`` logits at each token (a pointer has ``k = 1``).
        ``text/NAME.weight`` ``(classes, hidden)``, ``text/NAME.bias`` ``(classes,)``
            Logits of classes for each text, read off the plain mean of its token vectors.
    classes
        Text head → names of its classes, in the order of its rows; only with ``heads``.
    calibration
        Texts that show which values the activations take; by default the list that ships with taskscape.
    **settings
        Further settings of `taskscape.encoders.layout.EncoderConfig`: ``max_tokens`` (by default the folder's own),
        ``windows``, ``window_tokens``, ``window_head``, ``window_sharpness``, ``origin``, ``licence``. Where the
        folder's own heads can tell a text that asks for nothing, windows are by default cut where sentences end and
        weighed by that.

    Returns
    -------
    Path
        ``output``.

    Raises
    ------
    EncoderError
        The folder is no BERT encoder with mean pooling and layers as above, or a head does not fit it or is missing.
    MissingExtraError
        ``onnx`` is not installed.
    """
    folder, output = Path(folder), Path(output)
    if not folder.is_dir():
        raise EncoderError(f"there is no folder {folder}; give one that holds a trained model.")
    shape = _shape(folder)
    weights = {name.removeprefix("bert."): value for name, value in read_safetensors(folder / WEIGHTS).items()}
    own = heads is None
    if heads is None:
        heads, classes = read_heads(folder)
    classes = classes or {}
    heads = checked_heads(heads, classes, shape.hidden)
    projections, naming = _projections(folder), _naming(folder)
    positions = weights.get(POSITIONS, np.empty((0, 0), np.float32))
    length = _max_tokens(folder, settings.pop("max_tokens", None), len(positions))
    weights[POSITIONS] = positions[:length]
    if own and NOTHING in classes.get(_WINDOW_HEAD, ()):
        settings = _WEIGHED | {"window_tokens": int(_WINDOW_SHARE * length)} | settings
    config = EncoderConfig(
        dimension=len(projections[-1][0]) if projections else shape.hidden,
        max_tokens=length,
        layers=shape.layers,
        pooling="mean" if naming is None else "named",
        quantised=quantise,
        token_heads={name: len(heads[f"token/{name}.weight"]) for name in head_names(heads, "token")},
        text_heads={name: list(classes[name]) for name in head_names(heads, "text")},
        **settings,
    )
    definition = (folder / TOKENIZER).read_text(encoding="utf-8")
    graph = build(weights, shape, heads=heads, projections=projections, naming=naming)
    if quantise:
        tokenizer = WindowTokenizer(definition, max_tokens=length, most=1)
        ranges = calibrate(graph, tokenizer, calibration or calibration_texts())
        graph = build(weights, shape, heads=heads, projections=projections, naming=naming, ranges=ranges)
    _write(graph, definition, config, output)
    return output


def read_heads(folder: Path) -> tuple[dict[str, NDArray[np.float32]], dict[str, list[str]]]:
    """Read the task heads beside a trained model: weights and classes as `export` takes them, empty where none are.

    Raises
    ------
    EncoderError
        A file of theirs is missing or cannot be read, or the two do not fit.
    """
    place = folder / HEADS
    if not place.is_dir():
        return {}, {}
    settings, weights = _read_json(place / HEAD_CLASSES), read_safetensors(place / WEIGHTS)
    classes = {
        "verb": list(settings.get("verbs", ())),
        "noun": list(settings.get("nouns", ())),
        "kind": [str(kind) for kind in Kind],
    }
    ends = np.cumsum([len(members) for members in classes.values()])
    for layer, count in (("pointers", 2), ("classes", int(ends[-1]))):
        if any(len(weights.get(f"{layer}.{part}", ())) != count for part in ("weight", "bias")):
            raise EncoderError(f"{place / WEIGHTS} does not fit {HEAD_CLASSES}: {layer!r} has not {count} rows.")
    heads = {}
    for part in ("weight", "bias"):
        for row, name in enumerate(("verb", "noun")):
            heads[f"token/{name}.{part}"] = weights[f"pointers.{part}"][row : row + 1]
        for name, rows in zip(classes, np.split(weights[f"classes.{part}"], ends[:-1]), strict=True):
            heads[f"text/{name}.{part}"] = rows
    return heads, classes


def checked_heads(heads: Weights, classes: Mapping[str, Sequence[str]], hidden: int) -> Weights:
    """Check the names and shapes of head weights; see `export`.

    Raises
    ------
    EncoderError
        One is wrong.
    """
    for name, value in heads.items():
        kind, _, rest = name.partition("/")
        if kind not in {"token", "text"} or not rest.endswith((".weight", ".bias")):
            raise EncoderError(f"head weight {name!r} is not known: names are token/NAME.*, text/NAME.*")
        if name.endswith(".weight") and value.shape[1:] != (hidden,):
            raise EncoderError(f"head weight {name!r} has shape {value.shape}, not (outputs, {hidden})")
        if name.endswith(".bias") and name.removesuffix("bias") + "weight" not in heads:
            raise EncoderError(f"head weight {name!r} has no weight beside it")
        if name.endswith(".bias") and value.shape != heads[name.removesuffix("bias") + "weight"].shape[:1]:
            raise EncoderError(f"head weight {name!r} has shape {value.shape}, not one number for each output")
    for name in head_names(heads, "text"):
        if len(classes.get(name, ())) != len(heads[f"text/{name}.weight"]):
            raise EncoderError(f"text head {name!r} needs the name of each class: classes={{{name!r}: [...]}}")
    return heads


def calibrate(graph: Graph, tokenizer: WindowTokenizer, texts: Sequence[str]) -> Ranges:
    """Run a float32 graph over texts and note what its products read.

    Parameters
    ----------
    graph
        A float32 graph.
    tokenizer
        Its tokenizer.
    texts
        Texts like those to come.

    Returns
    -------
    mapping
        Product → lowest and highest value of each input, float32 ``(in,)`` each.
    """
    onnxruntime = onnx_runtime()
    model = type(graph.model)()
    model.CopyFrom(graph.model)
    for value in dict.fromkeys(graph.inputs.values()):
        model.graph.output.add(name=value)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    ranges: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
    windows = tokenizer.windows(texts, offsets=False)
    for number in range(len(windows.texts)):
        ids = windows.ids(np.array([number]))
        values = session.run(list(graph.inputs.values()), {"input_ids": ids})
        for name, value in zip(graph.inputs, values, strict=True):
            low, high = value.min(axis=(0, 1)), value.max(axis=(0, 1))
            known = ranges.get(name, (low, high))
            ranges[name] = (np.minimum(low, known[0]), np.maximum(high, known[1]))
    return ranges


def calibration_texts() -> list[str]:
    """Give the instructions, written for taskscape, on which activations are measured by default."""
    text = importlib.resources.files("taskscape.encoders").joinpath("calibration.txt").read_text(encoding="utf-8")
    return text.splitlines()


def read_safetensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read all floating-point tensors of a safetensors file as float32.

    Raises
    ------
    EncoderError
        The file is missing, cut short or not in this format.
    """
    try:
        data = path.read_bytes()
        start = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:start])
    except (OSError, ValueError) as error:
        raise EncoderError(f"{path} cannot be read as safetensors: {error}") from error
    header.pop("__metadata__", None)
    found = {}
    for name, entry in header.items():
        low, high = (start + offset for offset in entry["data_offsets"])
        if high > len(data):
            raise EncoderError(
                f"{path} is cut short: {name} ends at byte {high} of {len(data)}. Fetch or copy it again."
            )
        if entry["dtype"] in {"F32", "F16"}:
            values = np.frombuffer(data[low:high], dtype=f"<f{int(entry['dtype'][1:]) // 8}").astype(np.float32)
        elif entry["dtype"] == "BF16":  # the upper half of a float32
            values = (np.frombuffer(data[low:high], dtype="<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            continue  # integers: position numbers, which older files carry along
        found[name] = values.reshape(entry["shape"])
    return found


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(values, dict):
        raise EncoderError(f"{path} holds no JSON object.")
    return values


def _shape(folder: Path) -> Shape:
    """Read the sizes of a BERT folder, and refuse what the graph does not compute."""
    values = _read_json(folder / "config.json")
    if values.get("model_type") != "bert" or values.get("hidden_act") != "gelu":
        kind, act = values.get("model_type"), values.get("hidden_act")
        raise EncoderError(f"{folder} is a {kind!r} model with activation {act!r}; only BERT with gelu is exported.")
    if (folder / POOLING).is_file():
        pooling = _read_json(folder / POOLING)
        modes = {name for name, on in pooling.items() if name.startswith("pooling_mode_") and on is True}
        if modes - {"pooling_mode_mean_tokens"} or pooling.get("pooling_mode", "mean") != "mean":
            raise EncoderError(f"{folder / POOLING} does not pool by the mean.")
    epsilon = values.get("layer_norm_eps", 1e-12)
    return Shape(values["num_hidden_layers"], values["num_attention_heads"], values["hidden_size"], epsilon)


def _modules(folder: Path, kind: str) -> list[Path]:
    """Find the modules of a class among those of a sentence-transformers folder, in order."""
    if not (folder / MODULES).is_file():
        return []
    modules: list[dict[str, str]] = json.loads((folder / MODULES).read_text(encoding="utf-8"))
    return [folder / module["path"] for module in modules if module["type"].endswith(f".{kind}")]


def _projections(folder: Path) -> list[tuple[NDArray[np.float32], NDArray[np.float32] | None]]:
    """Read the dense layers that stand behind the pooling, and refuse those that are more than linear."""
    found = []
    for path in _modules(folder, "Dense"):
        settings = _read_json(path / "config.json")
        if not str(settings.get("activation_function")).endswith(".Identity") or settings.get("use_residual"):
            raise EncoderError(f"{path} has an activation or a residual; only linear dense layers are exported.")
        weights = read_safetensors(path / WEIGHTS)
        found.append((weights["linear.weight"], weights.get("linear.bias")))
    return found


def _naming(folder: Path) -> Weights | None:
    """Read the layer that names the task, if there is one."""
    found = _modules(folder, "TaskNaming")
    return read_safetensors(found[0] / WEIGHTS) if found else None


def _max_tokens(folder: Path, asked: int | None, positions: int) -> int:
    """Give the longest input: what was asked for, else the folder's own as sentence-transformers reads it."""
    told = _read_json(folder / LENGTHS).get("max_seq_length") if (folder / LENGTHS).is_file() else None
    if told is None and (folder / TOKENIZER_SETTINGS).is_file():  # it says 1e30 where it knows no end
        told = min(_read_json(folder / TOKENIZER_SETTINGS).get("model_max_length") or positions, positions)
    length = asked or told or positions
    if not 8 <= length <= positions:
        raise EncoderError(f"max_tokens={length} is not between 8 and {positions}, the positions of {folder}.")
    return int(length)


def _write(graph: Graph, definition: str, config: EncoderConfig, output: Path) -> None:
    """Write the layout beside its place, then move it there."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}-") as scratch:
        fresh = Path(scratch) / "fresh"
        fresh.mkdir()
        (fresh / MODEL).write_bytes(graph.model.SerializeToString(deterministic=True))
        (fresh / TOKENIZER).write_text(definition, encoding="utf-8")
        config.write(fresh)
        if output.exists():
            output.rename(Path(scratch) / "old")
        try:
            fresh.rename(output)
        except OSError:
            if not output.is_dir():  # else another process was quicker and wrote the same
                raise
