from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from taskscape.records import open_dataset
from taskscape.vectors import embed
from taskscape.vectors.derived import derive
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from taskscape.vectors import Store

ARRAYS: dict[str, NDArray[Any]] = {"ends": np.arange(5), "content": np.arange(12, dtype=np.uint8).reshape(3, 4)}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    (tmp_path / "rows.txt").write_text("Write a poem.\nName a fruit.\n")
    return embed(open_dataset(tmp_path / "rows.txt"), encoder=HashingEncoder(), store=tmp_path / "idx")


def folder_of(store: Store) -> Path:
    (folder,) = (store.path / "derived").iterdir()  # nothing beside it either
    return folder


def same(found: object) -> bool:
    assert isinstance(found, dict)
    return sorted(found) == sorted(ARRAYS) and all((found[name] == ARRAYS[name]).all() for name in ARRAYS)


def computed() -> dict[str, NDArray[Any]]:
    return dict(ARRAYS)


def fails() -> dict[str, NDArray[Any]]:
    pytest.fail("computed again")


def test_what_was_computed_is_read_back(store: Store) -> None:
    assert same(derive(store, "texts", {"seed": 0}, computed))
    assert same(derive(store, "texts", {"seed": 0}, fails))
    assert derive(store, "texts", {"seed": 1}, lambda: {"other": np.ones(1)}).keys() == {"other"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "ends.npy").write_bytes(b""),
        lambda folder: (folder / "ends.npy").write_bytes(b"nonsense"),
        lambda folder: (folder / "ends.npy").write_bytes((folder / "ends.npy").read_bytes()[:-3]),
        lambda folder: (folder / "ends.npy").unlink(),
        lambda folder: (folder / "names.json").unlink(),
        lambda folder: [path.unlink() for path in folder.iterdir()],
    ],
    ids=["empty", "nonsense", "cut", "missing", "no list", "no file"],
)
def test_a_damaged_folder_is_computed_anew_and_kept_whole(store: Store, damage: object) -> None:
    derive(store, "texts", {}, computed)
    damage(folder_of(store))  # type: ignore[operator]
    assert same(derive(store, "texts", {}, computed))
    assert same(derive(store, "texts", {}, fails))
    assert folder_of(store).name.startswith("texts-")


def test_a_folder_that_another_process_made_meanwhile_stays(store: Store) -> None:
    def slow() -> dict[str, NDArray[Any]]:
        derive(store, "texts", {}, computed)
        made.append(folder_of(store).stat().st_ino)
        return computed()

    made: list[int] = []
    assert same(derive(store, "texts", {}, slow))
    assert made == [folder_of(store).stat().st_ino]
