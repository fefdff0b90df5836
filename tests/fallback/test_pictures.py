"""Pictures of a cloud's draft, composed on this machine by a real studio, from files where they lie."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cloud import FILE, Cloud
from tests.fallback.test_render_here import BY_URL, bench, draft_of, original, uploaded
from tests.sessions_bench import Bench
from vbtui.base.errors import StudioMissing
from vbtui.fallback import pictures as here_frames
from vbtui.fallback.pictures import Composed, Previews
from vbtui.fallback.process import HereStudio
from vbtui.journal.records import DraftVersion
from vbtui.session.studio import running


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        yield cloud


class Looking:
    """Pictures of the newest draft of a bench."""

    def __init__(self, it: Bench) -> None:
        self._it = it
        self.previews = Previews(it.context, it.studio)

    @property
    def version(self) -> DraftVersion:
        assert self._it.drafts.current is not None
        return self._it.drafts.current

    async def at(self, at_ms: int) -> Composed:
        return await self.previews.frames(self.version, at_ms, width=64, height=36)

    async def run(self, at_ms: int, count: int) -> Composed:
        return await self.previews.frames(
            self.version, at_ms, count=count, fps=10, width=64, height=36
        )


def color(picture: bytes, x: int = 2, y: int = 2) -> str:
    with Image.open(BytesIO(picture)) as image:
        pixel = image.convert("RGB").getpixel((x, y))
    assert isinstance(pixel, tuple)
    names = {(True, False, False): "red", (False, False, True): "blue", (False,) * 3: "black"}
    return names.get((pixel[0] > 150, pixel[1] > 150, pixel[2] > 150), str(pixel))


def kept(it: Bench) -> list[Path]:
    """What the studio keeps of media and projects."""
    data = it.context.settings.directories.studio
    return [*data.glob("media/*"), *data.glob("sessions/*")]


async def test_it_is_composed_from_the_originals_where_they_lie(
    cloud: Cloud, tmp_path: Path
) -> None:
    """Titles are in it, nothing is copied, the cloud is not asked for files, and the studio ends."""
    lost = {"d": 1000, "m": {"url": f"{cloud.url}/files/footage.mp4"}}
    odd = {"tt": 4, "sg": [{"st": 600, "d": 200, "m": {"name": "sparkle"}}]}
    cloud.draft = draft_of(BY_URL, lost, extra=(odd,))
    cloud.draft["d"] = 2000
    async with bench(cloud, tmp_path) as it:
        await uploaded(it, original(tmp_path), url="https://cdn.example/abc?sig=1")
        looking = Looking(it)
        with_title, plain = await looking.at(100), await looking.at(900)
        assert looking.previews.are_here
        assert with_title.is_here, with_title
        assert with_title.missing == ()
        assert [color(one.pictures[0]) for one in (with_title, plain)] == ["red", "red"]
        assert with_title.pictures[0] != plain.pictures[0]
        assert (await looking.at(700)).missing == ("sparkle",)
        moving = await looking.run(300, 5)
        assert (len(moving.pictures), moving.missing) == (5, ("sparkle",))
        there = await looking.at(1500)
        assert there.pictures == ()
        assert there.reason == "it is not on this machine"
        assert not (await looking.run(900, 3)).pictures
        assert kept(it) == []
        assert cloud.count("GET", FILE) == 0
        data = it.context.settings.directories.studio
        assert running(data) is not None
        await it.studio.close()
        await it.poll(lambda: running(data) is None)


async def test_a_broken_or_changed_original_is_said_and_the_rest_is_drawn(
    cloud: Cloud, tmp_path: Path
) -> None:
    broken = {"d": 1000, "m": {"filename": "broken.mp4"}}
    cloud.draft = draft_of(BY_URL, broken)
    async with bench(cloud, tmp_path) as it:
        path = original(tmp_path)
        await uploaded(it, path, url="https://cdn.example/abc?sig=1")
        bad = original(tmp_path, "broken.mp4")
        bad.write_bytes(bad.read_bytes()[:800])
        await uploaded(it, bad, remote_name="broken.mp4")
        looking = Looking(it)
        try:
            assert color((await looking.at(500)).pictures[0]) == "red"
            reason = (await looking.at(1500)).reason
            assert reason.startswith("“broken.mp4” is ")
            path.write_bytes(path.read_bytes() + b"more")
            assert "has changed" in (await looking.at(500)).reason
        finally:
            await it.studio.close()


async def test_the_draft_changes_and_the_studio_dies_meanwhile(
    cloud: Cloud, tmp_path: Path
) -> None:
    cloud.draft = draft_of(BY_URL)
    async with bench(cloud, tmp_path) as it:
        await uploaded(it, original(tmp_path), url="https://cdn.example/abc?sig=1")
        await uploaded(it, original(tmp_path, "sea.mp4", "blue"), url="https://cdn.example/sea")
        looking = Looking(it)
        try:
            before = looking.version
            waiting = asyncio.create_task(looking.at(900))
            await asyncio.sleep(0)
            waiting.cancel()  # the playhead moved on while the studio starts
            cloud.draft = draft_of({"d": 1000, "m": {"url": "https://cdn.example/sea"}})
            await it.drafts.reconcile()
            assert color((await looking.at(900)).pictures[0]) == "blue"
            studio = running(it.context.settings.directories.studio)
            assert studio is not None
            os.kill(studio.pid, signal.SIGKILL)
            older = await looking.previews.frames(before, 900, width=64, height=36, is_newest=False)
            assert older.pictures, older.reason
            assert color(older.pictures[0]) == "red"
        finally:
            await it.studio.close()


async def test_the_studio_ends_when_no_picture_is_asked_for(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here_frames, "_STAYS_S", 0.05)
    cloud.draft = draft_of(BY_URL)
    async with bench(cloud, tmp_path) as it:
        await uploaded(it, original(tmp_path), url="https://cdn.example/abc?sig=1")
        assert (await Looking(it).at(900)).pictures
        await it.poll(lambda: running(it.context.settings.directories.studio) is None)


async def test_a_crowd_of_parts_is_not_composed(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft = draft_of(*[{"s": 0, "d": 1000, "m": {"title": str(n)}} for n in range(400)])
    async with bench(cloud, tmp_path) as it:
        assert (await Looking(it).at(900)).reason == "Too many parts lie here at once."


async def test_without_the_extra_the_reason_says_how_to_get_it(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise StudioMissing("The local studio needs the Python package starlette.")

    monkeypatch.setattr(here_frames, "require_studio", missing)
    cloud.draft = draft_of(BY_URL)
    async with bench(cloud, tmp_path) as it:
        made = await Looking(it).at(900)
        assert made == Composed(
            is_here=True, reason="composing it here needs: pip install 'vbtui[studio]'"
        )
        assert running(it.context.settings.directories.studio) is None


async def test_a_studio_that_cannot_start_is_not_tried_for_every_picture(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.draft = draft_of(BY_URL)
    async with bench(cloud, tmp_path) as it:
        await uploaded(it, original(tmp_path), url="https://cdn.example/abc?sig=1")
        data = it.context.settings.directories.studio
        data.parent.mkdir(parents=True, exist_ok=True)
        data.write_text("no folder")
        starts: list[int] = []
        ready = HereStudio.ready

        async def counted(studio: HereStudio) -> None:
            starts.append(1)
            await ready(studio)

        monkeypatch.setattr(HereStudio, "ready", counted)
        looking = Looking(it)
        first, second = await looking.at(900), await looking.at(100)
        assert first.reason
        assert first == second
        assert len(starts) == 1


async def test_a_studio_that_someone_else_runs_draws_by_itself(tmp_path: Path) -> None:
    """What the backend draws is not composed here; what it refuses is a reason."""
    async with Cloud() as cloud:
        cloud.draft = draft_of(BY_URL)
        async with bench(cloud, tmp_path) as it:
            looking = Looking(it)

            async def can() -> dict[str, Any]:
                return {"frames": True}

            async def draw(draft: object, at_ms: int, **how: Any) -> tuple[bytes, ...]:
                return (b"\x89PNG there",)

            it.context.client.capabilities = can  # type: ignore[method-assign]  # a studio's
            it.context.client.frames = draw  # type: ignore[method-assign]
            assert await looking.at(900) == Composed((b"\x89PNG there",))
            assert not looking.previews.are_here
