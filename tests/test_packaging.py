from __future__ import annotations

import hashlib
import json
import shutil
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from scripts.bill_of_materials import bill, licence_table
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = ROOT / "src" / "taskscape"


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return bill()


def test_the_bill_of_materials_is_what_cyclonedx_says(made: dict[str, Any]) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made)) is None


def test_the_bill_is_the_same_each_time(made: dict[str, Any]) -> None:
    assert json.dumps(bill()) == json.dumps(made)


def test_the_bill_names_every_model_file_with_its_hash(made: dict[str, Any]) -> None:
    listed = {
        file["name"]: file["hashes"][0]["content"] for part in made["components"] for file in part.get("components", [])
    }
    there = {
        path.relative_to(ROOT / "src").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (PACKAGE / "models").rglob("*")
        if path.is_file()
    }
    assert listed == there


def test_the_bill_names_what_the_page_says_it_holds(made: dict[str, Any]) -> None:
    parts = made["components"]
    named = {f"{part['name']} {part['version']}" for part in parts if part["bom-ref"].startswith("npm:")}
    banner = (PACKAGE / "report/assets/page.js").read_text(encoding="utf8").partition("*/")[0]
    credited = {line.partition(",")[0] for line in banner.splitlines() if line[:1].isalpha() or line[:1] == "@"}
    assert named == credited


def test_the_bill_has_every_dependency(made: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    required = {part["name"] for part in made["components"] if part.get("scope") == "required"}
    assert len(required) == len(project["dependencies"])
    assert {"numpy", "faiss-cpu", "onnxruntime"} <= required


def test_the_table_has_a_licence_in_every_line(made: dict[str, Any]) -> None:
    rows = [line.split("|") for line in licence_table(made).splitlines()[4:]]
    assert all(row[4].strip() for row in rows)
    assert {"taskscape", "taskscape/models/default", "@deck.gl/core"} <= {row[1].strip() for row in rows}


def test_a_changed_model_changes_the_bill(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "src/taskscape/report/assets/licences.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    model = tmp_path / "src/taskscape/models/toy"
    model.mkdir(parents=True)
    (model / "config.json").write_text('{"origin": "made here", "licence": "CC BY 4.0"}', encoding="utf8")
    before = bill(tmp_path)
    (model / "weights").write_bytes(b"1")
    assert bill(tmp_path)["serialNumber"] != before["serialNumber"]
    assert "| CC-BY-4.0 |" in licence_table(before)


def test_one_version_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]["version"]
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf8"))["version"] == version
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf8")


def test_the_image_gets_what_its_build_needs_and_has_no_rights() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf8").split() if line[0] == "!"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    hook = project["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["path"]
    needed = [project["project"]["readme"], *project["project"]["license-files"], hook, "pyproject.toml"]
    assert {name.partition("/")[0] for name in needed} | {"src"} == let_in
    steps = [line.split()[0] for line in (ROOT / "Dockerfile").read_text(encoding="utf8").splitlines() if line]
    assert steps.index("USER") < steps.index("ENTRYPOINT")
