from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from taskscape.encoders.labelling import load  # noqa: E402
from taskscape.training import recipe, stages  # noqa: E402  (need torch)
from taskscape.training.mixture import Part  # noqa: E402
from taskscape.training.pairs import Example  # noqa: E402
from taskscape.training.staging import Material, kept, training_rows  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path


def test_average_is_the_mean_of_all_weights(tiny_model: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    from taskscape.training.folders import HEADS, open_base, write_model
    from taskscape.training.modules import TaskHeads

    folders = []
    for number, shift in enumerate((-1.0, 3.0)):
        model = open_base(tiny_model)
        model.add_module(HEADS, TaskHeads(model[0].get_embedding_dimension(), ["*", "none"], ["*"]))
        folder = tmp_path / f"run-{number}"
        write_model(model, folder)
        weights = load_file(folder / "model.safetensors")
        save_file({name: value + shift for name, value in weights.items()}, folder / "model.safetensors")
        folders.append(folder)
    output = stages.average(folders, tmp_path / "mean")
    plain, mean = load_file(tiny_model / "model.safetensors"), load_file(output / "model.safetensors")
    assert all(torch.allclose(mean[name], value + 1.0, atol=1e-5) for name, value in plain.items())
    heads = [load_file(folder / HEADS / "model.safetensors")["pointers.weight"] for folder in folders]
    found = load_file(output / HEADS / "model.safetensors")["pointers.weight"]
    assert torch.allclose(found, (heads[0] + heads[1]) / 2)
    assert open_base(output).encode(["write a poem"]).shape[0] == 1


def test_traps_fill_what_the_parts_leave_of_a_batch() -> None:
    examples = tuple(Example(f"text {n}", f"write|thing{n % 5}") for n in range(20))
    parts = (Part("tasks", examples, 0.5), Part("prose", examples[:4], 0.25, alone=True))
    group = (Example("a", "x|y"), Example("b", "x|z"))
    rows, shares = training_rows(Material(parts, (group, group), ()), 16)
    assert [share.draw for share in shares] == [8, 4, 4]
    assert len(rows) == 28
    assert [list(group) for group in shares[-1].groups] == [[24, 25], [26, 27]]  # type: ignore[union-attr]


def test_what_a_stage_keeps_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    with monkeypatch.context() as patch:
        patch.setattr(np, "save", lambda stream, _: stream.write(b"half") and 1 / 0)
        with pytest.raises(ZeroDivisionError):
            kept(tmp_path / "rows.npy", lambda: rows)
    assert not list(tmp_path.iterdir())
    np.testing.assert_array_equal(kept(tmp_path / "rows.npy", lambda: rows), rows)
    np.testing.assert_array_equal(kept(tmp_path / "rows.npy", lambda: rows * 0), rows)


def test_neighbours_are_the_nearest_tasks_that_are_not_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "_NEIGHBOURS", 2)
    names = ("lost", "lost", "late", "gone", "fee")
    said = tuple(Example(str(number), name) for number, name in enumerate(names))
    parts = (Part("tasks", said[:1], 0.5), Part("said", said, 0.5))
    rows = np.array([[0, 1], [1, 0], [0.8, 0.6], [0.6, 0.8], [0.9, 0.44], [0, 1]], dtype=np.float32)
    np.save(tmp_path / "model.npy", rows)
    material = Material(parts, (), (), {"lost": {"gone"}, "gone": {"lost"}})
    tasks, found = stages.neighbouring(material, tmp_path / "model").parts
    assert not tasks.near
    assert found.near == {
        "lost": ["late", "fee"],
        "gone": ["late", "fee"],
        "late": ["gone", "fee"],
        "fee": ["late", "gone"],
    }


def test_large_and_student_imitate_keep_the_heads_and_name_the_task(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two steps each, from a tiny base: the student is smaller, and both have the heads of the teacher."""
    from taskscape.training.folders import HEADS, open_base, write_model
    from taskscape.training.modules import TaskHeads

    verbs, nouns = ("write", "read"), ("poem", "letter")
    examples = tuple(
        Example(f"{verb} a {noun}", f"{verb}|{noun}", verb_span=(0, len(verb)), kind="VP")
        for verb in verbs
        for noun in nouns
        for _ in range(4)
    )
    said = tuple(Example(f"my {noun} is {how}", f"said:{how}") for noun in nouns for how in ("lost", "torn") * 2)
    parts = (Part("tasks", examples, 0.5, related=True), Part("said", said, 0.25, wordless=True))
    material = Material(parts, (examples[:1] + examples[5:6],), ())
    base = open_base(tiny_model)
    base.add_module(HEADS, TaskHeads(base[0].get_embedding_dimension(), ["*", "none"], ["*", "poem"]))
    write_model(base, tmp_path / "teacher")
    layers, width = base[0].auto_model.config.num_hidden_layers, base[0].auto_model.config.intermediate_size
    monkeypatch.setattr(stages, "TEACHER", replace(stages.TEACHER, batch=16, tokens=32))
    (tmp_path / "first").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(stages, "open_base", lambda _: open_base(tiny_model))
        patch.setattr("taskscape.training.staging.open_base", lambda _: open_base(tiny_model))
        patch.setattr(stages, "TEACHER", replace(stages.TEACHER, steps=2, validate_every=2))
        taught = stages.train_teacher(material, tmp_path / "first")
    assert TaskHeads.load(str(taught / HEADS)).verbs == ["*"]
    targets = stages.targets_of_tasks(material, tmp_path / "teacher", tmp_path)
    assert targets.shape == (26, base[0].get_embedding_dimension())
    again = stages.targets_of_tasks(material, tmp_path / "teacher", tmp_path)
    np.testing.assert_array_equal(targets, again)
    small = replace(stages.LARGE, steps=2, batch=16, tokens=32, validate_every=2)
    monkeypatch.setattr(stages, "LARGE", small)
    monkeypatch.setattr(stages, "JOINT", small)
    monkeypatch.setattr(stages, "STUDENT", small)
    monkeypatch.setattr(stages, "POLISH", small)
    monkeypatch.setattr(stages, "STUDENT_LAYERS", (layers - 1,))
    monkeypatch.setattr(stages, "STUDENT_WIDTH", width // 2)
    monkeypatch.setattr(stages, "NAMING", replace(stages.NAMING, batch=16, steps=20))
    monkeypatch.setattr(stages, "_SCATTER", {"tasks": 0.5, "said": 0.5})
    plain = stages.train_large(material, tmp_path / "teacher", targets, tmp_path)
    assert stages.train_large(material, tmp_path / "teacher", targets, tmp_path) == plain  # is there already
    named = stages.name_tasks(material, plain, tmp_path / "large-named")
    rows = np.load(tmp_path / "large-named.npy")
    np.testing.assert_allclose(
        rows[:16], open_base(named).encode([e.text for e in examples]), atol=0.02
    )  # from float16
    stamp = (named / "modules.json").stat().st_mtime_ns
    assert stages.name_tasks(material, plain, named) == named
    assert (named / "modules.json").stat().st_mtime_ns == stamp
    joint = stages.train_named(material, named, tmp_path)
    before, after = (dict(open_base(folder).named_children())[stages.NAME] for folder in (named, joint))
    assert not torch.equal(before.verb.weight, after.verb.weight)
    large = stages.keep_vectors(material, stages.average([named, joint], tmp_path / "large-mean"))
    rows = np.load(large.with_suffix(".npy"))
    np.testing.assert_allclose(rows[:16], open_base(large).encode([e.text for e in examples]), atol=0.02)  # from bf16
    student = stages.train_student(material, large, tmp_path)
    config = json.loads((student / "config.json").read_text(encoding="utf-8"))
    assert (config["num_hidden_layers"], config["intermediate_size"]) == (1, width // 2)
    assert TaskHeads.load(str(student / HEADS)).nouns == ["*", "poem"]
    recombined = [Example("write a letter is lost", ""), Example("my poem", "")]
    polished = stages.polish_student(material, recombined, large, student, tmp_path)
    mean = stages.average([student, polished], tmp_path / "mean")
    loud, texts = stages.louder(mean, 2.0, tmp_path / "loud"), [example.text for example in examples[::3]]
    layers_of = [dict(open_base(folder).named_children())[stages.NAME] for folder in (student, polished, mean, loud)]
    one, other, between, twice = (layer.name.weight for layer in layers_of)
    torch.testing.assert_close(between, (one + other) / 2)
    torch.testing.assert_close(twice, 2 * between)
    torch.testing.assert_close(layers_of[2].turn.weight, layers_of[3].turn.weight)
    monkeypatch.setattr(stages, "_MAX_TOKENS", 32)
    encoder = stages.export_encoder(loud, tmp_path / "out", quantise=False)
    np.testing.assert_allclose(load(encoder).encode(texts), open_base(loud).encode(texts), atol=1e-4)
    assert load(encoder).config.pooling == "named"


def test_a_stage_runs_in_a_process_of_its_own() -> None:
    assert recipe._alone(os.getpid) != os.getpid()
    with pytest.raises(ValueError, match="invalid literal"):
        recipe._alone(int, "no number")
