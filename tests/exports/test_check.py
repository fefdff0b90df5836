"""What a finished video is told to be: black, still, silent – and whether that is news."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.cloud import Cloud
from tests.fallback.test_render_here import row_of
from tests.sessions_bench import Bench, settings
from vbtui.exports import check
from vbtui.exports.check import Inspection, inspect
from vbtui.exports.presets import options_for
from vbtui.journal import assets
from vbtui.journal.records import Render, RenderState


def quiet(color: str) -> Path:
    """A clip with a sound track in which nothing is heard."""
    path = media.folder() / f"quiet-{color}.mp4"
    picture = f"color=c={color}:s=320x180:r=30:d=2"
    media.ffmpeg(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "anullsrc=r=48000:d=2"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", path),
    )
    return path


async def test_what_is_seen_and_heard() -> None:
    seen = await inspect(
        [
            media.clip(seconds=2),
            media.clip("red", sound=False),
            quiet("black"),
            media.not_media(),
            Path("nothing.mp4"),
        ]
    )
    assert [replace(one, lufs=None) for one in seen] == [
        Inspection(),
        Inspection(frozen=True, silent=True),
        Inspection(black=True, silent=True),
        Inspection(is_foreign=True),
        Inspection(is_foreign=True),
    ]


def drawn(folder: Path, graph: str, *more: str) -> Path:
    path = folder / f"{len(list(folder.iterdir()))}.mp4"
    media.ffmpeg("-filter_complex", graph, *more, "-c:v", "libx264", "-pix_fmt", "yuv420p", path)
    return path


async def test_a_standstill_is_one_from_the_first_to_the_last_frame(tmp_path: Path) -> None:
    grey = "color=c=gray:s=320x180:r=30:d"
    late = "drawbox=color=white:t=fill:enable='gte(t,4.9)'"
    early = "drawbox=color=white:t=fill:enable='lt(t,0.02)'"
    cursor = "color=white:s=4x8:r=30:d=3[b];[a][b]overlay=x='50*t':y=90"
    seen = await inspect(
        [
            drawn(tmp_path, f"{grey}=5,{late}"),
            drawn(tmp_path, f"{grey}=5,{early}"),
            drawn(tmp_path, f"{grey}=3[a];{cursor}"),
            drawn(tmp_path, "mandelbrot=s=640x360:r=30,trim=end_frame=1,loop=90:1", "-crf", "35"),
            drawn(tmp_path, f"{grey}=1.1"),
            drawn(tmp_path, f"{grey}=0.9"),
        ]
    )
    assert [one.frozen for one in seen] == [False, False, False, True, True, False]
    assert [one.black for one in seen] == [False] * 6


async def test_black_is_black_from_the_first_to_the_last_frame(tmp_path: Path) -> None:
    seen = await inspect(
        [
            drawn(tmp_path, "color=black:r=30:d=2,drawbox=color=white:t=fill:enable='gte(t,1.96)'"),
            drawn(tmp_path, "color=black:r=30:d=2,drawbox=color=white:t=fill:enable='lt(t,0.03)'"),
            drawn(tmp_path, "color=black:r=30:d=2,drawbox=w=8:h=8:color=white:t=fill"),
            drawn(tmp_path, "color=0x1e1e1e:r=30:d=2"),
            drawn(tmp_path, "color=0x141414:r=30:d=2"),
            drawn(tmp_path, "color=black:r=30:d=0.1"),
        ]
    )
    assert [one.black for one in seen] == [False, False, False, False, True, True]


async def test_silence_is_below_60_decibels(tmp_path: Path) -> None:
    def sound(name: str, expression: str) -> Path:
        media.ffmpeg("-f", "lavfi", "-i", f"aevalsrc={expression}:d=2", path := tmp_path / name)
        return path

    seen = await inspect(
        [
            sound("loud.wav", "0.0012*sin(2000*t)"),
            sound("quiet.wav", "0.0008*sin(2000*t)"),
            sound("click.wav", "if(between(t\\,1.99\\,1.995)\\,0.5\\,0)"),
            sound("against.wav", "0.5*sin(2000*t)|-0.5*sin(2000*t)"),
        ]
    )
    assert [one.silent for one in seen] == [False, True, False, False]
    assert not any(one.has_video for one in seen)


async def test_loudness_is_that_of_the_whole(tmp_path: Path) -> None:
    def tone(name: str, gain: str) -> Path:
        source = f"sine=1000:d=3,volume={gain},aformat=channel_layouts=stereo"
        media.ffmpeg("-f", "lavfi", "-i", source, path := tmp_path / name)
        return path

    loud, quiet = await inspect([tone("loud.wav", "0dB"), tone("quiet.wav", "-10dB")])
    assert loud.lufs is not None
    assert quiet.lufs is not None
    assert loud.lufs - quiet.lufs == pytest.approx(10, abs=0.2)
    assert loud.lufs == pytest.approx(-21, abs=0.5)  # a sine of 1/8, shared by both channels


@pytest.mark.parametrize("gain", ["7dB", "-10dB"])
async def test_a_video_for_a_platform_is_told_fit_or_not(
    cloud: Cloud, tmp_path: Path, gain: str
) -> None:
    made = tmp_path / "made.mp4"
    sound = f"sine=1000:d=2,volume={gain},aformat=channel_layouts=stereo"
    media.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc=s=90x160:d=2", "-f", "lavfi", "-i", sound),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", made),
    )
    cloud.draft, cloud.video = draft(), made.read_bytes()
    cloud.draft["m"] |= {"width": 1080, "height": 1920}
    async with Bench(settings(cloud.url), tmp_path) as it:
        render = await it.over(await it.exports.start(options_for("reels")))
    code, message = said(render)
    if gain == "7dB":
        assert code == check.REMARK
        assert message.startswith("Fit for Instagram Reels: 2 s of 3:00, 9:16, -1")
    else:
        assert code == f"{check.DOUBTFUL}.unfit"
        assert "Not fit for Instagram Reels. It is heard at -31." in message
    assert render.path is not None


async def test_without_an_ffmpeg_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VBTUI_FFMPEG", "/nowhere/ffmpeg")
    assert await inspect([quiet("black")]) == []


def zeroed(path: Path) -> bytes:
    """A whole MP4 whose content is lost but for its beginning."""
    content = path.read_bytes()
    index = content.find(b"moov") - 4
    kept = content.find(b"mdat") + 20_000
    return content[:kept].ljust(index, b"\0") + content[index:]


async def test_damage_and_photos(tmp_path: Path) -> None:
    (damaged := tmp_path / "damaged.mp4").write_bytes(zeroed(media.clip(seconds=2)))
    no_picture = tmp_path / "sound.mp4"
    media.ffmpeg("-f", "lavfi", "-i", "sine=d=2", no_picture)
    media.ffmpeg("-f", "lavfi", "-i", "color=black:s=64x64", "-frames:v", "1", tmp_path / "b.png")
    seen = await inspect([damaged, no_picture, tmp_path / "b.png"])
    assert [replace(one, lufs=None) for one in seen] == [
        Inspection(damaged=True),
        Inspection(has_video=False),
        Inspection(black=True, silent=True),
    ]


CLIP = {"d": 2000, "m": {"filename": "beach.mp4"}}
SONG = {"tt": 1, "sg": [{"d": 2000, "m": {"filename": "song.mp3", "volume": 35}}]}


def draft(*more: dict[str, Any], clip: dict[str, Any] = CLIP) -> dict[str, Any]:
    return {"t": [{"tt": 0, "sg": [clip]}, *more], "d": 2000, "m": {"title": "Promo"}}


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        yield cloud


async def exported(
    cloud: Cloud, tmp_path: Path, original: Path | None = None, remote: str = "beach.mp4"
) -> Render:
    async with Bench(settings(cloud.url), tmp_path) as it:
        if original is not None:
            row = row_of(original, it.context.session.id, remote_name=remote)
            await it.journal.run(lambda c: assets.intern(c, [row]))
        render = await it.over(await it.export())
    assert render.state is RenderState.DONE
    return render


def said(render: Render) -> tuple[str, str]:
    return (render.problem.code, render.problem.message) if render.problem else ("", "")


async def test_a_video_as_promised_is_not_talked_about(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft, cloud.video = draft(SONG), media.clip(seconds=2).read_bytes()
    assert said(await exported(cloud, tmp_path)) == ("", "")


async def test_a_black_and_silent_video_is_a_warning_and_there_all_the_same(
    cloud: Cloud, tmp_path: Path
) -> None:
    cloud.draft, cloud.video = draft(SONG), quiet("black").read_bytes()
    render = await exported(cloud, tmp_path, media.clip("red", seconds=2))
    words = "The picture is black throughout. Nothing is heard in the video."
    assert said(render) == (check.DOUBTFUL, words)
    assert render.path is not None


async def test_black_clips_make_a_black_video(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft, cloud.video = draft(), quiet("black").read_bytes()
    words = "The picture is black throughout: so are the clips that it is made from."
    assert said(await exported(cloud, tmp_path, quiet("black"))) == (check.REMARK, words)


async def test_what_the_maker_remarks_is_kept_and_stands_beside_a_warning(
    cloud: Cloud, tmp_path: Path
) -> None:
    damaged = "“beach.mp4” is damaged in places."
    cloud.script = [{"status": "completed", "progress": 100, "remark": damaged}]
    cloud.draft, cloud.video = draft(), media.clip(seconds=2).read_bytes()
    assert said(await exported(cloud, tmp_path / "a")) == (check.REMARK, damaged)
    cloud.video = quiet("black").read_bytes()
    assert said(await exported(cloud, tmp_path / "b")) == (
        check.DOUBTFUL,
        f"The picture is black throughout. {damaged}",
    )


async def test_clips_with_sound_and_a_video_without(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft, cloud.video = draft(), media.clip(seconds=2, sound=False).read_bytes()
    words = "Nothing is heard in the video, though the clips have sound."
    loud = media.clip(seconds=2)
    assert said(await exported(cloud, tmp_path, loud)) == (check.DOUBTFUL, words)
    assert said(await exported(cloud, tmp_path / "b")) == (check.DOUBTFUL, words)


@pytest.mark.parametrize(
    "clip",
    [{"d": 2000, "m": {"filename": "photo.JPG"}}, {"d": 2000, "m": {"title": "x", "src": "a.png"}}],
)
async def test_a_photo_may_stand_still(cloud: Cloud, tmp_path: Path, clip: dict[str, Any]) -> None:
    cloud.draft = draft(clip=clip)
    cloud.video = media.clip("red", seconds=2, sound=False).read_bytes()
    assert said(await exported(cloud, tmp_path)) == ("", "")


async def test_a_still_picture_of_a_moving_clip_is_a_warning(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft, cloud.video = draft(), media.clip("red", seconds=2, sound=False).read_bytes()
    render = await exported(cloud, tmp_path, media.clip(seconds=2, sound=False))
    assert said(render) == (check.DOUBTFUL, "The picture never moves.")


async def test_a_damaged_video_is_a_warning(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft, cloud.video = draft(), zeroed(media.clip(seconds=2))
    render = await exported(cloud, tmp_path)
    assert said(render) == (check.DOUBTFUL, "Parts of it cannot be decoded.")


async def test_sound_alone_is_no_video(cloud: Cloud, tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    media.ffmpeg("-f", "lavfi", "-i", "sine=d=2", path)
    cloud.draft, cloud.video = draft(), path.read_bytes()
    render = await exported(cloud, tmp_path)
    assert said(render) == (check.DOUBTFUL, "There is no picture in it.")


async def test_a_black_photo_makes_a_black_video(cloud: Cloud, tmp_path: Path) -> None:
    photo = tmp_path / "night.png"
    media.ffmpeg("-f", "lavfi", "-i", "color=black:s=320x180", "-frames:v", "1", photo)
    clip = {"d": 2000, "m": {"filename": "night.png"}}
    cloud.draft, cloud.video = draft(clip=clip), quiet("black").read_bytes()
    render = await exported(cloud, tmp_path, photo, "night.png")
    assert render.problem is not None
    assert render.problem.code == check.REMARK
