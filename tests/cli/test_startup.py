from __future__ import annotations

import subprocess
import sys
import time

# Loading any of these at start would make `--help` slow.
HEAVY = ["faiss", "numpy", "onnxruntime", "openTSNE", "pyarrow", "scipy", "sklearn", "spacy", "tokenizers", "torch"]


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['taskscape', '--help']\n"
        "from taskscape.cli.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('LOADED', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("LOADED []\n"), done.stdout[-300:]


def test_help_starts_within_300_ms() -> None:
    command = [sys.executable, "-m", "taskscape", "--help"]
    seconds = []
    for _ in range(7):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.3, seconds
