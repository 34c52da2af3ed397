"""A BERT encoder as an ONNX graph, put together from its weights without torch.

What
    Token ids → token vectors → pooled, unit embedding, and the logits of any heads, all in one pass.
Why
    An exporter that traces torch gives a graph of hundreds of small nodes that change from version to version. Written
    down directly, the graph is small, the same every time, and made of the operators that were measured to be quickest
    on processors: 8-bit products that also add the bias, onnxruntime's attention, and an addition with a plain layer
    normalisation, which takes a fifth of the time of the operator that fuses both.
No padding
    Texts of equal length run together, so there is no mask, and none of the work that it makes.
Price
    It knows one architecture: BERT with learned positions and GELU, of any number of layers and any widths.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.encoders.quantisation import quantise_product, quantise_table
from taskscape.errors import EncoderError
from taskscape.extras import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taskscape.encoders.quantisation import Ranges

    Array = NDArray[Any]
    Weights = Mapping[str, Array]

MICROSOFT = "com.microsoft"  # the domain of onnxruntime's own operators
OPSET = 18
IR_VERSION = 9
FLOAT, INT32 = 1, 6  # TensorProto.FLOAT and .INT32


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a BERT encoder.

    Attributes
    ----------
    layers, heads, hidden
        Transformer layers, attention heads in each, length of a token vector.
    epsilon
        Added to the variance where vectors are normalised.
    """

    layers: int
    heads: int
    hidden: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph, and where its products read.

    Attributes
    ----------
    model
        The ``onnx.ModelProto``.
    inputs
        Product → the value in the graph that it multiplies. Calibration looks at these.
    """

    model: Any
    inputs: Mapping[str, str]


@dataclass
class _Writer:
    """Collects nodes and weights; each method adds one step and gives the name of its output."""

    ranges: Ranges | None  # of the products' inputs; None for float32 products
    helper: Any = field(default_factory=lambda: require("onnx.helper", purpose="Exporting a model"))
    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)

    def weight(self, name: str, value: Any, dtype: Any = np.float32) -> str:
        numpy_helper = require("onnx.numpy_helper", purpose="Exporting a model")
        self.weights.append(numpy_helper.from_array(np.array(value, dtype=dtype, order="C"), name))
        return name

    def axis(self, name: str, value: int) -> str:
        return self.weight(name, [value], np.int64)

    def nodes_of(
        self, kind: str, inputs: Sequence[str], count: int, *, own: bool = False, **attributes: Any
    ) -> list[str]:
        name = f"{kind}_{len(self.nodes)}"
        names = [f"{name}_{i}" for i in range(count)]
        domain = MICROSOFT if own else ""
        self.nodes.append(self.helper.make_node(kind, list(inputs), names, name=name, domain=domain, **attributes))
        return names

    def node(self, kind: str, *inputs: str, own: bool = False, **attributes: Any) -> str:
        return self.nodes_of(kind, inputs, 1, own=own, **attributes)[0]

    def output(self, value: str, name: str, shape: Sequence[str | int]) -> None:
        self.nodes.append(self.helper.make_node("Identity", [value], [name], name=name))
        self.outputs.append(self.helper.make_tensor_value_info(name, FLOAT, list(shape)))

    def exact_product(self, x: str, weight: Array, bias: Array | None, name: str) -> str:
        """Multiply by a weight of shape (out, in), as torch keeps it, and add a bias, in float32."""
        y = self.node("MatMul", x, self.weight(f"{name}.weight", weight.T))
        return y if bias is None else self.node("Add", y, self.weight(f"{name}.bias", bias))

    def product(self, x: str, weight: Array, bias: Array, name: str) -> str:
        """Multiply and add a bias, in 8 bits where ranges are known."""
        self.inputs[name] = x
        if self.ranges is None:
            return self.exact_product(x, weight, bias, name)
        q = quantise_product(weight, *self.ranges[name])
        evened = self.node("Mul", x, self.weight(f"{name}.evening", q.evening))
        scale, zero = self.weight(f"{name}.scale", q.input_scale), self.weight(f"{name}.zero", q.input_zero, np.uint8)
        rounded = self.node("QuantizeLinear", evened, scale, zero)
        parts = [
            self.weight(f"{name}.weight", q.weight.T, np.int8),
            scale,
            self.weight(f"{name}.scales", q.scales),
            zero,
        ]
        return self.node("MatMulIntegerToFloat", rounded, *parts, "", self.weight(f"{name}.bias", bias), own=True)


def build(
    weights: Weights,
    shape: Shape,
    *,
    heads: Weights | None = None,
    projections: Sequence[tuple[Array, Array | None]] = (),
    naming: Weights | None = None,
    ranges: Ranges | None = None,
) -> Graph:
    """Put the graph together.

    Parameters
    ----------
    weights
        BERT weights by their names without the prefix ``bert.``: ``embeddings.word_embeddings.weight`` …
    shape
        Sizes.
    heads
        Weights of heads, see `taskscape.training.export.export`.
    projections
        Linear layers between the pooled vector and the embedding: weight ``(out, in)``, and bias ``(out,)`` or None.
    naming
        Weights of `taskscape.training.naming.TaskNaming`, which add the task's name to the pooled vector; None adds
        nothing. Needs the heads ``token/verb``, ``token/noun``, ``text/verb`` and ``text/noun``.
    ranges
        Product → lowest and highest value of each of its inputs; makes an 8-bit graph. None makes a float32 one.

    Returns
    -------
    Graph
        The graph: input ``input_ids`` (int32 ``(texts, tokens)``, texts of equal length, no padding), outputs
        ``embedding`` and the heads' logits.

    Raises
    ------
    EncoderError
        A weight is missing.
    """
    g = _Writer(ranges)
    try:
        x = inputs = _embed(g, weights, shape)
        for number in range(shape.layers):
            x = _layer(g, weights, shape, x, number)
    except KeyError as error:
        raise EncoderError(
            f"these are not the weights of a BERT encoder of {shape.layers} layers: no {error}."
        ) from error
    mean = _mean(g, x)
    logits = _read(g, x, mean, heads or {})
    pooled = mean if naming is None else _named(g, inputs, mean, logits, naming)
    dimension = shape.hidden
    for number, (weight, bias) in enumerate(projections):
        pooled = g.exact_product(pooled, weight, bias, f"projection.{number}")
        dimension = len(weight)
    g.output(_unit(g, pooled), "embedding", ["texts", dimension])
    ids = [g.helper.make_tensor_value_info("input_ids", INT32, ["texts", "tokens"])]
    graph = g.helper.make_graph(g.nodes, "encoder", ids, g.outputs, g.weights)
    opsets = [g.helper.make_opsetid("", OPSET), g.helper.make_opsetid(MICROSOFT, 1)]
    model = g.helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="taskscape")
    return Graph(model, g.inputs)


def _embed(g: _Writer, weights: Weights, shape: Shape) -> str:
    """Sum word, position and type vectors, and normalise them."""
    words = weights["embeddings.word_embeddings.weight"]
    if g.ranges is None:
        x = g.node("Gather", g.weight("words", words), "input_ids")
    else:
        table, scales = quantise_table(words)
        rows = g.node("Cast", g.node("Gather", g.weight("words", table, np.int8), "input_ids"), to=FLOAT)
        x = g.node("Mul", rows, g.node("Gather", g.weight("words.scales", scales), "input_ids"))
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    length = g.node("Shape", "input_ids", start=1, end=2)
    start, axis = g.axis("positions.start", 0), g.axis("positions.axis", 0)
    x = g.node("Add", x, g.node("Slice", g.weight("positions", positions), start, length, axis))
    scale = g.weight("embeddings.norm.scale", weights["embeddings.LayerNorm.weight"])
    shift = g.weight("embeddings.norm.shift", weights["embeddings.LayerNorm.bias"])
    return g.node("LayerNormalization", x, scale, shift, axis=-1, epsilon=shape.epsilon)


def _layer(g: _Writer, weights: Weights, shape: Shape, x: str, number: int) -> str:
    """One transformer layer: attention, then two products around a GELU; each added to its input and normalised."""

    def get(name: str) -> Array:
        return weights[f"encoder.layer.{number}.{name}"]

    def product(x: str, layer: str, name: str) -> str:
        return g.product(x, get(f"{layer}.weight"), get(f"{layer}.bias"), f"{number}.{name}")

    def add_and_norm(y: str, x: str, norm: str) -> str:
        parts = [g.weight(f"{number}.{name}", get(name)) for name in (f"{norm}.weight", f"{norm}.bias")]
        return g.node("LayerNormalization", g.node("Add", y, x), *parts, axis=-1, epsilon=shape.epsilon)

    names = [f"attention.self.{part}" for part in ("query", "key", "value")]
    joined, bias = (np.concatenate([get(f"{name}.{part}") for name in names]) for part in ("weight", "bias"))
    parts = g.nodes_of("Split", [g.product(x, joined, bias, f"{number}.qkv")], 3, axis=-1, num_outputs=3)
    attended = g.node("MultiHeadAttention", *parts, own=True, num_heads=shape.heads)
    x = add_and_norm(product(attended, "attention.output.dense", "attention"), x, "attention.output.LayerNorm")
    inner = g.node("Gelu", product(x, "intermediate.dense", "inner"), own=True)
    return add_and_norm(product(inner, "output.dense", "outer"), x, "output.LayerNorm")


def _mean(g: _Writer, x: str) -> str:
    """Mean of the token vectors, ``(texts, hidden)``; what is read off it is small and stays float32."""
    # A product with ones and not a ReduceMean, whose order of additions depends on the number of texts.
    length = g.node("Shape", "input_ids", start=1, end=2)
    ones = g.node("Expand", g.weight("one", [[1.0]]), length)  # (1, tokens)
    total = g.node("Squeeze", g.node("MatMul", ones, x), g.axis("pooled.axis", 1))
    return g.node("Div", total, g.node("Cast", length, to=FLOAT))


def _read(g: _Writer, x: str, mean: str, heads: Weights) -> dict[str, str]:
    """Give the logits of all heads, by the names of the heads."""
    found = {}
    for kind, source, lead in (("token", x, ["texts", "tokens"]), ("text", mean, ["texts"])):
        for name in head_names(heads, kind):
            weight, bias = heads[f"{kind}/{name}.weight"], heads.get(f"{kind}/{name}.bias")
            found[f"{kind}/{name}"] = logits = g.exact_product(source, weight, bias, f"{kind}_{name}")
            g.output(logits, f"{kind}_{name}.logits", [*lead, len(weight)])
    return found


def _named(g: _Writer, inputs: str, mean: str, logits: Mapping[str, str], naming: Weights) -> str:
    """Turn the mean and add the task's name to it: `taskscape.training.naming.TaskNaming`, step by step."""
    if missing := {f"{kind}/{word}" for kind in ("token", "text") for word in ("verb", "noun")} - set(logits):
        raise EncoderError(f"a model that names tasks needs the heads {', '.join(sorted(missing))} to be exported too.")
    mean = _unit(g, mean)
    words = []
    for word in ("verb", "noun"):
        shares = g.node("Softmax", logits[f"text/{word}"], axis=-1)
        turned = g.node("Transpose", g.node("Softmax", logits[f"token/{word}"], axis=1), perm=[0, 2, 1])
        pointed = g.node("Squeeze", g.node("MatMul", turned, inputs), g.axis(f"naming.{word}.axis", 1))
        first = [g.axis(f"naming.{word}.{name}", value) for name, value in (("start", 0), ("end", 1), ("of", 1))]
        known = g.node("Concat", g.node("Mul", g.node("Slice", shares, *first), pointed), shares, axis=-1)
        words.append(_unit(g, g.exact_product(known, naming[f"{word}.weight"], None, f"naming.{word}")))
    name = g.exact_product(_unit(g, g.node("Mul", *words)), naming["name.weight"], None, "naming.name")
    gate = g.node("Sigmoid", g.exact_product(mean, naming["gate.weight"], naming["gate.bias"], "naming.gate"))
    turned = _unit(g, g.exact_product(mean, naming["turn.weight"], None, "naming.turn"))
    return g.node("Add", turned, g.node("Mul", gate, name))


def _unit(g: _Writer, rows: str) -> str:
    return g.node("LpNormalization", rows, axis=-1, p=2)


def head_names(heads: Weights, kind: str) -> list[str]:
    """Names of the heads of a kind (``"token"`` or ``"text"``), sorted."""
    start, end = f"{kind}/", ".weight"
    return sorted(name[len(start) : -len(end)] for name in heads if name.startswith(start) and name.endswith(end))
