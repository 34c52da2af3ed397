"""How fast records are read and written, and in how much memory.

    python benchmarks/records.py [--rows 200000]

Writes a file of Alpaca rows (about 320 bytes each) in each format, and times in a process of its own one pass over its
batches and one write of every second row with a column added. Prints rows per second of processor time (one
core; other work on the machine hardly moves it) and the peak of resident memory.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAMES = ("a.jsonl", "a.jsonl.gz", "a.json", "indented.json", "conversations.jsonl", "a.csv", "a.parquet", "a.arrow")


def make(folder: Path, rows: int) -> None:
    """Write the files."""
    import random

    from taskscape.records import open_dataset, write_dataset

    rng = random.Random(0)
    words = [
        "write",
        "explain",
        "list",
        "poem",
        "summary",
        "report",
        "of",
        "the",
        "a",
        "about",
        "in",
        "detail",
        "please",
        "data",
        "for",
        "with",
        "and",
        "to",
    ]
    source = folder / "a.jsonl"
    with source.open("w") as file, (folder / "conversations.jsonl").open("w") as talks:
        for number in range(rows):
            text, answer = " ".join(rng.choices(words, k=10)), " ".join(rng.choices(words, k=40))
            file.write(json.dumps({"id": number, "instruction": text, "input": "", "output": answer}) + "\n")
            turns = [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]
            talks.write(json.dumps({"id": number, "messages": turns}) + "\n")
    for name in NAMES:
        if name not in ("a.jsonl", "conversations.jsonl", "indented.json"):
            write_dataset(open_dataset(source), folder / name, rows=range(rows))
    (folder / "indented.json").write_text(json.dumps([json.loads(line) for line in source.open()], indent=2))


def measure(path: Path) -> None:
    """Read and write one file; print seconds, rows and the peak of memory as JSON."""
    import numpy as np

    from taskscape.records import open_dataset, write_dataset

    begin = time.process_time()
    numbers = np.concatenate([batch["row"].to_numpy() for batch in open_dataset(path).batches()])
    read = time.process_time()
    chosen = numbers[::2]
    write_dataset(
        open_dataset(path), path.with_name(f"out-{path.name}"), rows=chosen, columns={"task": ["x|y"] * len(chosen)}
    )
    wrote = time.process_time()
    # Not ru_maxrss: that begins at what the parent process had.
    peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024  # type: ignore[index]
    print(json.dumps({"rows": len(numbers), "read": read - begin, "write": wrote - read, "peak_mb": peak}))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        measure(options.one)
        return
    print(f"{'file':<22}{'MB':>7}{'read rows/s':>14}{'write rows/s':>14}{'peak MB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), options.rows)
        for name in NAMES:
            path = Path(folder, name)
            command = [sys.executable, __file__, "--one", str(path)]
            result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            rows = result["rows"]
            print(
                f"{name:<22}{path.stat().st_size / 1e6:>7.1f}{rows / result['read']:>14,.0f}"
                f"{rows / result['write']:>14,.0f}{result['peak_mb']:>9.0f}"
            )


if __name__ == "__main__":
    main()
