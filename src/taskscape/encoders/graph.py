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
        x = _embed(g, weights, shape)
        for number in range(shape.layers):
            x = _layer(g, weights, shape, x, number)
    except KeyError as error:
        raise EncoderError(
            f"these are not the weights of a BERT encoder of {shape.layers} layers: no {error}."
        ) from error
    _pool_and_read(g, x, shape, heads or {}, projections)
    inputs = [g.helper.make_tensor_value_info("input_ids", INT32, ["texts", "tokens"])]
    graph = g.helper.make_graph(g.nodes, "encoder", inputs, g.outputs, g.weights)
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


def _pool_and_read(
    g: _Writer, x: str, shape: Shape, heads: Weights, projections: Sequence[tuple[Array, Array | None]]
) -> None:
    """Pool token vectors into the embedding, and give the logits of all heads. These are small and stay float32."""
    # A product with ones and not a ReduceMean, whose order of additions depends on the number of texts.
    length = g.node("Shape", "input_ids", start=1, end=2)
    ones = g.node("Expand", g.weight("one", [[1.0]]), length)  # (1, tokens)
    total = g.node("Squeeze", g.node("MatMul", ones, x), g.axis("pooled.axis", 1))
    mean = pooled = g.node("Div", total, g.node("Cast", length, to=FLOAT))
    if "pooling.weight" in heads:
        pooled = _attention_pooled(g, x, mean, heads)
    dimension = shape.hidden
    for number, (weight, bias) in enumerate(projections):
        pooled = g.exact_product(pooled, weight, bias, f"projection.{number}")
        dimension = len(weight)
    g.output(g.node("LpNormalization", pooled, axis=-1, p=2), "embedding", ["texts", dimension])
    for kind, source, lead in (("token", x, ["texts", "tokens"]), ("text", mean, ["texts"])):
        for name in head_names(heads, kind):
            weight, bias = heads[f"{kind}/{name}.weight"], heads.get(f"{kind}/{name}.bias")
            logits = g.exact_product(source, weight, bias, f"{kind}_{name}")
            g.output(logits, f"{kind}_{name}.logits", [*lead, len(weight)])


def _attention_pooled(g: _Writer, x: str, mean: str, heads: Weights) -> str:
    """Mix the mean of the token vectors with means by softmax shares of learned scores, ``(texts, hidden)``."""
    scores = g.exact_product(x, heads["pooling.weight"], heads["pooling.bias"], "pooling")
    turned = g.node("Transpose", scores, perm=[0, 2, 1])  # (texts, attentions, tokens)
    means = g.node("MatMul", g.node("Softmax", turned, axis=-1), x)
    every = g.node("Concat", g.node("Unsqueeze", mean, g.axis("mean.axis", 1)), means, axis=1)
    mix = g.weight("pooling.mix", heads["pooling.mix"].reshape(1, 1, -1))
    return g.node("Squeeze", g.node("MatMul", mix, every), g.axis("mixed.axis", 1))


def head_names(heads: Weights, kind: str) -> list[str]:
    """Names of the heads of a kind (``"token"`` or ``"text"``), sorted."""
    start, end = f"{kind}/", ".weight"
    return sorted(name[len(start) : -len(end)] for name in heads if name.startswith(start) and name.endswith(end))
