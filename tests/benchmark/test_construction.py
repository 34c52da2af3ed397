from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.benchmark.checking import check
from taskscape.benchmark.construction import Settings, build, cap, drop_rare, drop_repeated, split
from taskscape.benchmark.publication import write_benchmark
from taskscape.benchmark.review import Reviewer
from taskscape.benchmark.samples import Sample, by_task, task_of
from taskscape.benchmark.similarity_pairs import draw_pairs
from taskscape.endpoints import AnswerLog, Endpoint
from taskscape.errors import DataError, EndpointError, UsageError
from taskscape.tasks.label import Task
from tests.servers import serve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

VERBS = ["write", "draw", "find", "name", "explain", "list"]
NOUNS = ["poem", "letter", "fish", "town", "song", "rule", "word"]
TOPICS = ["winter", "tea", "iron", "cats", "Rome", "night", "sand", "bees", "chess", "rain", "salt", "kites"]


def read_task(texts: Sequence[str]) -> list[Task]:
    """A labeller for texts of the form "<verb> a <noun> about …"; a question is not sure."""
    return [Task(text.split()[0].lower(), text.split()[2], confidence=0.2 if "?" in text else 0.9) for text in texts]


def merge_letters(counts: Mapping[str, int]) -> dict[str, str]:
    return dict.fromkeys(("write|letter", "draw|letter"), "write|letter##draw|letter")


def samples() -> list[Sample]:
    texts = [f"{v.capitalize()} a {n} about {t}" for v in VERBS for n in NOUNS for t in TOPICS]
    texts += ["Bake a cake about tea", "WRITE a poem, about winter!", "?!", "name a fish about what?"]
    return [Sample(text, text, "out", "here.json") for text in texts]


SETTINGS = Settings(cap=10, pairs=60, rare=3)


def test_every_stage_leaves_what_it_should(tmp_path: Path) -> None:
    built = build(samples(), SETTINGS, labeller=read_task, merger=merge_letters)
    stages = {name: (count, tasks) for name, count, tasks in built.stages}
    assert stages["read"] == (508, 0)
    assert stages["repeated dropped"] == (506, 0)
    assert stages["rare tasks dropped"] == (505, 42)
    assert stages["synonyms merged"] == (505, 41)
    assert stages["capped"] == (410, 41)
    assert sum(stages[name][0] for name in built.splits) == 410
    assert built.notes == ["1 complex sentences kept the labeller's label: no language model."]
    write_benchmark(built, tmp_path / "ieb", SETTINGS)
    checked = check(tmp_path / "ieb")
    assert checked.findings == []
    assert checked.counts["eft_test.json"][1] == len(by_task(built.splits["eft_test"]))
    card = (tmp_path / "ieb" / "README.md").read_text(encoding="utf8")
    assert "| synonyms merged | 505 | 41 |" in card


def test_texts_of_symbols_alone_neither_repeat_nor_leak(tmp_path: Path) -> None:
    entries = [{"instruction": text} for text in ("+++", "+++", "?!", "Draw it", "draw it!")]
    for name, label in (("ift_train.json", "draw|line"), ("ift_test.json", "draw|sign")):
        kept = entries if name == "ift_train.json" else entries[:3]
        (tmp_path / name).write_text(json.dumps({label: {"number": len(kept), "samples": kept}}))
    assert [found.problem for found in check(tmp_path).findings] == ["1 texts occur more than once: 'draw it'"]


def test_same_seed_same_files(tmp_path: Path) -> None:
    for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
        chosen = Settings(cap=10, pairs=60, seed=seed)
        write_benchmark(build(samples(), chosen, labeller=read_task, merger=merge_letters), tmp_path / name, chosen)
    read = {name: (tmp_path / name / "full_ieb_data.json").read_bytes() for name in "abc"}
    assert read["a"] == read["b"] != read["c"]


def plant_task(data: dict[str, Any]) -> None:
    label = next(iter(data["eft_test.json"]))
    data["eft_train_sup.json"][f"new|one##{label}"] = {
        "number": 1,
        "samples": [{"category": ["new", "one"], "instruction": "Quite new", "input": "", "output": ""}],
    }


def plant_text(data: dict[str, Any]) -> None:
    text = next(iter(data["ift_test.json"].values()))["samples"][0]["instruction"]
    next(iter(data["ift_train.json"].values()))["samples"][0]["instruction"] = f" {text.upper()} …"


def plant_count(data: dict[str, Any]) -> None:
    next(iter(data["ift_train.json"].values()))["number"] += 1


@pytest.mark.parametrize(
    ("plant", "problem"),
    [(plant_task, "tasks are in both"), (plant_text, "texts are in both"), (plant_count, "tasks miscount")],
)
def test_a_planted_fault_is_found(tmp_path: Path, plant: Any, problem: str) -> None:
    write_benchmark(build(samples(), SETTINGS, labeller=read_task, merger=merge_letters), tmp_path / "ieb", SETTINGS)
    files = ["eft_train_sup.json", "eft_test.json", "ift_train.json", "ift_test.json"]
    data = {name: json.loads((tmp_path / "ieb" / name).read_text(encoding="utf8")) for name in files}
    plant(data)
    for name, content in data.items():
        (tmp_path / "ieb" / name).write_text(json.dumps(content), encoding="utf8")
    checked = check(tmp_path / "ieb")
    assert not checked.sound
    assert any(problem in finding.problem for finding in checked.findings if finding.error), checked.findings


def pair_of(text: str, task: str) -> dict[str, Any]:
    return {"instruction1": text, "intention1": task, "instruction2": "b", "intention2": task, "label": 1}


@pytest.mark.parametrize("training", ["eft_train_sup.json", "eft_train_unsup.json"])
def test_a_similarity_test_that_training_saw_is_found(tmp_path: Path, training: str) -> None:
    folder = tmp_path / "ieb"
    write_benchmark(build(samples(), SETTINGS, labeller=read_task, merger=merge_letters), folder, SETTINGS)
    for name in {"eft_train_sup.json", "eft_train_unsup.json"} - {training}:
        (folder / name).unlink()
    pairs = json.loads((folder / "intention_similarity_test.json").read_text(encoding="utf8"))
    labelled = training == "eft_train_sup.json"
    content = json.loads((folder / training).read_text(encoding="utf8"))
    task = next(task for task in content if "##" not in task) if labelled else "new|one"
    text = content[task]["samples"][0]["instruction"] if labelled else content[0]

    def checked_with(pair: dict[str, Any]) -> list[tuple[bool, str]]:
        (folder / "intention_similarity_test.json").write_text(json.dumps([*pairs, pair]), encoding="utf8")
        return [(found.error, found.problem.split(": ")[0]) for found in check(folder).findings]

    shared = [(False, "1 tasks are in both")] if labelled else []
    assert checked_with(pair_of("Quite new", task)) == shared
    assert checked_with(pair_of(f"{text.upper()}!", task)) == [(True, "1 texts are in both"), *shared]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("eft_test.json", {"write|poem": 5}, r"eft_test\.json, task 'write\|poem': it should be of the form"),
        (
            "eft_test.json",
            {"write|poem": {"number": 1, "samples": "x"}},
            r"task 'write\|poem': it should be of the form",
        ),
        (
            "eft_test.json",
            {"write|poem": {"number": 1, "samples": ["Write a poem"]}},
            r"eft_test\.json, task 'write\|poem', sample 0: it should be an object",
        ),
        ("eft_test.json", {"write|poem": {"number": 1, "samples": [{"instruction": 5}]}}, "sample 0: it should be"),
        ("eft_train_unsup.json", ["a", {"instruction": "x"}], r"eft_train_unsup\.json, entry 1: it should be a text"),
        ("intention_similarity_test.json", [pair_of("a", "x|y"), "b"], r"test\.json, pair 1: it should have a text in"),
        ("intention_similarity_test.json", [pair_of("a", "x|y") | {"intention2": 1}], "pair 0: .* in 'intention2'"),
        (
            "intention_similarity_test.json",
            [pair_of("a", "x|y") | {"label": "1"}],
            "pair 0: `label` is '1', not 0 or 1",
        ),
    ],
)
def test_check_of_an_ill_formed_file_says_where(tmp_path: Path, name: str, content: Any, said: str) -> None:
    (tmp_path / "eft_test.json").write_text('{"write|poem": {"number": 0, "samples": []}}', encoding="utf8")
    (tmp_path / name).write_text(json.dumps(content), encoding="utf8")
    with pytest.raises(DataError, match=said):
        check(tmp_path)


def test_check_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no IEB file"):
        check(tmp_path)
    (tmp_path / "eft_test.json").write_text("[1]", encoding="utf8")
    with pytest.raises(DataError, match="should hold a JSON object"):
        check(tmp_path)


def test_the_published_files_leak_no_test_task(shared_data: Path) -> None:
    checked = check(shared_data / "ieb")
    assert checked.counts["eft_test.json"] == (3291, 145)
    assert not [f for f in checked.findings if "tasks are in both" in f.problem]


@given(sizes=st.lists(st.integers(1, 40), min_size=8, max_size=80), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_a_split_is_a_partition_by_task(sizes: list[int], seed: int) -> None:
    every = [
        Sample(f"{task} {number}", "", "", "", label=f"do|thing{task}")
        for task, size in enumerate(sizes)
        for number in range(size)
    ]
    parts = split(every, Settings(seed=seed))
    assert sorted(s.instruction for part in parts.values() for s in part) == sorted(s.instruction for s in every)
    tasks = [task for part in parts.values() for task in by_task(part)]
    assert len(tasks) == len(set(tasks)) == len(sizes)
    for name, share in {"eft_test": 0.105, "ift_train": 0.455}.items():
        assert abs(len(by_task(parts[name])) - share * len(sizes)) <= 1


def test_too_few_tasks_to_split() -> None:
    with pytest.raises(DataError, match="only 1 tasks"):
        split([Sample("a", "", "", "", label="a|b")], Settings())


def test_pairs_are_what_they_say() -> None:
    labelled = [Sample(s.instruction, "", "", "", label=str(read_task([s.instruction])[0])) for s in samples()[:504]]
    pairs = draw_pairs(labelled, 200, positive_share=0.6)
    assert len(pairs) == len({frozenset((p.instruction1, p.instruction2)) for p in pairs}) == 200
    assert Counter(pair.same for pair in pairs) == {True: 120, False: 80}
    assert all((p.intention1 == p.intention2) == p.same for p in pairs)
    hard = [p for p in pairs if not p.same and set(p.intention1.split("|")) & set(p.intention2.split("|"))]
    assert len(hard) >= 40
    assert pairs == draw_pairs(labelled, 200, positive_share=0.6)


def test_pairs_end_where_there_are_no_more() -> None:
    three = [Sample(text, "", "", "", label=label) for text, label in [("a", "x|y"), ("b", "x|y"), ("c", "x|z")]]
    assert {(p.instruction1, p.instruction2, p.same) for p in draw_pairs(three, 50)} == {
        ("a", "b", True),
        ("a", "c", False),
        ("b", "c", False),
    }


def test_small_steps() -> None:
    one = Sample("Write it.", "", "", "", label="write|it")
    assert drop_repeated([one, Sample("write IT", "x", "", ""), Sample("…", "", "", "")]) == [one]
    assert drop_rare([one], rare=2) == []
    assert len(cap([one] * 9, most=4, seed=0)) == 4
    assert task_of(Sample("", "", "", "", label="a|b", group="a|b##c|b")) == "a|b##c|b"


def test_texts_are_repeated_by_their_key_and_need_a_letter_or_digit() -> None:
    texts = ["Write in C++", "Write in C#", "write in c++!", "Write in C++ 🙂", "+++", "?!"]
    assert [s.instruction for s in drop_repeated([Sample(text, "", "", "") for text in texts])] == texts[:2]


@pytest.mark.parametrize("wrong", [{"eft_share": 0.0}, {"test_share": 1.5}, {"rare": 0}, {"cap": 0}])
def test_wrong_settings(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Settings(**wrong)


def answer_as_a_model(body: dict[str, Any]) -> dict[str, Any]:
    prompt = body["messages"][0]["content"]
    if "Label:" in prompt:
        text = json.dumps({"right": "draw|fish" not in prompt})
    else:
        text = 'Sure: {"verb": "Name", "noun": "town"}'
    return {"choices": [{"message": {"content": text}}]}


def test_a_language_model_relabels_and_verifies_and_a_dead_one_loses_nothing(tmp_path: Path) -> None:
    log = tmp_path / "answers.jsonl"

    def run(base_url: str) -> Any:
        reviewer = Reviewer(Endpoint(base_url, concurrency=4, pause=0.01, tries=5), "m", AnswerLog(log))
        return build(samples(), SETTINGS, labeller=read_task, merger=merge_letters, reviewer=reviewer)

    with serve(answer_as_a_model, dead_after=100) as server, pytest.raises(EndpointError):
        run(server.base_url)
    assert len(AnswerLog(log)) == 100
    with serve(answer_as_a_model, faults=[500, "not json", 429]) as server:
        built = run(server.base_url)
        assert len(server.requests) == 1 + 505 - 100 + 3
    tasks = {task for part in built.splits.values() for task in by_task(part)}
    assert "draw|fish" not in tasks
    assert "name|town" in tasks
    assert "1 of 1 complex sentences were labelled by m; 0 requests failed" in built.notes[0]


def test_the_estimate_counts_only_what_is_open(tmp_path: Path) -> None:
    with serve(answer_as_a_model) as server:
        reviewer = Reviewer(Endpoint(server.base_url), "m", AnswerLog(tmp_path / "a.jsonl"))
        items = [("Write a poem", "write|poem"), ("x" * 50_000, "write|x")]
        estimate = reviewer.estimate("verify", items)
        assert estimate.requests == 2
        assert 2_000 < estimate.prompt_tokens < 3_500
        assert estimate.cost(1.0, 1.0) == pytest.approx((estimate.prompt_tokens + 40) / 1e6)
        assert reviewer.ask("verify", items[:1]) == ([True], [])
        assert reviewer.estimate("verify", items).requests == 1
