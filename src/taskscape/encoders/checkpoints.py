"""A causal or masked language model of Hugging Face's form, opened for reading its hidden states (extra ``torch``).

A folder is opened where it lies. An id is looked up in the local cache of models, and fetched only with
``download=True``; ``HF_HUB_OFFLINE`` forbids even that. Weights that a checkpoint lacks would be drawn at random by
`transformers`, with a warning: here that is an error, as an encoder with random layers looks like any other. No code
from a model's folder is run.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.encoders.base import digest
from taskscape.encoders.queries import looks_like_id
from taskscape.errors import EncoderError, UsageError
from taskscape.extras import require

if TYPE_CHECKING:
    from collections.abc import Iterator

PURPOSE = "An encoder hf:"
PRECISIONS = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
UNUSED = ("pooler", "lm_head", "position_ids", "cls.")  # parts that no hidden state passes through


@dataclass(frozen=True)
class Checkpoint:
    """An opened model.

    Attributes
    ----------
    model
        The network without its head, in evaluation mode, on its device.
    tokenizer
        Its tokenizer.
    precision
        ``fp32``, ``bf16``, ``fp16`` or ``int8``.
    causal
        Whether a token sees only those before it: measured, not read off a list of models.
    resumes
        Whether it can go on from the keys and values of a beginning and give the same: measured too.
    blocks, dimension
        Blocks of the network, and width of its hidden states.
    lacking
        Weights that the checkpoint lacks and that no hidden state passes through.
    """

    model: Any
    tokenizer: Any
    precision: str
    causal: bool
    resumes: bool
    blocks: int
    dimension: int
    lacking: frozenset[str]

    @property
    def longest(self) -> int | None:
        """Most tokens that the model and its tokenizer say they take; None where neither says."""
        config, tokenizer = self.model.config.get_text_config(), self.tokenizer
        told = [getattr(config, "max_position_embeddings", None), tokenizer.model_max_length]
        # Tables of learned positions begin after the padding's own row in models of RoBERTa's kind.
        told[0] = told[0] - self.first_position if told[0] else None
        known = [int(length) for length in told if length and 0 < length < 1_000_000]
        return min(known, default=None)

    @property
    def first_position(self) -> int:
        """Position of the first token: 0, or what stands after the padding's in models of RoBERTa's kind."""
        table = getattr(getattr(self.model, "embeddings", None), "position_embeddings", None)
        padding = getattr(table, "padding_idx", None)
        return 0 if padding is None else int(padding) + 1

    @property
    def takes_positions(self) -> bool:
        """Whether the network can be told the position of each token."""
        return "position_ids" in inspect.signature(self.model.forward).parameters

    def fingerprint(self) -> str:
        """Hash weights (adapters and quantisation included), words and special tokens.

        Cost: the weights pass through memory one tensor at a time, about a second for a gigabyte.
        """
        weights = [
            digest(name.encode(), str(value.dtype).encode(), _bytes_of(value)).encode()
            for name, value in sorted(self.model.state_dict().items())
            if name not in self.lacking
        ]
        vocabulary = repr(sorted(self.tokenizer.get_vocab().items())).encode()
        special = repr(sorted(self.tokenizer.special_tokens_map.items(), key=str)).encode()
        return digest(*weights, vocabulary, special, self.precision.encode())


def open_checkpoint(
    path: str, *, precision: str = "auto", device: str = "cpu", adapter: str | None = None, download: bool = False
) -> Checkpoint:
    """Open a model.

    Parameters
    ----------
    path
        Folder, or id on the hub.
    precision
        ``fp32``, ``bf16``, ``fp16``, ``int8`` (needs bitsandbytes), or ``auto``: bf16 on a GPU, fp32 elsewhere.
    device
        ``"cpu"``, ``"cuda"``, ``"cuda:1"`` …
    adapter
        Folder of a LoRA adapter, merged into the weights (in 8 bits it runs beside them).
    download
        Allow a fetch from the hub.

    Raises
    ------
    MissingExtraError
        torch, transformers, peft or bitsandbytes is needed and not installed.
    EncoderError
        It is no such model, or the adapter does not fit it.
    UsageError
        The precision or the device is unknown.
    """
    where = str(_folder(path))
    torch, transformers = require("torch", purpose=PURPOSE), require("transformers", purpose=PURPOSE)
    if precision not in {*PRECISIONS, "int8", "auto"}:
        raise UsageError(f"there is no precision {precision!r}. Take one of {', '.join(PRECISIONS)}, int8 or auto.")
    if precision == "auto":
        precision = "bf16" if device.startswith("cuda") else "fp32"
    placed = _placed(transformers, torch, precision, device)
    with _quiet(transformers):
        found = {"local_files_only": not download, "trust_remote_code": False}
        try:
            config = transformers.AutoConfig.from_pretrained(where, **found)
            if config.is_encoder_decoder:
                raise EncoderError(f"{path} is an encoder-decoder model: take a causal or a masked language model.")
            tokenizer = _tokenizer(transformers, where, found)
            kind = transformers.AutoModelForCausalLM if _for_causal(adapter) else transformers.AutoModel
            model, told = kind.from_pretrained(where, output_loading_info=True, **placed, **found)
        except (OSError, ValueError, KeyError, RuntimeError, ImportError, _unreadable()) as error:
            raise EncoderError(_failed(path, error, download=download)) from error
        lacking = frozenset(told["missing_keys"])
        if missing := sorted(name for name in lacking if not any(part in name for part in UNUSED)):
            raise EncoderError(f"{path} lacks {len(missing)} of its weights, such as {missing[0]}: it is incomplete.")
        if adapter is not None:
            model = _adapted(model, adapter, merge=precision != "int8")
    if _for_causal(adapter):  # the network inside, without the head that the adapter was trained under
        model = model.base_model
    try:
        model = (model if precision == "int8" else model.to(device)).eval()
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"device {device!r} cannot be used: {str(error).splitlines()[0]}") from error
    model.config.use_cache = False
    causal, blocks, dimension = _probed(model, torch)
    resumes = causal and _resumes(model, torch, precision)
    return Checkpoint(model, tokenizer, precision, causal, resumes, blocks, dimension, lacking)


def _folder(path: str) -> Path | str:
    """Check what was named as far as the file system tells."""
    folder = Path(path).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            kind = "a LoRA adapter" if (folder / "adapter_config.json").is_file() else "no model folder"
            raise EncoderError(
                f"{path} is {kind}: it has no config.json. Give a folder that Hugging Face's save_pretrained wrote"
                + (f", with ?adapter={path}." if kind.startswith("a ") else ".")
            )
        return folder
    if not looks_like_id(path):
        raise EncoderError(f"there is no model folder {path}.")
    return path


def _tokenizer(transformers: Any, where: str, found: dict[str, Any]) -> Any:
    try:
        return transformers.AutoTokenizer.from_pretrained(where, **found)
    except Exception as error:
        if type(error) is Exception:  # all that the tokenizers library raises at a broken file
            raise ValueError(f"its tokenizer cannot be read: {error}") from error
        raise


def _placed(transformers: Any, torch: Any, precision: str, device: str) -> dict[str, Any]:
    """Say in what precision, and for 8 bits on which device, weights are loaded."""
    if precision != "int8":
        return {"dtype": getattr(torch, PRECISIONS[precision])}
    require("bitsandbytes", purpose="8-bit weights")
    return {
        "quantization_config": transformers.BitsAndBytesConfig(load_in_8bit=True),
        "device_map": {"": device},
        "dtype": torch.float16,
    }


def _for_causal(adapter: str | None) -> bool:
    """Tell whether an adapter was trained on a model with its head, which is in the names of its weights."""
    if adapter is None:
        return False
    try:
        told = json.loads((Path(adapter) / "adapter_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"{adapter} is no LoRA adapter: its adapter_config.json cannot be read ({error})."
        ) from error
    return isinstance(told, dict) and told.get("task_type") == "CAUSAL_LM"


def _adapted(model: Any, adapter: str, *, merge: bool) -> Any:
    """Put an adapter on a model; one that fits only in part would change nothing, or something else."""
    peft = require("peft", purpose="An encoder hf: with an adapter")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of is checked below
        try:
            adapted = peft.PeftModel.from_pretrained(model, adapter)
        except (OSError, ValueError, KeyError, RuntimeError, _unreadable()) as error:
            raise EncoderError(f"the adapter {adapter} does not fit the model: {_first_line(error)}") from error
        held = set(peft.utils.load_peft_weights(adapter, device="cpu"))
        taken = set(peft.get_peft_model_state_dict(adapted))
    if held != taken:
        raise EncoderError(
            f"the adapter {adapter} does not fit the model: {len(held - taken)} of its {len(held)} weights have no "
            f"place in it, and {len(taken - held)} places stay empty."
        )
    return adapted.merge_and_unload() if merge else adapted.get_base_model()


def _probed(model: Any, torch: Any) -> tuple[bool, int, int]:
    """Find whether a later token leaves earlier states as they are to the last bit; count blocks; measure width."""
    ids = torch.tensor([[1, 2, 3, 4], [1, 2, 4, 3]], device=model.device)
    with torch.inference_mode():
        # One row at a time: in 8 bits a row may depend on its batch.
        one, other = (model(input_ids=row[None], output_hidden_states=True).hidden_states for row in ids)
    return bool(torch.equal(one[-1][0, :2], other[-1][0, :2])), len(one) - 1, int(one[-1].shape[-1])


def _resumes(model: Any, torch: Any, precision: str) -> bool:
    """Tell whether texts read on from a common beginning, repeated, get the vectors of texts read whole."""
    begin, ends = [1, 2, 3, 4, 5], [[2, 4, 1], [3, 1, 5]]
    whole = torch.tensor([begin + end for end in ends], device=model.device)
    try:
        with torch.inference_mode():
            wanted = model(input_ids=whole).last_hidden_state[:, len(begin) :].float()
            cache = model(input_ids=whole[:1, : len(begin)], use_cache=True).past_key_values
            cache.batch_repeat_interleave(len(ends))
            rest = model(input_ids=whole[:, len(begin) :], past_key_values=cache, use_cache=True)
            found = rest.last_hidden_state.float()
    except (AttributeError, TypeError, ValueError, RuntimeError):  # models with another kind of memory
        return False
    apart = (found - wanted).norm(dim=-1) / wanted.norm(dim=-1)
    return bool(apart.max() < (1e-5 if precision == "fp32" else 0.02))


def _bytes_of(value: Any) -> bytes:
    import torch

    flat = value.detach().cpu().contiguous().reshape(-1)
    return np.asarray(flat.view(torch.uint8)).tobytes()


@contextlib.contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Keep `transformers` from writing to the terminal."""
    logging = transformers.utils.logging
    verbosity, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bar:
            logging.enable_progress_bar()


def _unreadable() -> type[Exception]:
    error: type[Exception] = require("safetensors", purpose=PURPOSE).SafetensorError
    return error


def _failed(path: str, error: Exception, *, download: bool) -> str:
    if "couldn't connect" in str(error) and not Path(path).expanduser().is_dir():
        # transformers says so also where it was not allowed to connect.
        absent = f"there is no folder {path}, and no such model in the local cache of models."
        if not download:
            return f"{absent} Give its folder, or add ?download=yes to fetch it from the hub."
        return f"{absent} The hub was not reached: HF_HUB_OFFLINE is set, or there is no network."
    hint = " Models that bring their own code are not run." if "trust_remote_code" in str(error) else ""
    return f"{path} cannot be opened as a language model: {_first_line(error)}{hint}"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
