from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from taskscape.errors import DataError, EncoderError, StoreError, UsageError
from taskscape.records import open_dataset
from taskscape.tasks.labelling import RULES
from taskscape.vectors import Store, embed
from tests.toy import HashingEncoder, LabellingEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """100 rows, two of them bad: 13 (broken) and 57 (empty)."""
    lines = [
        json.dumps({"instruction": f"Write poem number {i} about the {i % 7} seas", "input": ""}) for i in range(100)
    ]
    lines[13] = '{"instruction": "Wri'
    lines[57] = '{"instruction": ""}'
    path = tmp_path / "source.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def content(folder: Path) -> dict[str, bytes]:
    """Everything a complete store holds."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Counting(HashingEncoder):
    """Counts the texts that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = 0

    def encode(self, sentences: str | Sequence[str], **options: Any) -> NDArray[np.float32]:
        self.texts += len(sentences)
        return super().encode(sentences, **options)


def test_a_store_holds_each_good_row_once(source: Path, tmp_path: Path) -> None:
    dataset = open_dataset(source)
    store = embed(dataset, encoder=HashingEncoder(), store=tmp_path / "store", dtype="float32", shard_rows=32)
    assert store.rows.tolist() == [i for i in range(100) if i not in (13, 57)]
    assert len(store.manifest.shards) == 4
    np.testing.assert_array_equal(store.embeddings(), HashingEncoder().encode(dataset.texts()))
    assert store.rejected == 2
    rejects = [json.loads(line) for line in (store.path / "rejects.jsonl").read_text().splitlines()]
    assert [reject["row"] for reject in rejects] == [13, 57]
    assert set(content(store.path)) == {
        "manifest.json",
        "rejects.jsonl",
        *(f"{part}/{number:05d}.npy" for part in ("vectors", "rows") for number in range(4)),
    }


def test_halves_keep_cosines(source: Path, tmp_path: Path) -> None:
    dataset = open_dataset(source)
    store = embed(dataset, encoder=HashingEncoder(), store=tmp_path / "store")
    exact = HashingEncoder().encode(dataset.texts())
    kept = store.embeddings().astype(np.float32)
    assert store.embeddings().dtype == np.float16
    assert np.abs(kept @ kept.T - exact @ exact.T).max() < 1e-3


def test_tasks_are_kept_when_the_encoder_labels(source: Path, tmp_path: Path) -> None:
    dataset = open_dataset(source)
    store = embed(dataset, encoder=LabellingEncoder(), store=tmp_path / "store", shard_rows=30)
    expected = LabellingEncoder().encode_with_tasks(dataset.texts())[1]
    assert store.tasks() == expected
    assert embed(dataset, encoder=HashingEncoder(), store=tmp_path / "other").tasks() is None


def test_tasks_read_by_other_rules_are_not_taken_for_these(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, folder = open_dataset(source), tmp_path / "cache"
    first = embed(dataset, encoder=LabellingEncoder(), cache_dir=folder)
    plain = embed(dataset, encoder=HashingEncoder(), cache_dir=folder)
    kept = embed(dataset, encoder=LabellingEncoder(), store=tmp_path / "store")
    monkeypatch.setattr("taskscape.vectors.embedding.RULES", RULES + 1)
    assert embed(dataset, encoder=LabellingEncoder(), cache_dir=folder).path != first.path
    assert embed(dataset, encoder=HashingEncoder(), cache_dir=folder).path == plain.path
    with pytest.raises(StoreError, match="tasks were read by another version of taskscape"):
        embed(dataset, encoder=LabellingEncoder(), store=kept.path)


def test_the_source_is_found_again(source: Path, tmp_path: Path) -> None:
    dataset = open_dataset(source, field="instruction")
    store = embed(dataset, encoder=HashingEncoder(), store=tmp_path / "store")
    assert store.open_dataset().texts() == dataset.texts()
    source.write_text('{"instruction": "Sing"}\n')
    with pytest.raises(StoreError, match=r"source\.jsonl as it was then; its content has changed"):
        store.open_dataset()
    source.unlink()
    with pytest.raises(StoreError, match="not there any more"):
        store.open_dataset()


def test_a_folder_of_files_is_found_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in "ab":
        (data / f"{name}.jsonl").write_text(f'{{"instruction": "Sing {name}"}}\n')
    store = embed(open_dataset(data), encoder=HashingEncoder(), store=tmp_path / "store")
    assert store.open_dataset().texts() == ["Sing a", "Sing b"]


def test_the_files_of_a_pattern_are_found_again_whatever_lies_beside_them(tmp_path: Path) -> None:
    for name in ("test", "train-1", "train-2"):
        (tmp_path / f"{name}.jsonl").write_text(f'{{"instruction": "Sing {name}"}}\n')
    (tmp_path / "other.csv").write_text("text\nSing\n")
    store = embed(open_dataset(tmp_path / "train-*.jsonl"), encoder=HashingEncoder(), store=tmp_path / "store")
    assert store.open_dataset().texts() == ["Sing train-1", "Sing train-2"]
    (tmp_path / "train-2.jsonl").write_text('{"instruction": "Hum"}\n')
    with pytest.raises(StoreError, match=r"train-2\.jsonl as it was then; its content has changed"):
        store.open_dataset()
    (tmp_path / "train-1.jsonl").unlink()
    with pytest.raises(StoreError, match=r"train-1\.jsonl, which is not there any more"):
        store.open_dataset()


def test_progress_ends_with_all_rows(source: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    embed(
        open_dataset(source),
        encoder=HashingEncoder(),
        store=tmp_path / "store",
        shard_rows=40,
        progress=lambda done, total: seen.append((done, total)),
    )
    done = [step[0] for step in seen]
    assert done == sorted(done)
    assert done[-1] == 98
    assert {step[1] for step in seen} == {98}


class TestCache:
    def test_a_second_call_encodes_nothing(self, source: Path, tmp_path: Path) -> None:
        encoder = Counting()
        first = embed(open_dataset(source), encoder=encoder, cache_dir=tmp_path)
        again = embed(open_dataset(source), encoder=encoder, cache_dir=tmp_path)
        assert encoder.texts == 98
        assert again.path == first.path
        assert again.path.is_relative_to(tmp_path)

    def test_a_moved_file_is_the_same_source(self, source: Path, tmp_path: Path) -> None:
        encoder = Counting()
        embed(open_dataset(source), encoder=encoder, cache_dir=tmp_path)
        moved = source.rename(tmp_path / "moved.jsonl")
        embed(open_dataset(moved, format="alpaca"), encoder=encoder, cache_dir=tmp_path)
        assert encoder.texts == 98

    def test_what_decides_the_vectors_decides_the_place(self, source: Path, tmp_path: Path) -> None:
        dataset = open_dataset(source)
        places = [
            embed(dataset, encoder=HashingEncoder(), cache_dir=tmp_path),
            embed(dataset, encoder=HashingEncoder(seed=1), cache_dir=tmp_path),
            embed(dataset, encoder=HashingEncoder(), cache_dir=tmp_path, dtype="float32"),
            embed(open_dataset(source, with_input=True), encoder=HashingEncoder(), cache_dir=tmp_path),
        ]
        with source.open("a") as file:
            file.write('{"instruction": "Sing"}\n')
        places.append(embed(open_dataset(source), encoder=HashingEncoder(), cache_dir=tmp_path))
        assert len({store.path for store in places}) == 5

    def test_the_environment_names_the_folder(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
        monkeypatch.delenv("TASKSCAPE_CACHE_DIR", raising=False)
        assert embed(open_dataset(source), encoder=HashingEncoder()).path.is_relative_to(tmp_path / "xdg" / "taskscape")
        monkeypatch.setenv("TASKSCAPE_CACHE_DIR", str(tmp_path / "own"))
        assert embed(open_dataset(source), encoder=HashingEncoder()).path.is_relative_to(tmp_path / "own")

    def test_without_it_nothing_is_left(self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TASKSCAPE_CACHE_DIR", str(tmp_path / "cache"))
        store = embed(open_dataset(source), encoder=HashingEncoder(), use_cache=False)
        path = store.path
        assert path.is_dir()
        del store
        assert not path.exists()
        assert not (tmp_path / "cache").exists()


class TestRefusals:
    def test_another_encoder(self, source: Path, tmp_path: Path) -> None:
        embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path / "store")
        with pytest.raises(
            StoreError, match=r"encoder: it holds hashing \(hashing-32-0\), now hashing \(hashing-16-0\)"
        ):
            embed(open_dataset(source), encoder=HashingEncoder(16), store=tmp_path / "store")

    def test_other_reading(self, source: Path, tmp_path: Path) -> None:
        embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path / "store")
        with pytest.raises(StoreError, match="with_input: it was read with False, now True"):
            embed(open_dataset(source, with_input=True), encoder=HashingEncoder(), store=tmp_path / "store")

    def test_a_changed_source(self, source: Path, tmp_path: Path) -> None:
        embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path / "store")
        with source.open("a") as file:
            file.write('{"instruction": "Sing"}\n')
        with pytest.raises(StoreError, match=r"source: .*source\.jsonl changed since"):
            embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path / "store")

    def test_another_source(self, source: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.jsonl"
        other.write_text('{"instruction": "Sing"}\n')
        embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path / "store")
        with pytest.raises(StoreError, match=r"made from .*source\.jsonl, now .*other\.jsonl"):
            embed(open_dataset(other), encoder=HashingEncoder(), store=tmp_path / "store")

    def test_a_folder_with_other_things(self, source: Path, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="exists and is no store"):
            embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path)

    def test_a_place_that_cannot_be_written(self, source: Path) -> None:
        with pytest.raises(StoreError, match="cannot be written: Not a directory"):
            embed(open_dataset(source), encoder=HashingEncoder(), store=source / "store")

    def test_no_usable_row(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.jsonl"
        path.write_text('{"instruction": ""}\n')
        with pytest.raises(DataError, match="no usable row"):
            embed(open_dataset(path), encoder=HashingEncoder(), store=tmp_path / "store")
        assert not (tmp_path / "store").exists()

    @pytest.mark.parametrize("wrong", [{"dtype": "int8"}, {"shard_rows": 0}])
    def test_wrong_settings(self, source: Path, wrong: dict[str, Any]) -> None:
        with pytest.raises(UsageError, match=next(iter(wrong))):
            embed(open_dataset(source), encoder=HashingEncoder(), **wrong)

    def test_vectors_that_are_not_finite(self, source: Path, tmp_path: Path) -> None:
        class Broken(HashingEncoder):
            def encode(self, sentences: str | Sequence[str], **options: Any) -> NDArray[np.float32]:
                vectors = super().encode(sentences, **options)
                vectors[3, 5] = np.nan
                return vectors

        with pytest.raises(EncoderError, match="not finite, for the text 'Write poem number 3"):
            embed(open_dataset(source), encoder=Broken(), store=tmp_path / "store")

    def test_vectors_of_another_shape(self, source: Path, tmp_path: Path) -> None:
        encoder = HashingEncoder()
        encoder.encode = HashingEncoder(16).encode  # type: ignore[method-assign]
        with pytest.raises(EncoderError, match=r"shape \(98, 16\) for 98 texts; its dimension is 32"):
            embed(open_dataset(source), encoder=encoder, store=tmp_path / "store")


# Runs in a process of its own: embeds, and has the kernel end it at its n-th operation on a file of the store.
KILLED = textwrap.dedent(
    """
    import os, signal, sys
    root, source, store, fatal = sys.argv[1:4] + [int(sys.argv[4])]
    sys.path.insert(0, root)
    from taskscape.records import open_dataset
    from taskscape.vectors import embed
    from tests.toy import LabellingEncoder
    import pyarrow.parquet
    seen = 0
    def hook(event, arguments):
        global seen
        if event in ("open", "os.rename", "os.remove") and store in str(arguments[0]):
            seen += 1
            if seen == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    embed(open_dataset(source), encoder=LabellingEncoder(), store=store, shard_rows=25)
    print(seen)
    """
)


def run_killed(source: Path, store: Path, fatal: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", KILLED, str(ROOT), str(source), str(store), str(fatal)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


class TestKilled:
    def test_continuing_gives_the_bytes_of_an_uninterrupted_run(self, source: Path, tmp_path: Path) -> None:
        whole = run_killed(source, tmp_path / "whole", 0)
        assert whole.returncode == 0, whole.stderr
        operations = int(whole.stdout)
        expected = content(tmp_path / "whole")
        for fatal in np.linspace(2, operations - 1, 4).astype(int).tolist():
            store = tmp_path / f"killed{fatal}"
            assert run_killed(source, store, fatal).returncode == -signal.SIGKILL
            if not (store / "manifest.json").exists():
                with pytest.raises(StoreError, match=r"unfinished|no store"):
                    Store.open(store)
            embed(open_dataset(source), encoder=LabellingEncoder(), store=store, shard_rows=25)
            left = {name: data for name, data in content(store).items() if name not in ("LOCK", "journal.jsonl")}
            assert left == expected, f"killed at operation {fatal} of {operations}"

    @pytest.mark.slow
    @pytest.mark.timeout(1800)
    def test_a_run_that_is_killed_again_and_again_gets_there(self, source: Path, tmp_path: Path) -> None:
        store = tmp_path / "store"
        for fatal in range(1, 200, 4):
            if run_killed(source, store, fatal).returncode == 0:
                break
        embed(open_dataset(source), encoder=LabellingEncoder(), store=tmp_path / "whole", shard_rows=25)
        left = {name: data for name, data in content(store).items() if name not in ("LOCK", "journal.jsonl")}
        assert left == content(tmp_path / "whole")

    def test_finished_shards_are_not_encoded_again(self, source: Path, tmp_path: Path) -> None:
        class Fails(Counting):
            def encode(self, sentences: str | Sequence[str], **options: Any) -> NDArray[np.float32]:
                if self.texts >= 50:
                    raise KeyboardInterrupt
                return super().encode(sentences, **options)

        with pytest.raises(KeyboardInterrupt):
            embed(open_dataset(source), encoder=Fails(), store=tmp_path / "store", shard_rows=25)
        encoder = Counting()
        embed(open_dataset(source), encoder=encoder, store=tmp_path / "store", shard_rows=25)
        assert encoder.texts == 48

    def test_an_unfinished_store_of_something_else_is_refused(self, source: Path, tmp_path: Path) -> None:
        encoder = HashingEncoder()
        encoder.encode = HashingEncoder(16).encode  # type: ignore[method-assign]
        with pytest.raises(EncoderError):
            embed(open_dataset(source), encoder=encoder, store=tmp_path / "store")
        with pytest.raises(StoreError, match="dtype: it has float16, now float32"):
            embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path / "store", dtype="float32")

    def test_a_shard_that_was_damaged_meanwhile_is_made_again(self, source: Path, tmp_path: Path) -> None:
        embed(open_dataset(source), encoder=HashingEncoder(), store=tmp_path / "whole", shard_rows=25)
        store = tmp_path / "store"
        with pytest.raises(KeyboardInterrupt):
            embed(
                open_dataset(source),
                encoder=HashingEncoder(),
                store=store,
                shard_rows=25,
                progress=interrupt_at(75),
            )
        damaged = store / "vectors" / "00000.npy"
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
        (store / ".rejects.jsonl.x1y2.tmp").write_text("left by a kill")
        embed(open_dataset(source), encoder=HashingEncoder(), store=store, shard_rows=25)
        assert content(store) == content(tmp_path / "whole")


def interrupt_at(rows: int) -> Any:
    def progress(done: int, total: int | None) -> None:
        if done >= rows:
            raise KeyboardInterrupt

    return progress


FULL = textwrap.dedent(
    """
    import resource, signal, sys
    root, source, store = sys.argv[1:4]
    sys.path.insert(0, root)
    from taskscape.errors import StoreError
    from taskscape.records import open_dataset
    from taskscape.vectors import embed
    from tests.toy import HashingEncoder
    dataset = open_dataset(source)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))  # no file may grow beyond: as if the disk were full
    try:
        embed(dataset, encoder=HashingEncoder(), store=store)
    except StoreError as error:
        print(error)
    """
)


def test_a_full_disk_is_said_and_leaves_no_half_file(source: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(ROOT), str(source), str(store)], capture_output=True, text=True, check=True
    )
    assert "vectors/00000.npy cannot be written: File too large. Free some space" in run.stdout
    assert not list(store.rglob("*.tmp"))
    assert not (store / "vectors" / "00000.npy").exists()
    embed(open_dataset(source), encoder=HashingEncoder(), store=store)
    assert len(Store.open(store, check=True)) == 98
