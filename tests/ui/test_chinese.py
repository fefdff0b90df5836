"""Everything that the screens say is Chinese where that is the language, and columns stay columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.ui import sample
from tests.ui.conftest import OpenApp, screen_lines, screen_text, settled
from tests.ui.test_timeline_edits import field_of
from tests.ui.world import NOW, World
from vbtui.base.keys import use
from vbtui.base.problem import Problem
from vbtui.base.spoken import use_language
from vbtui.journal.records import NO_REASON, Asset, Reason, Receipt, Turn, TurnState
from vbtui.timeline.changes import Change
from vbtui.timeline.model import VIDEO
from vbtui.ui.app import VbtuiApp

NAMES = """
vbtui NemoVideo Textual Premiere Resolve Final Cut OpenTimelineIO Reels TikTok Shorts YouTube EDL SRT FCP XML JPG PNG
MP4 MOV MP3 HEVC GIF ProRes WebM WAV SRT VTT ASS Instagram Reels YouTube Shorts TikTok LUFS srt vtt cube TOML SSH VISUAL EDITOR shell rebuild.py scp fps ctrl+ shift+enter Enter Esc Tab Space PgUp PgDn Home End
Alt Del Ins Urban Dreams Where the city meets the sea example.com glow Track tt Beach promo beach.mp4 portrait.jpg
Dask tcp drone over the harbour at sunset.mp4 logo.png lo-fi.mp3 GX010042.MP4 interview-raw.mov
"""
"""Names, keys, the words of the sample's own titles and files: any of them may be cut."""
FILES = re.compile(r"[\w…. -]*[\w…]+\.\w{2,4}\b|/[\w./-]+|https?:\S+|mp4 mov .* aac|@\w+")
"""Names of files, where they lie, what can be uploaded."""


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    use_language("zh", {})
    use({})
    yield
    use_language("en", {})
    use({})


@pytest.fixture
def project(world: World) -> World:
    """The sample with its sentences and reasons in Chinese."""
    sample.fill(world)
    clip = Change("added", "Video", "", "海滩 0-12s", VIDEO, "海滩", 1, now=(0, 12_000))
    receipt = Receipt((clip,), seconds=4.2, version=1, length_ms=60_000, clips=5, tracks=3)
    said = Turn(1, "s1", "合成一个视频", "edit", TurnState.DONE, receipt=receipt, position=1)
    waits = Turn(3, "s1", "在结尾加字幕", "edit", TurnState.QUEUED, position=3)
    busy = replace(
        Turn(2, "s1", "音乐小一点", "edit", TurnState.RUNNING, position=2),
        sent_at=NOW - 12,
        created_at=NOW - 12,
    )
    world.add(said, waits, busy, replace(waits, id=4, position=4))
    world.add(*map(_in_chinese, sample.assets()))
    for render in sample.renders():
        problem = Problem("导出失败", "磁盘已满。", "请先清理。") if render.problem else None
        world.add(replace(render, problem=problem))
    return world


def _in_chinese(asset: Asset) -> Asset:
    return replace(asset, why=Reason(asset.why.code, "过大") if asset.why else NO_REASON)


def english(app: VbtuiApp) -> set[str]:
    """Words that are no names."""
    text = FILES.sub(" ", screen_text(app))
    here = NAMES + str(Path.cwd())
    return {one for one in re.findall(r"[A-Za-z]{3,}", text) if one not in here}


SCREENS: tuple[list[str], ...] = ([], ["f3"], ["f4"], ["f5"])
DIALOGS = (
    *(["f1"], ["f3", "f1"], ["f4", "f1"], ["f5", "f1"]),
    *(["f6"], ["ctrl+l"], ["ctrl+o"], ["ctrl+r"], ["ctrl+f"], ["ctrl+p"]),
    *(["f3", "n"], ["f3", "x"], ["f4", "h"], ["f4", "O"], ["f4", "v"], ["f4", "g"]),
    *(["f5", "a"], ["slash"], ["ctrl+q"]),
)
"""Keys that lead to each."""


@pytest.mark.parametrize(
    ("size", "ways"), [((120, 35), (*SCREENS, *DIALOGS)), ((40, 12), (*SCREENS, *DIALOGS[4:10]))]
)
async def test_screens_and_dialogs_say_nothing_in_english(
    open_app: OpenApp,
    project: World,
    size: tuple[int, int],
    ways: Sequence[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "剪辑"
    folder.mkdir()
    monkeypatch.chdir(folder)
    found: dict[str, set[str]] = {}
    async with open_app(*size, world=project) as (app, pilot):
        for keys in ways:
            await pilot.press("f2", *keys)
            await settled(app, pilot)
            assert {line.cell_length for line in screen_lines(app)} <= {size[0]}
            if words := english(app):
                found[" ".join(keys)] = words
            await pilot.press("escape", "escape")
            await settled(app, pilot)
            await pilot.press("f2")
            for prompt in app.screen.query("Prompt"):
                prompt.clear()  # type: ignore[attr-defined]
    assert found == {}


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (["x"], "删除片段 1 (beach.mp4)"),
        ([">"], "交换片段 1 (beach.mp4) 和片段 2 (城市延时摄影.mov) 的位置"),
        (["v", "2", "0", "enter"], "把片段 1 (beach.mp4) 的音量设为 20%"),
        (["r", "2", "enter"], "把片段 1 (beach.mp4) 的速度设为 2x"),
    ],
)
async def test_sentences_of_keys_are_chinese(
    open_app: OpenApp, project: World, keys: list[str], sentence: str
) -> None:
    async with open_app(120, 35, world=project) as (app, pilot):
        await pilot.press("f4", *keys)
        await settled(app, pilot)
        assert field_of(app) == sentence


async def test_columns_of_chinese_are_columns(open_app: OpenApp, project: World) -> None:
    async with open_app(120, 35, world=project) as (app, pilot):
        await pilot.press("f3")
        await settled(app, pilot)
        lines = screen_text(app).splitlines()
    head = next(line for line in lines if "名称" in line and "类型" in line)
    rows = [line for line in lines if "视频 " in line and ".mov" in line]
    assert len(rows) == 2
    for row in rows:
        assert _cell(row, "视频") == _cell(head, "类型")
        assert _cell(row, "✓" if "✓" in row else "✕") == _cell(head, "状态")


def _cell(line: str, text: str) -> int:
    return cell_len(line[: line.index(text)])
