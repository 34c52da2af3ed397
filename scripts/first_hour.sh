#!/usr/bin/env bash
# A stranger's first hour, from the built wheel: a new environment with core dependencies only, then README's example and
# every block of the tutorial in a network namespace that has no route.
#   scripts/first_hour.sh [PYTHON…]     default: python3; `make package` first
# Needs the package index for the installation, and Linux with `unshare` for the rest.
set -euo pipefail
cd "$(dirname "$0")/.."
wheel=$(ls dist/taskscape-*.whl)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Away from the checkout, so that nothing is imported from it.
mkdir "$work/pages"
cp -r scripts examples "$work"
cp README.md docs/tutorial.md "$work/pages"

for python in "${@:-python3}"; do
    echo "== $("$python" --version)"
    "$python" -m venv --clear "$work/venv"
    began=$SECONDS
    "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel"
    echo "installed in $((SECONDS - began)) s, $(du -sm "$work/venv" | cut -f1) MB, without torch: $(
        "$work/venv/bin/python" -c 'import importlib.util as u; print(u.find_spec("torch") is None)')"
    began=$SECONDS
    (cd "$work" && unshare --map-root-user --net env HOME="$work/home" PATH="$work/venv/bin:$PATH" bash -euo pipefail -c '
        ! python -c "import socket; socket.create_connection((\"192.0.2.1\", 80), 2)" 2>/dev/null
        taskscape doctor
        python scripts/run_blocks.py --shell pages/README.md pages/tutorial.md')
    echo "the first hour's commands took $((SECONDS - began)) s"
done
