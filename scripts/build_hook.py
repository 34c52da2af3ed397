"""Part of the build of the wheel: puts a bill of materials of its contents into it (PEP 770)."""

from __future__ import annotations

import json
import runpy
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BillOfMaterials(BuildHookInterface):  # type: ignore[type-arg]
    """Writes the bill of materials to a temporary folder and hands it to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the bill of materials to the wheel; an editable one has no contents of its own."""
        if version == "editable":
            return
        made = runpy.run_path(str(Path(self.root) / "scripts" / "bill_of_materials.py"))
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / made["BOM_FILE"]
        document = made["bill"](Path(self.root))
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf8")
        build_data["sbom_files"].append(str(path))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Clear the temporary folder away."""
        if version != "editable":
            self._folder.cleanup()
