from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import taskscape


def test_all_is_sorted_and_every_name_is_there() -> None:
    assert taskscape.__all__ == sorted(taskscape.__all__)
    for name in taskscape.__all__:
        assert inspect.getdoc(getattr(taskscape, name)), f"{name} has no docstring"


def test_names_load_from_their_homes() -> None:
    assert set(taskscape._HOMES) == set(taskscape.__all__)
    for name, home in taskscape._HOMES.items():
        assert getattr(taskscape, name) is getattr(importlib.import_module(home), name)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(taskscape, "no_such_name")


def test_import_loads_no_heavy_package() -> None:
    code = "import sys, taskscape; print([m for m in ('numpy', 'pyarrow', 'onnxruntime') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
