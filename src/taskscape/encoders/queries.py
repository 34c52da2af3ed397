"""Settings inside an encoder's name: ``hf:PATH?template=pie&pooling=last-2``, as in the address of a web page.

One line of a command, of a grid file or of a manifest then says everything about an encoder. Values are
percent-decoded, so that a template of one's own can stand there too; a keyword of `taskscape.load_encoder` of the same
name says the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

TRUE, FALSE = frozenset({"1", "true", "yes"}), frozenset({"0", "false", "no"})
PLAIN = "/:,{}@"  # readable in a name without being mistaken for a separator


def parse(
    rest: str, defaults: Mapping[str, Any], given: Mapping[str, Any], *, encoder: str
) -> tuple[str, dict[str, Any]]:
    """Take apart what follows an encoder's prefix.

    Parameters
    ----------
    rest
        ``"PATH"`` or ``"PATH?name=value&name=value"``.
    defaults
        Every setting there is, with its default: its type is how a value is read, None being any text.
    given
        Settings given as keywords.
    encoder
        Name of the encoder, for messages.

    Returns
    -------
    path
        What stands before the question mark.
    settings
        All of `defaults`, with what was given put in.

    Raises
    ------
    UsageError
        A setting is unknown, given twice, or its value cannot be read.
    """
    path, _, query = rest.partition("?")
    settings: dict[str, Any] = {}
    pairs = [*parse_qsl(query, keep_blank_values=True), *given.items()]
    # A part without "=" is dropped by the standard parser: here it is an error like any other unknown name.
    pairs += [(part, "") for part in query.split("&") if part and "=" not in part]
    for name, value in pairs:
        if name not in defaults:
            raise UsageError(f"{encoder} has no setting {name!r}. Its settings: {', '.join(sorted(defaults))}.")
        if name in settings and settings[name] != _read(name, value, defaults[name], encoder):
            raise UsageError(f"{encoder}: the setting {name} is given twice, as {settings[name]!r} and {value!r}.")
        settings[name] = _read(name, value, defaults[name], encoder)
    return path, {**defaults, **settings}


def spell(prefix: str, path: str, settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """Write a name that `parse` reads: only what differs from the defaults, sorted."""
    told = {name: value for name, value in sorted(settings.items()) if value != defaults[name]}
    query = "&".join(f"{name}={quote(_text(value), safe=PLAIN)}" for name, value in told.items())
    return f"{prefix}{path}" + (f"?{query}" if query else "")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(name: str, value: Any, default: Any, encoder: str) -> Any:
    """Turn the text of a value into the type of the setting's default."""
    if value is None or not isinstance(value, str) or default is None or isinstance(default, str):
        return value
    if isinstance(default, bool):
        if value.lower() in TRUE | FALSE:
            return value.lower() in TRUE
        raise UsageError(f"{encoder}: {name}={value!r} is neither yes nor no.")
    try:
        return int(value) if isinstance(default, int) else float(value)
    except ValueError:
        raise UsageError(f"{encoder}: {name}={value!r} is no number.") from None


def looks_like_id(path: str) -> bool:
    """Tell a model's id on a hub (``organisation/name``) from the path of a folder."""
    return re.fullmatch(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", path) is not None
