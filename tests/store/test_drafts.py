from __future__ import annotations

import stat
from pathlib import Path

import pytest

from chat2anyllm_desktop.core.errors import StoreReadOnlyError
from chat2anyllm_desktop.store.drafts import LONGEST_DRAFT, Drafts


def test_a_draft_survives_a_restart(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "state" / "drafts.json")
    assert drafts.put("a", "half a thought\n你好 🙂")
    assert not drafts.put("a", "half a thought\n你好 🙂")
    drafts.save()
    again = Drafts(tmp_path / "state" / "drafts.json")
    again.load()
    assert again.get("a") == "half a thought\n你好 🙂"
    assert stat.S_IMODE((tmp_path / "state" / "drafts.json").stat().st_mode) == 0o600


def test_sent_text_is_forgotten(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts.json")
    drafts.put("a", "x")
    drafts.put("a", "")
    drafts.save()
    again = Drafts(tmp_path / "drafts.json")
    again.load()
    assert again.get("a") == ""


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', "\x00"])
def test_a_broken_file_means_no_drafts(tmp_path: Path, content: str) -> None:
    path = tmp_path / "drafts.json"
    path.write_text(content)
    drafts = Drafts(path)
    drafts.load()
    assert drafts.get("a") == ""


def test_what_was_typed_before_loading_wins(tmp_path: Path) -> None:
    path = tmp_path / "drafts.json"
    path.write_text('{"a": "old", "b": "other"}')
    drafts = Drafts(path)
    drafts.put("a", "new")
    drafts.load()
    assert (drafts.get("a"), drafts.get("b")) == ("new", "other")


def test_a_giant_paste_stays_in_memory_only(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts.json")
    drafts.put("a", "x" * (LONGEST_DRAFT + 1))
    drafts.save()
    assert (tmp_path / "drafts.json").stat().st_size < 100
    assert len(drafts.get("a")) == LONGEST_DRAFT + 1


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    drafts = Drafts(tmp_path / "file" / "drafts.json")
    drafts.put("a", "x")
    with pytest.raises(StoreReadOnlyError, match="cannot be written"):
        drafts.save()
