"""Blocks of an answer, the window on a conversation, words, sizes, slash commands, folders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui.world import NOW
from vbtui.base import programs
from vbtui.base.programs import fetch_command
from vbtui.base.times import TimeLeft
from vbtui.journal.records import (
    Asset,
    AssetState,
    ExportOptions,
    Reason,
    Render,
    RenderState,
    Session,
    Turn,
    TurnState,
)
from vbtui.session.events import Account, Link, Overview
from vbtui.ui.chat.answer import activity_of, complete_length, has_markdown
from vbtui.ui.chat.glance import folder_line
from vbtui.ui.chat.prompt import command_in, completions, looks_like_command
from vbtui.ui.chat.transcript import Window
from vbtui.ui.dialogs.picker import list_folder
from vbtui.ui.kit import words
from vbtui.ui.kit.grid import Column, fit_columns, plain
from vbtui.ui.kit.host import is_url
from vbtui.ui.kit.screen import header_line, size_classes
from vbtui.wire.replies import CreditBalance


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("one", ""),
        ("one\n\ntwo", "one\n\n"),
        ("one\n\n```\ncode\n\nmore", "one\n\n"),
        ("```\ncode\n\nmore\n```\n\nafter", "```\ncode\n\nmore\n```\n\n"),
        ("~~~\n```\n\n~~~\n\nx", "~~~\n```\n\n~~~\n\n"),
    ],
)
def test_whole_blocks_end_at_a_blank_line_outside_fences(text: str, complete: str) -> None:
    assert text[: complete_length(text)] == complete


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("plain words, 35 % and 2 - 1", False),
        ("a **bold** word", True),
        ("- item", True),
        ("1. item", True),
        ("# head", True),
        ("a `b`", True),
    ],
)
def test_markdown_is_used_where_there_is_some(text: str, needed: bool) -> None:
    assert has_markdown(text) is needed


@pytest.mark.parametrize(
    ("text", "state", "shown"),
    [
        ("add a title", TurnState.SENDING, "Sending…"),
        ("add a title", TurnState.RUNNING, "Thinking…"),
        ("加一个标题", TurnState.SENDING, "正在发送…"),
        ("加一个标题", TurnState.RUNNING, "正在思考…"),
        ("加一个标题", TurnState.RECOVERING, "连接中断；正在查看结果…"),
    ],
)
def test_a_turn_of_another_process_says_in_its_language_where_it_stands(
    text: str, state: TurnState, shown: str
) -> None:
    turn = Turn(1, "s1", text, "edit", state)
    assert activity_of(turn) == shown
    assert activity_of(replace(turn, activity="Adding a title")) == "Adding a title"


def test_window_is_bounded_and_reaches_both_ends() -> None:
    window = Window().newest(500)
    while window.has_older:
        window = window.older()
        assert window.end - window.start <= window.most
    assert window.start == 0
    while window.has_newer:
        window = window.newer()
        assert window.end - window.start <= window.most
    assert window.end == 500


def test_window_follows_new_turns_only_at_its_end() -> None:
    assert Window(0, 3, 3).grown(4) == Window(0, 4, 4)
    assert Window(0, 60, 100).grown(101) == Window(0, 60, 101)


def test_life_of_the_account_in_words() -> None:
    account = Account("anonymous", NOW + 6 * 86_400 + 3 * 3_600 + 5)
    assert words.account_text(account, NOW) == "anonymous · 6 d 3 h left"
    assert words.account_text(Account("local"), NOW) == ""


@pytest.mark.parametrize(
    ("percent", "text"), [(0, "────"), (50, "━━──"), (100, "━━━━"), (60, "━━╸─"), (999, "━━━━")]
)
def test_progress_bar_is_text(percent: float, text: str) -> None:
    assert words.bar(percent, 4) == text


def test_every_state_has_a_symbol_and_a_word() -> None:
    assert set(words.ASSETS) == set(AssetState)
    assert set(words.RENDERS) == set(RenderState)
    assert set(words.LINKS) == set(Link)


def test_upload_says_rate_and_time_left() -> None:
    asset = Asset(
        1, "s", None, "a", "video", "url", AssetState.UPLOADING, size=100, sent=40, rate=6
    )
    assert words.asset_state(asset, NOW) == "uploading 40% · 6 B/s · 10 s left"


def test_the_strip_says_how_far_an_export_is_and_what_is_left_as_well_as_it_is_known() -> None:
    render = Render("r", "s", RenderState.PROCESSING, ExportOptions(), progress=50)
    assert words.render_line(render) == "Export 50%"
    assert words.render_line(render, TimeLeft(29, 31)) == "Export 50% · 30 s left"
    assert words.render_line(render, TimeLeft(200, 470)) == "Export 50% · 3-8 min left"


def test_header_drops_what_is_less_important() -> None:
    overview = Overview(
        "mega-api-prod.nemovideo.ai",
        Link.READY,
        Session("s", "b", "A project with quite a long name"),
        Account("anonymous", NOW + 86_400),
        CreditBalance(87),
    )
    wide, middle, narrow = (header_line(overview, NOW, width).plain for width in (120, 80, 40))
    assert "mega-api-prod.nemovideo.ai" in wide
    for part in ("mega-a", "87 credits", "anonymous · 1 d 0 h left"):
        assert part in middle
    assert "87 credits" in wide
    assert "1 d 0 h left" in wide
    assert "ready" in narrow
    assert "left" not in narrow
    assert all(len(line) <= width for line, width in ((wide, 120), (middle, 80), (narrow, 40)))


def test_size_classes_of_the_three_sizes() -> None:
    chosen = [
        {name for name, applies in size_classes(*size).items() if applies}
        for size in ((80, 24), (120, 35), (200, 50), (39, 20), (60, 9))
    ]
    assert chosen == [
        {"-normal", "-short"},
        {"-wide", "-tall"},
        {"-huge", "-tall"},
        {"-tiny", "-short"},
        {"-narrow", "-flat"},
    ]


def test_slash_commands() -> None:
    found = command_in("/upload  a b.mp4 ")
    assert found is not None
    assert (found[0].name, found[1]) == ("/upload", "a b.mp4")
    assert command_in("upload") is None
    assert [one.name for one in completions("/s")] == ["/status", "/sessions"]
    assert words.common_start(["/status", "/sessions"]) == "/s"
    assert looks_like_command("/exprt now")
    assert not looks_like_command("/home/mia/clip.mp4")


def test_columns_leave_by_rank_and_the_elastic_one_takes_the_rest() -> None:
    columns: list[Column[str]] = [
        Column("a", 10, plain, elastic=1),
        Column("b", 10, plain, rank=1),
        Column("c", 10, plain, rank=2),
    ]
    assert [(one.title, size) for one, size in fit_columns(columns, 60)] == [
        ("a", 34),
        ("b", 10),
        ("c", 10),
    ]
    assert [one.title for one, _ in fit_columns(columns, 25)] == ["a", "b"]


def test_folder_lists_folders_and_accepted_files(tmp_path: Path) -> None:
    for name in ("b.MP4", "a.txt", ".hidden.mp4", "c.jpg"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "sub").mkdir()
    (tmp_path / "empty.mov").touch()
    entries, problem = list_folder(tmp_path)
    assert problem == ""
    assert [entry.name for entry in entries] == ["sub", "b.MP4", "c.jpg", "empty.mov"]
    assert entries[-1].problem.startswith("empty")


def test_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    entries, problem = list_folder(tmp_path / "gone")
    assert not entries
    assert "cannot be read" in problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.com/a.mp4", True),
        ("ftp://x/y", False),
        ("/a/b", False),
        ("http://", False),
    ],
)
def test_urls(text: str, expected: bool) -> None:
    assert is_url(text) is expected


def test_over_ssh_the_video_is_fetched_with_scp() -> None:
    environ = {"SSH_CONNECTION": "10.0.0.1 5000 10.0.0.2 2222", "DISPLAY": ":0"}
    assert not programs.has_desktop(environ)
    command = fetch_command(Path("/v/my film.mp4"), environ)
    assert command.startswith("scp -P 2222 '")
    assert "@10.0.0.2:/v/my film.mp4'" in command


def watched(number: int, state: AssetState, **more: Any) -> Asset:
    return Asset(
        number, "s1", Path(f"/clips/{number}.mp4"), f"{number}.mp4", "video", "watch", state, **more
    )


def test_a_watched_folder_is_one_line_that_counts() -> None:
    folder = Path("/clips")
    assert folder_line(folder, [], 80).plain == "clips/  watched · nothing came yet"
    came = [
        *(watched(number, AssetState.DONE) for number in range(7)),
        watched(8, AssetState.SETTLING, why=Reason("growing", "growing, quiet 3 of 5 s")),
        watched(9, AssetState.FAILED, why=Reason("x", "its end is missing")),
        watched(10, AssetState.SKIPPED),
        watched(11, AssetState.UPLOADING),
        replace(watched(12, AssetState.DONE), source="picked"),
        replace(watched(13, AssetState.DONE), path=Path("/other/13.mp4")),
    ]
    assert folder_line(folder, came, 120).plain == (
        "clips/  7 in · 1 on the way · 1 waits: 8.mp4: growing, quiet 3 of 5 s · "
        "1 refused: 9.mp4: its end is missing"
    )
    assert folder_line(folder, came, 20).cell_length <= 20
    odd = watched(1, AssetState.FAILED, why=Reason("x", "[/i]"))
    assert folder_line(folder, [odd], 80).plain == "clips/  1 refused: 1.mp4: [/i]"
