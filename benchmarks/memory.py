"""Peak memory of `taskscape.embed` at growing numbers of rows: it should not grow with them.

    python -m benchmarks.memory [--rows 20000 100000 500000] [--encoder hashing]

Writes files of made-up instructions (about 90 characters each), embeds each in a fresh process without the cache, and
prints the process's peak. The encoder ``hashing`` is the tests' toy at 384 dimensions, so that reading and the store
are what is measured; any other name is loaded as an encoder.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VERBS = re.findall(r"\w+", "write explain list translate classify summarize compare describe generate rewrite")
NOUNS = re.findall(r"\w+", "poem story sentence email function recipe plan essay question table theorem review song")
ABOUT = re.findall(r"\w+", "sea garden old friends winter trains music prices health moon glass numbers bread")


def write_instructions(path: Path, rows: int) -> None:
    """Write so many different instructions as JSON Lines, always the same ones."""
    choice = random.Random(0)
    with path.open("w") as file:
        for row in range(rows):
            words = " ".join(choice.choices(ABOUT, k=choice.randint(3, 18)))
            text = f"{choice.choice(VERBS)} the {choice.choice(NOUNS)} number {row} about {words}"
            file.write(json.dumps({"instruction": text, "output": "x" * choice.randint(0, 200)}) + "\n")


def measure(source: Path, encoder_name: str) -> None:
    """Embed in this process and print rows, seconds and the peak as JSON."""
    from taskscape.encoders import load_encoder
    from taskscape.records import open_dataset
    from taskscape.vectors import embed
    from tests.toy import HashingEncoder

    encoder = HashingEncoder(384) if encoder_name == "hashing" else load_encoder(encoder_name)
    start = time.perf_counter()
    store = embed(open_dataset(source), encoder=encoder, store=source.with_suffix(".store"))
    seconds = time.perf_counter() - start
    status = Path("/proc/self/status").read_text()  # ru_maxrss would count the parent's peak too
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    sys.stdout.write(json.dumps({"rows": len(store), "seconds": seconds, "mb": peak}))


def main() -> None:
    """Run each size, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 100_000, 500_000])
    parser.add_argument("--encoder", default="hashing")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.encoder)
        return
    print(f"encoder {options.encoder}\n| rows | peak MB | seconds |\n|---|---|---|")
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "source.jsonl"
            write_instructions(source, rows)
            command = [sys.executable, "-m", "benchmarks.memory", "--measure", str(source)]
            command += ["--encoder", options.encoder]
            figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(f"| {figures['rows']:,} | {figures['mb']:.0f} | {figures['seconds']:.1f} |", flush=True)


if __name__ == "__main__":
    main()
