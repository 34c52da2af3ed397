"""What is inside the wheel and what it asks for, as a CycloneDX bill of materials and as a table of licences.

``python scripts/bill_of_materials.py -o FOLDER`` writes ``taskscape.cdx.json`` (CycloneDX 1.6) and ``licences.md``. The
build hook puts the former into every wheel (``*.dist-info/sboms``). Only the standard library is used, for it runs
wherever the package is built; a test holds the file against CycloneDX's own schema.

Nothing in it depends on time or place: the same tree gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import tomllib
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path("src/taskscape")
BOM_FILE = "taskscape.cdx.json"
# Licences that SPDX has an identifier for, among those that descriptions of our models name.
_SPDX = re.compile(r"Apache-2\.0|MIT|OFL-1\.1|CC-BY(-NC)?(-SA)?-\d\.\d|BSD-\d-Clause|ISC")
_NOTICE = re.compile(r"^((?:@[\w.-]+/)?[\w.-]+) (\d[\w.+-]*) \(([^)]+)\)$", re.MULTILINE)
_REQUIREMENT = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?\s*([^;]*)")

Component = dict[str, Any]


def bill(root: Path = ROOT) -> dict[str, Any]:
    """Make the bill of materials of a source tree.

    Parameters
    ----------
    root
        The folder with ``pyproject.toml``.

    Returns
    -------
    dict
        A CycloneDX 1.6 document.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf8"))["project"]
    main = {
        "type": "library",
        "bom-ref": "taskscape",
        "name": "taskscape",
        "version": project["version"],
        "description": project["description"],
        "licenses": [_licence(project["license"])],
        "purl": f"pkg:pypi/taskscape@{project['version']}",
    }
    bundled = [*_models(root), *_page_parts(root)]
    wanted = _dependencies(project)
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": main},
        "components": [*bundled, *wanted],
        "dependencies": [{"ref": "taskscape", "dependsOn": sorted(part["bom-ref"] for part in [*bundled, *wanted])}],
    }
    name = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    return document | {"serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, name)}"}


def licence_table(document: dict[str, Any]) -> str:
    """Render the licences of what is bundled, and of nothing else, as a Markdown page."""
    lines = ["# Licences of what the wheel holds", "", "| What | Version | Kind | Licence |", "|---|---|---|---|"]
    for part in [document["metadata"]["component"], *document["components"]]:
        if part.get("scope") is None:
            licence = ", ".join(entry["license"].get("id") or entry["license"]["name"] for entry in part["licenses"])
            lines.append(f"| {part['name']} | {part.get('version', '')} | {part['type']} | {licence} |")
    return "\n".join(lines) + "\n"


def _licence(name: str) -> dict[str, dict[str, str]]:
    identifier = name.replace(" ", "-")
    return {"license": {"id": identifier} if _SPDX.fullmatch(identifier) else {"name": name}}


def _models(root: Path) -> list[Component]:
    """Describe each folder of ``models``, its files with their hashes."""
    parts = []
    for folder in sorted(path for path in (root / PACKAGE / "models").iterdir() if path.is_dir()):
        stated = _stated(folder)
        parts.append(
            {
                "type": "data" if folder.name == "wordnet" else "machine-learning-model",
                "bom-ref": f"model:{folder.name}",
                "name": f"taskscape/models/{folder.name}",
                "description": stated["description"],
                "licenses": [_licence(stated["licence"])],
                "components": [
                    {
                        "type": "file",
                        "bom-ref": f"file:{file.relative_to(root / 'src').as_posix()}",
                        "name": file.relative_to(root / "src").as_posix(),
                        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}],
                    }
                    for file in sorted(path for path in folder.rglob("*") if path.is_file())
                ],
            }
        )
    return parts


def _stated(folder: Path) -> dict[str, str]:
    """Read what a model's own description says of its origin and licence."""
    if (folder / "config.json").is_file():
        config = json.loads((folder / "config.json").read_bytes())
        return {"description": config["origin"], "licence": config["licence"]}
    if (folder / "meta.json").is_file():
        meta = json.loads((folder / "meta.json").read_bytes())
        return {"description": meta["description"], "licence": meta["license"]}
    title = (folder / "README.md").read_text(encoding="utf8").partition("\n")[0].lstrip("# ")
    return {"description": title, "licence": "WordNet 3.0 licence"}


def _page_parts(root: Path) -> list[Component]:
    """Read the packages of which a part is in the built page from the notices that its build wrote."""
    notices = (root / PACKAGE / "report/assets/licences.txt").read_text(encoding="utf8")
    return [
        {
            "type": "library",
            "bom-ref": f"npm:{name}",
            "name": name,
            "version": version,
            "licenses": [_licence(licence)],
            "purl": f"pkg:npm/{quote(name)}@{version}",
        }
        for name, version, licence in _NOTICE.findall(notices)
    ]


def _dependencies(project: dict[str, Any]) -> list[Component]:
    """Describe what pip installs beside the wheel: required, or optional with the names of its extras."""
    found: dict[str, Component] = {}
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    for extra, lines in groups.items():
        for line in lines:
            match = _REQUIREMENT.match(line)
            if match is None or match[1].lower() == "taskscape":
                continue  # an extra that consists of others
            name = re.sub(r"[-_.]+", "-", match[1]).lower()
            part = found.setdefault(
                name,
                {
                    "type": "library",
                    "bom-ref": f"pypi:{name}",
                    "name": name,
                    "scope": "optional" if extra else "required",
                    "purl": f"pkg:pypi/{name}",
                    "properties": [],
                },
            )
            part["properties"].append(
                {"name": f"taskscape:{extra or 'core'}", "value": match[2].strip() or "any version"}
            )
    return [found[name] for name in sorted(found)]


def main() -> None:
    """Write both files into a folder."""
    parser = argparse.ArgumentParser(description="Write the bill of materials and the table of licences.")
    parser.add_argument("-o", "--output", type=Path, default=Path("dist"), help="folder (default: dist)")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    document = bill()
    (folder / BOM_FILE).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf8")
    (folder / "licences.md").write_text(licence_table(document), encoding="utf8")


if __name__ == "__main__":
    main()
