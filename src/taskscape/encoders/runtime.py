"""onnxruntime, told to keep to itself before it is loaded.

From version 1.31 on its wheels for Linux keep a device identifier and a queue of events in the user's cache folder and
send them to its makers, unless ``ORT_DISABLE_TELEMETRY`` is set when the library is loaded; switching it off afterwards
comes too late. Nothing of taskscape reports on its use, so it is set here, for this process. Who has set the variable
is left to it.
"""

from __future__ import annotations

import os
from typing import Any


def onnx_runtime() -> Any:
    """Give the module `onnxruntime`, loaded without its telemetry."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime
