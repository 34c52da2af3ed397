"""How much disk each extra takes: ``python -m benchmarks.extras`` in an environment that has them all.

For each extra the packages that it installs beside those of the core, and the bytes of their files as installed here.
Torch is counted as it is installed: a build with CUDA is several times as large as one for the processor.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def closure(
    name: str, extras: frozenset[str] = frozenset(), seen: set[tuple[str, frozenset[str]]] | None = None
) -> set[str]:
    """Name the distributions that installing one brings, itself among them."""
    seen = set() if seen is None else seen
    key = canonicalize_name(name), extras
    if key in seen:
        return set()
    seen.add(key)
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return set()
    found: set[str] = {key[0]}
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            found |= closure(requirement.name, frozenset(requirement.extras), seen)
    return found


def megabytes(name: str) -> float:
    """Size of a distribution's files, 1 MB = 10⁶ bytes."""
    paths = [Path(str(file.locate())) for file in metadata.files(name) or []]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def main() -> None:
    """Print a table in Markdown."""
    core = closure("taskscape") - {"taskscape"}
    print("| Extra | Further packages | MB | of which the largest |")
    print("|---|---|---|---|")
    print(f"| (core) | {len(core)} | {sum(map(megabytes, core)):,.0f} | {_largest(core)} |")
    for extra in metadata.metadata("taskscape").get_all("Provides-Extra") or []:
        added = closure("taskscape", frozenset({extra})) - core - {"taskscape"}
        print(f"| `{extra}` | {len(added)} | {sum(map(megabytes, added)):,.0f} | {_largest(added)} |")


def _largest(names: set[str]) -> str:
    sizes = sorted(((megabytes(name), name) for name in names), reverse=True)[:3]
    return ", ".join(f"{name} {size:,.0f}" for size, name in sizes)


if __name__ == "__main__":
    main()
