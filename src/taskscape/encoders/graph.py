"""A BERT encoder as an ONNX graph, put together from its weights without torch.

What
    Ids and mask → token vectors → pooled, unit embedding, and the logits of any heads, all in one pass. The
    operators are those that onnxruntime runs fastest on processors: its fused attention, skip-layer-norm, bias-GELU
    and 8-bit products.
Why
    An exporter that traces torch gives a graph of hundreds of small nodes that change from version to version, to
    be fused again afterwards by pattern. Written down directly, the graph is small, the same every time, and ours
    to quantise.
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

    def exact_product(self, x: str, weight: Array, name: str, bias: Array | None = None) -> str:
        """Multiply by a weight of shape (out, in), as torch keeps it, and add a bias, in float32."""
        y = self.node("MatMul", x, self.weight(f"{name}.weight", weight.T))
        return y if bias is None else self.node("Add", y, self.weight(f"{name}.bias", bias))

    def product(self, x: str, weight: Array, name: str) -> str:
        """Multiply by a weight of shape (out, in), in 8 bits where ranges are known."""
        self.inputs[name] = x
        if self.ranges is None:
            return self.exact_product(x, weight, name)
        x, table, a_scale, scales, zero = self.quantised(x, weight, name)
        return self.node("MatMulIntegerToFloat", x, table, a_scale, scales, zero, own=True)

    def quantised(self, x: str, weight: Array, name: str) -> tuple[str, str, str, str, str]:
        """Quantise a product's input and weight; names of both, of their scales, and of the input's zero."""
        assert self.ranges is not None  # noqa: S101 (for the type checker: both callers look first)
        q = quantise_product(weight, *self.ranges[name])
        evened = self.node("Mul", x, self.weight(f"{name}.evening", q.evening))
        scale, zero = self.weight(f"{name}.scale", q.input_scale), self.weight(f"{name}.zero", q.input_zero, np.uint8)
        rounded = self.node("QuantizeLinear", evened, scale, zero)
        table = self.weight(f"{name}.weight", q.weight.T, np.int8)
        return rounded, table, scale, self.weight(f"{name}.scales", q.scales), zero


def build(weights: Weights, shape: Shape, *, heads: Weights | None = None, ranges: Ranges | None = None) -> Graph:
    """Put the graph together.

    Parameters
    ----------
    weights
        BERT weights by their names without the prefix ``bert.``: ``embeddings.word_embeddings.weight`` …
    shape
        Sizes.
    heads
        Weights of heads, see `taskscape.training.export.export`.
    ranges
        Product → lowest and highest value of each of its inputs; makes an 8-bit graph. None makes a float32 one.

    Returns
    -------
    Graph
        The graph: inputs ``input_ids``, ``attention_mask`` (int32 ``(texts, tokens)``, padding behind), outputs
        ``embedding`` and the heads' logits.

    Raises
    ------
    EncoderError
        A weight is missing.
    """
    g = _Writer(ranges)
    try:
        x = _embed(g, weights, shape)
        lengths = g.node("ReduceSum", "attention_mask", g.axis("lengths.axis", 1), keepdims=0)
        for number in range(shape.layers):
            x = _layer(g, weights, shape, x, lengths, number)
    except KeyError as error:
        raise EncoderError(
            f"these are not the weights of a BERT encoder of {shape.layers} layers: no {error}."
        ) from error
    _pool_and_read(g, x, shape, heads or {})
    names = ("input_ids", "attention_mask")
    inputs = [g.helper.make_tensor_value_info(name, INT32, ["texts", "tokens"]) for name in names]
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


def _layer(g: _Writer, weights: Weights, shape: Shape, x: str, lengths: str, number: int) -> str:
    """One transformer layer: attention, then two products around a GELU; each added to its input and normalised."""

    def get(name: str) -> Array:
        return weights[f"encoder.layer.{number}.{name}"]

    def add_and_norm(y: str, x: str, bias: str, norm: str) -> str:
        parts = [g.weight(f"{number}.{name}", get(name)) for name in (f"{norm}.weight", f"{norm}.bias", bias)]
        return g.node("SkipLayerNormalization", y, x, *parts, own=True, epsilon=shape.epsilon)

    names = [f"attention.self.{part}" for part in ("query", "key", "value")]
    joined = np.concatenate([get(f"{name}.weight") for name in names])
    bias = g.weight(f"{number}.qkv.bias", np.concatenate([get(f"{name}.bias") for name in names]))
    g.inputs[f"{number}.qkv"] = x
    if g.ranges is None:
        table = g.weight(f"{number}.qkv.weight", joined.T)
        attended = g.node("Attention", x, table, bias, lengths, own=True, num_heads=shape.heads)
    else:
        rounded, table, scale, scales, zero = g.quantised(x, joined, f"{number}.qkv")
        zeros = g.weight(f"{number}.qkv.zeros", np.zeros(len(joined)), np.int8)
        inputs = [rounded, table, bias, scale, scales, lengths, zero, zeros]
        attended = g.node("QAttention", *inputs, own=True, num_heads=shape.heads)
    y = g.product(attended, get("attention.output.dense.weight"), f"{number}.attention")
    x = add_and_norm(y, x, "attention.output.dense.bias", "attention.output.LayerNorm")
    inner = g.product(x, get("intermediate.dense.weight"), f"{number}.inner")
    inner_bias = g.weight(f"{number}.inner.bias", get("intermediate.dense.bias"))
    y = g.product(g.node("BiasGelu", inner, inner_bias, own=True), get("output.dense.weight"), f"{number}.outer")
    return add_and_norm(y, x, "output.dense.bias", "output.LayerNorm")


def _pool_and_read(g: _Writer, x: str, shape: Shape, heads: Weights) -> None:
    """Pool token vectors into the embedding, and give the logits of all heads. These are small and stay float32."""
    mask = g.node("Unsqueeze", g.node("Cast", "attention_mask", to=FLOAT), g.axis("mask.axis", 1))
    shares = g.node("Div", mask, g.node("ReduceSum", mask, g.axis("count.axis", -1), keepdims=1))  # (texts, 1, tokens)
    squeezed = g.axis("pooled.axis", 1)
    mean = pooled = g.node("Squeeze", g.node("MatMul", shares, x), squeezed)
    if "pooling.weight" in heads:
        mixed = _attention_shares(g, x, mask, shares, heads)
        pooled = g.node("Squeeze", g.node("MatMul", mixed, x), squeezed)
    g.output(g.node("LpNormalization", pooled, axis=-1, p=2), "embedding", ["texts", shape.hidden])
    for kind, source, lead in (("token", x, ["texts", "tokens"]), ("text", mean, ["texts"])):
        for name in head_names(heads, kind):
            weight, bias = heads[f"{kind}/{name}.weight"], heads.get(f"{kind}/{name}.bias")
            logits = g.exact_product(source, weight, f"{kind}_{name}", bias)
            g.output(logits, f"{kind}_{name}.logits", [*lead, len(weight)])


def _attention_shares(g: _Writer, x: str, mask: str, shares: str, heads: Weights) -> str:
    """Mix the equal shares of the tokens with softmax shares by learned scores, ``(texts, 1, tokens)``."""
    scores = g.exact_product(x, heads["pooling.weight"], "pooling", heads["pooling.bias"])
    turned = g.node("Transpose", scores, perm=[0, 2, 1])  # (texts, attentions, tokens)
    absent = g.node("Sub", mask, g.weight("mask.one", 1.0))  # 0 at tokens, -1 at padding
    hidden = g.node("Mul", absent, g.weight("mask.far", 1e4))
    attention = g.node("Softmax", g.node("Add", turned, hidden), axis=-1)
    mix = g.weight("pooling.mix", heads["pooling.mix"].reshape(1, 1, -1))
    return g.node("MatMul", mix, g.node("Concat", shares, attention, axis=1))


def head_names(heads: Weights, kind: str) -> list[str]:
    """Names of the heads of a kind (``"token"`` or ``"text"``), sorted."""
    start, end = f"{kind}/", ".weight"
    return sorted(name[len(start) : -len(end)] for name in heads if name.startswith(start) and name.endswith(end))
