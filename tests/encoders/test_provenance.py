from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from taskscape.encoders.provenance import told_pooling, trained_prompt
from taskscape.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path


def told(folder: Path, settings: Any) -> str | None:
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(settings), encoding="utf8")
    return told_pooling(str(folder))


@pytest.mark.parametrize(
    ("settings", "pooling"),
    [
        ({"pooling_mode": "mean"}, "mean"),
        ({"pooling_mode_lasttoken": True, "pooling_mode_mean_tokens": False}, "last"),
        ({"pooling_mode_cls_token": True}, "cls"),
        ({"word_embedding_dimension": 8}, None),
        ([1], None),
    ],
)
def test_the_pooling_is_read_in_the_old_form_and_the_new(tmp_path: Path, settings: Any, pooling: str | None) -> None:
    assert told(tmp_path, settings) == pooling


@pytest.mark.parametrize(
    "settings", [{"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True}, {"pooling_mode": "weightedmean"}]
)
def test_a_pooling_that_is_not_ours_is_refused_with_what_to_do(tmp_path: Path, settings: Any) -> None:
    with pytest.raises(EncoderError, match=r"\?pooling="):
        told(tmp_path, settings)


@pytest.mark.parametrize(
    ("content", "prompt"),
    [
        ('{"objective": "supcon", "prompt": "Task: {instruction}"}', "Task: {instruction}"),
        ('{"objective": "supcon", "prompt": null}', "none"),
        ('{"prompt": "somebody else\'s"}', "none"),
        ("{", "none"),
    ],
)
def test_only_our_own_settings_tell_the_prompt(tmp_path: Path, content: str, prompt: str) -> None:
    (tmp_path / "settings.json").write_text(content, encoding="utf8")
    assert trained_prompt(str(tmp_path)) == prompt
    assert trained_prompt("owner/name-on-a-hub") == "none"
