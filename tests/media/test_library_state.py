"""What the backend has, against what the ledger says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vbtui.base.errors import Unreachable
from vbtui.base.times import format_wait
from vbtui.journal.assets import AssetRow
from vbtui.journal.records import Asset, AssetState, Reason
from vbtui.media.files import phrase, reason_now
from vbtui.media.ledger import foreign_rows, match
from vbtui.wire.replies import Media, SessionState

ONE, TWO = "1" * 64, "2" * 64


def row(number: int, name: str, state: AssetState = AssetState.DONE, **changes: object) -> AssetRow:
    asset = Asset(number, "s", None, name, "video", "picked", state)
    return AssetRow(replace(asset, **changes), remote_name=name)  # type: ignore[arg-type]  # Asset's names


def test_content_is_surer_than_a_name() -> None:
    rows = [row(1, "a.mp4", sha256=ONE), row(2, "a.mp4", sha256=TWO)]
    media = [Media("a.mp4", digest=TWO), Media("a.mp4", digest=ONE)]
    assert match(rows, media).of_row == {1: media[1], 2: media[0]}
    other = Media("a.mp4", digest="3" * 64)
    assert match(rows, [other]).unknown == [other]


def test_a_name_counts_where_nothing_speaks_against_it() -> None:
    waiting = row(1, "a.mp4", AssetState.UPLOADING, sha256=ONE, size=5)
    assert match([waiting], [Media("a.mp4")]).of_row
    assert match([waiting], [Media("a.mp4", digest="md5-or-so", size=5)]).of_row
    assert not match([waiting], [Media("a.mp4", size=6)]).of_row
    assert not match([waiting], [Media("b.mp4")]).of_row
    assert not match([waiting], [Media("")]).of_row


def test_each_of_the_backends_media_accounts_for_one_row() -> None:
    rows = [row(1, "a.mp4", AssetState.UPLOADING), row(2, "a.mp4"), row(3, "a.mp4")]
    found = match(rows, [Media("a.mp4"), Media("a.mp4")])
    assert set(found.of_row) == {2, 3}, "those that are done come first"
    assert match(rows, [Media("a.mp4")] * 4).unknown == [Media("a.mp4")]


def test_what_others_made_becomes_rows() -> None:
    voice, clip = Media("voice.mp3", kind="audio"), Media("x\x1b[1m.mp4", url="https://c/x")
    state = SessionState(None, media=(clip,), generated=(voice,))
    rows = foreign_rows("s", state, [clip, voice], 7)
    assert [(one.asset.source, one.asset.name) for one in rows] == [
        ("other", "x.mp4"),
        ("generated", "voice.mp3"),
    ]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (9.1, "10 s"), (39, "40 s"), (90, "90 s"), (91, "2 min")]
)
def test_waits_in_words(seconds: float, words: str) -> None:
    assert format_wait(seconds) == words


def test_reasons_are_phrases() -> None:
    assert phrase(Unreachable("The backend is away.")) == "the backend is away"
    assert phrase(Unreachable("HTTP says no.")) == "HTTP says no"
    assert len(phrase(Unreachable("x" * 999))) == 160
    why = Reason("unreachable", "connection refused")
    asset = Asset(1, "s1", None, "a", "video", "picked", AssetState.FAILED, why=why, retry_at=140)
    assert reason_now(asset, 100) == "retry in 40 s: connection refused"
    assert reason_now(replace(asset, retry_at=None), 100) == "connection refused"
