"""Builds wheel and sdist into ``dist``, and proves that they can be built again: ``make package``.

The second build starts from the unpacked sdist, in another folder, with other times and permissions of files. Its
wheel and sdist must have the same bytes; so the sdist is complete, too. ``SOURCE_DATE_EPOCH``, where it is set, gives
the time that is written into the archives; otherwise hatchling's own constant does. Price: about 20 s.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 60_000_000  # bytes of the wheel


def build(source: Path, output: Path) -> dict[str, str]:
    """Build both archives and give the SHA-256 of each by name."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(output), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(output.glob("taskscape-*"))}


def build_again(sdist: Path) -> dict[str, str]:
    """Build from an unpacked sdist whose files look different from outside."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        (source,) = Path(folder).iterdir()
        for path in source.rglob("*"):
            path.chmod(0o700 if path.stat().st_mode & 0o100 else 0o600)
            os.utime(path, (1_000_000_000, 1_000_000_000))
        return build(source, Path(folder) / "built")


def main() -> None:
    """Build twice, compare, and check the size."""
    dist = ROOT / "dist"
    for old in dist.glob("taskscape-*"):
        old.unlink()
    first = build(ROOT, dist)
    (sdist,) = dist.glob("*.tar.gz")
    (wheel,) = dist.glob("*.whl")
    second = build_again(sdist)
    for name, digest in first.items():
        print(f"{digest}  {name}  {(dist / name).stat().st_size / 1e6:.1f} MB")
    if first != second:
        sys.exit(f"the second build differs: {second}")
    if wheel.stat().st_size > LARGEST:
        sys.exit(f"the wheel is larger than {LARGEST / 1e6:.0f} MB")
    subprocess.run([sys.executable, str(ROOT / "scripts/bill_of_materials.py"), "-o", str(dist)], check=True)
    print("The second build, from the sdist, gave the same bytes.")


if __name__ == "__main__":
    main()
