"""Proxies: the same pictures at the same times as their files, made in the background, seen by previews alone."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import httpx
import imageio_ffmpeg
import pytest
from PIL import Image

from tests import clips
from tests.rendered import look
from tests.studio.running import RunningStudio, studio, until
from tests.studio.test_server_renders import children, draft_of, encoders, slow_draft
from tests.waiting import PATIENCE_S
from vbtui.studio.project.media import Media, is_slow
from vbtui.studio.project.probe import probe
from vbtui.studio.render import frames
from vbtui.studio.render.proxy import make_proxy, proxy_size
from vbtui.wire.extras import split_pictures

BARS = 8
"""A picture's number is written on it, a bar a bit."""
EVEN = ("-fps_mode", "passthrough", "-enc_time_base", "filter")
LONG = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", "600", "-bf", "3")
TONE = ("-f", "lavfi", "-i", "sine=f=440:r=48000:d=6", "-c:a", "aac")


def numbered(
    name: str, *arguments: str, times: str = "", fps: str = "30", late_s: str = "0"
) -> Path:
    """A clip of 120 pictures that have their numbers on them."""
    path = clips.folder() / f"numbered-{name}"
    if not path.exists():
        bars = [
            f"drawbox=x=iw*{bit}/{BARS}:w=iw/{BARS}:c=white:t=fill:enable='mod(floor(n/{2**bit}),2)'"
            for bit in range(BARS)
        ]
        source = f"color=c=black:s=320x176:r={fps},trim=end_frame=120"
        picture = ",".join([source, *bars, *([f"settb=1/1000,setpts='{times}'"] if times else [])])
        late = ("-itsoffset", late_s, "-f", "lavfi", "-i", picture)
        clips.ffmpeg(*late, *arguments, "-pix_fmt", "yuv420p", path)
    return path


CLIPS: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "long groups": ("long.mp4", LONG, {}),
    "an uneven rate": ("uneven.mp4", (*LONG, *EVEN), {"times": "N*34+7*mod(N*7,5)+300*gt(N,50)+90*gt(N,80)"}),
    "an uneven rate in Matroska": ("uneven.mkv", (*LONG, *EVEN), {"times": "N*40+13*mod(N*3,4)"}),
    "29.97 a second": ("ntsc.mp4", LONG, {"fps": "30000/1001"}),
    "a picture that begins late": ("late.mp4", (*TONE, *LONG), {"late_s": "0.7"}),
    "an AVI": ("old.avi", LONG, {"fps": "30000/1001"}),
    "a stream": ("stream.ts", (*TONE, *LONG, "-f", "mpegts"), {}),
    "HEVC": ("new.mp4", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=0"), {}),
    "every picture alone": ("alone.mov", ("-c:v", "mjpeg", "-q:v", "3"), {}),
}  # fmt: skip


def known(path: Path) -> Media:
    name = f"{path.name}.mp4" if path.suffix == ".ts" else path.name
    return replace(probe(path, name), id="a")


async def proxy_of(media: Media, folder: Path) -> Path:
    path = folder / "proxy.mp4"
    await make_proxy(media, path, threads=1)
    return path


def draft(media: Media, *, in_ms: int = 0, speed: float = 1, fps: float = 30) -> dict[str, Any]:
    length = round((media.duration_ms - in_ms) / speed)
    meta = {"asset": "a", "title": "clip", "in": in_ms, "speed": speed}
    settings = {"width": 320, "height": 176, "fps": fps}
    return {"t": [{"tt": 0, "sg": [{"s": 0, "d": length, "m": meta}]}], "d": length, "m": settings}


def number_on(picture: Image.Image) -> int:
    row = picture.convert("L").resize((BARS, 1), Image.Resampling.BOX)
    return sum(2**bit for bit in range(BARS) if int(row.getpixel((bit, 0))) > 128)  # type: ignore[arg-type]  # of one band


def numbers(data: bytes) -> list[int]:
    return [number_on(Image.open(BytesIO(one))) for one in split_pictures(data)]


@pytest.mark.parametrize("what", CLIPS)
async def test_a_proxy_shows_the_same_picture_as_its_file_at_every_time(
    what: str, tmp_path: Path
) -> None:
    name, arguments, more = CLIPS[what]
    media = known(numbered(name, *arguments, **more))
    proxy = await proxy_of(media, tmp_path)
    shown: set[int] = set()
    for made in (draft(media), draft(media, in_ms=1_234, speed=1.5, fps=25)):
        for at_ms in range(0, made["d"], 1_900):
            own, copied = [
                numbers(await frames(made, {"a": media}, at_ms, 320, 176, count=60, fps=30, find_proxy=find))
                for find in (lambda _: None, lambda _: proxy)
            ]  # fmt: skip
            assert copied == own
            shown.update(own)
        for at_ms in (0, 33, 701, 1_666, 2_345, made["d"] - 1):
            own, copied = [
                numbers(await frames(made, {"a": media}, at_ms, 320, 176, find_proxy=find))
                for find in (lambda _: None, lambda _: proxy)
            ]
            assert copied == own
    assert len(shown) > 100


@pytest.mark.parametrize("what", CLIPS)
async def test_a_proxy_has_every_picture_of_its_file_at_its_time(what: str, tmp_path: Path) -> None:
    name, arguments, more = CLIPS[what]
    path = numbered(name, *arguments, **more)
    proxy = await proxy_of(known(path), tmp_path)
    (own_numbers, own_times), (numbers, times) = decoded(path), decoded(proxy)
    assert numbers == own_numbers == list(range(120))
    assert times[0] == 0  # what begins late is seen from the begin on
    if path.suffix not in (".avi", ".ts"):  # of which ffmpeg works the times out anew
        assert times[1:] == pytest.approx(own_times[1:], abs=1e-6)


def decoded(path: Path) -> tuple[list[int], list[float]]:
    """The numbers on all pictures, and their times from the file's begin on, in s."""
    with av.open(str(path)) as container:
        begin = (container.start_time or 0) / 1_000_000
        pictures = list(container.decode(container.streams.video[0]))
        times = [float(one.time) - begin for one in pictures if one.time is not None]
        return [number_on(one.to_image()) for one in pictures], times  # type: ignore[no-untyped-call]  # PyAV


@pytest.mark.parametrize(
    "path", [clips.rotated(90), clips.portrait(), clips.halves(), clips.ten_bit()], ids=lambda path: path.name
)  # fmt: skip
async def test_a_proxy_looks_as_its_file(path: Path, tmp_path: Path) -> None:
    media = known(path)
    proxy = await proxy_of(media, tmp_path)
    for fit in ("cover", "contain", "blur"):
        made = draft(media)
        made["t"][0]["sg"][0]["m"]["fit"] = fit
        own, copied = [
            Image.open(BytesIO(await frames(made, {"a": media}, 900, 320, 176, find_proxy=find)))
            for find in (lambda _: None, lambda _: proxy)
        ]
        small = [one.convert("RGB").resize((32, 18)).tobytes() for one in (own, copied)]
        differences = [abs(a - b) for a, b in zip(*small, strict=True)]
        assert max(differences) < 40
        assert sum(differences) / len(differences) < 3


async def test_a_proxy_is_used_where_it_is_large_enough(tmp_path: Path) -> None:
    large = known(clips.clip("red", width=1280, height=720))
    other = await proxy_of(known(clips.clip("blue")), tmp_path)
    assert proxy_size(large) == (640, 360)
    made = draft(large)
    made["m"] |= {"width": 1280, "height": 720}
    for size, color in ((320, "blue"), (640, "blue"), (700, "red"), (1280, "red")):
        data = await frames(made, {"a": large}, 500, size, size, find_proxy=lambda _: other)
        assert middle_of(data) == color


@pytest.mark.parametrize("content", [b"", bytes(5000), None], ids=["empty", "noise", "cut off"])
async def test_a_proxy_that_cannot_be_read_is_none(content: bytes | None, tmp_path: Path) -> None:
    media, proxy = known(clips.clip("red")), tmp_path / "proxy.mp4"
    if content is None:
        proxy.write_bytes((await proxy_of(media, tmp_path)).read_bytes()[:1000])
    else:
        proxy.write_bytes(content)
    data = await frames(draft(media), {"a": media}, 500, 320, 176, find_proxy=lambda _: proxy)
    assert middle_of(data) == "red"
    assert not proxy.exists()


def middle_of(data: bytes) -> str:
    pixel = Image.open(BytesIO(data)).convert("RGB").resize((3, 3)).getpixel((1, 1))
    assert isinstance(pixel, tuple)
    return ("red", "green", "blue")[pixel.index(max(pixel))]


def test_footage_that_is_slow_to_look_into() -> None:
    plain = known(clips.clip(width=1280, height=720))

    def of(width: int, height: int, group_ms: int | None, **more: Any) -> bool:
        picture = replace(plain.picture, width=width, height=height)  # type: ignore[type-var]  # a video has one
        return is_slow(replace(plain, picture=picture, group_ms=group_ms, fps=30, **more))

    assert not of(1920, 1080, 1000)
    assert of(1920, 1080, 2100)
    assert of(1920, 1080, 1000, video_codec="hevc")
    assert of(1920, 1080, 1000, pixel_format="yuv422p10le")
    assert of(3840, 2160, 500)
    assert of(1280, 720, 8000)
    assert not of(640, 360, 8000)
    assert not of(3840, 2160, None)
    assert not is_slow(known(clips.sound()))
    assert not is_slow(replace(plain, kind="image", group_ms=0, width=9000, height=9000))


# -- in the studio --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def slow_clip() -> Path:
    """One that is quick to make: few pictures, but large ones."""
    path = clips.clip("red", seconds=2, width=3840, height=2160, fps="12", sound=False)
    assert is_slow(probe(path, path.name))
    return path


@pytest.fixture
def proxies(tmp_path: Path) -> Path:
    """Where a studio of `running` keeps them."""
    return tmp_path / "cache" / "vbtui" / "proxies"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningStudio]:
    with studio(tmp_path / "data", environ=environ_of(tmp_path)) as one:
        yield one


def environ_of(tmp_path: Path) -> dict[str, str]:
    return {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "VBTUI_CONFIG": str(tmp_path / "config.toml"),
    }


def whole(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("??/*"))


def under_way(folder: Path) -> Sequence[Path]:
    return list(folder.glob("unfinished-*"))


def is_idle(running: RunningStudio) -> bool:
    return not encoders(running)


def test_an_upload_has_its_proxy_which_previews_show_and_renders_do_not(
    running: RunningStudio, slow_clip: Path, proxies: Path, tmp_path: Path
) -> None:
    session = running.new_session()
    running.add(session, slow_clip, clips.clip("green"))
    (proxy,) = until(lambda: whole(proxies), bool)
    until(lambda: is_idle(running), bool)
    assert whole(proxies) == [proxy]  # the other one needs none
    assert not under_way(proxies)
    proxy.write_bytes(clips.clip("blue", width=640, height=360, sound=False).read_bytes())
    os.utime(proxy, (1, 1))
    running.say(session, "make a video of these clips")
    picture = running.http.get(f"/studio/frames/{session}?at=1000&width=240&height=136")
    assert middle_of(picture.content) == "blue"
    assert proxy.stat().st_mtime > 1000  # the ones not used for longest go first
    made = running.state(session)["draft"]
    made["m"] |= {"width": 320, "height": 180}
    assert running.start_render("seen", session, made).status_code == 200
    assert running.wait_render("seen", "completed", "failed")["status"] == "completed"
    video = tmp_path / "video.mp4"
    video.write_bytes(running.http.get("/api/render/proxy/seen/download").content)
    seen = look(video)
    assert [seen.color(number) for number in (0, 15)] == ["red"] * 2


def test_a_render_comes_first_and_the_proxy_is_begun_again(
    tmp_path: Path, slow_clip: Path, proxies: Path
) -> None:
    environ = environ_of(tmp_path) | hanging(tmp_path, "fastdecode", times=1)
    with studio(tmp_path / "data", environ=environ) as running:
        session = running.new_session()
        running.add(session, clips.clip("green"))
        running.start_render("first", session, slow_draft("a1"))
        running.wait_render("first", "processing")
        running.add(session, slow_clip)
        until(lambda: encoders(running), bool)
        assert "sleep" not in children(running)
        running.http.post("/api/render/proxy/lambda/first/cancel")
        until(lambda: "sleep" in children(running), bool)  # it is made, and takes for ever
        running.start_render("second", session, draft_of("a1"))
        assert running.wait_render("second", "completed", "failed")["status"] == "completed"
        assert "sleep" not in children(running)
        until(lambda: whole(proxies), bool)
        until(lambda: is_idle(running), bool)
    assert not under_way(proxies)


def test_a_studio_without_a_client_does_not_stay_for_a_proxy(
    tmp_path: Path, slow_clip: Path, proxies: Path
) -> None:
    environ = environ_of(tmp_path) | hanging(tmp_path, "fastdecode", times=1)
    with studio(tmp_path / "data", environ=environ) as running:
        session = running.new_session()
        running.add(session, slow_clip)
        running.say(session, "make a video of this clip")
        until(lambda: "sleep" in children(running), bool)
        assert running.close() == 0
    assert not whole(proxies)
    assert not under_way(proxies)
    with studio(tmp_path / "data", environ=environ) as again:
        again.http.get(f"/studio/frames/{session}?at=0&width=64&height=36")
        until(lambda: whole(proxies), bool)


def test_a_file_that_was_kept_without_its_groups_is_looked_at_again(
    tmp_path: Path, slow_clip: Path, proxies: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[studio]\nproxies_gb = 0\n")
    with studio(tmp_path / "data", environ=environ_of(tmp_path)) as running:
        session = running.new_session()
        running.add(session, slow_clip)
        running.say(session, "make a video of this clip")
    (record,) = (tmp_path / "data").glob("sessions/*/session.json")
    kept = record.read_text()
    assert '"group_ms":2000' in kept
    record.write_text(kept.replace('"group_ms":2000', '"unknown":2000'))
    config.unlink()
    with studio(tmp_path / "data", environ=environ_of(tmp_path)) as again:
        again.http.get(f"/studio/frames/{session}?at=0&width=64&height=36")
        until(lambda: whole(proxies), bool)


def test_the_ones_not_used_for_longest_go_and_none_are_made_where_there_is_no_room(
    slow_clip: Path, proxies: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    old = proxies / "ab" / "abcdef"
    old.parent.mkdir(parents=True, exist_ok=True)
    for limit, is_made in ((0, False), (0.0005, False), (0.001, True)):
        config.write_text(f"[studio]\nproxies_gb = {limit}\n")
        old.touch()
        os.truncate(old, 1_200_000)
        os.utime(old, (1, 1))
        with studio(tmp_path / "data", environ=environ_of(tmp_path)) as again:
            session = again.new_session()
            again.add(session, slow_clip)
            again.say(session, "make a video of this clip")
            again.http.get(f"/studio/frames/{session}?at=0&width=64&height=36")
            if is_made:
                until(old.exists, lambda there: not there)
            until(lambda: is_idle(again), bool)
        assert bool([path for path in whole(proxies) if path != old]) == is_made
        assert old.exists() != is_made


def test_who_goes_away_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Two are drawn at the same time; those that nobody waits for any more are given up."""
    environ = environ_of(tmp_path) | hanging(tmp_path, "image2pipe", times=2)
    with studio(tmp_path / "data", environ=environ) as running:
        session = running.new_session()
        running.add(session, clips.clip("red"))
        running.say(session, "make a video of this clip")
        gone = [asked_for(running, session, at_ms) for at_ms in (100, 200)]
        until(lambda: children(running).count("sleep"), lambda count: count == 2)
        waiting = asked_for(running, session, 300)
        for one in gone:
            one.close()
        with waiting, waiting.makefile("rb") as reply:
            assert reply.readline().split()[1] == b"200"
        until(lambda: "sleep" in children(running), lambda is_there: not is_there)


def hanging(tmp_path: Path, word: str, *, times: int) -> dict[str, str]:
    """The environment with an ffmpeg that sleeps for ever, so many times, where its arguments hold `word`."""
    begun, script = tmp_path / "begun", tmp_path / "ffmpeg"
    begun.mkdir()
    hangs = " || ".join(f"mkdir {begun}/{number} 2>/dev/null" for number in range(times))
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *{word}*) {{ {hangs}; }} && exec sleep 100000;; esac\n'
        f'exec {imageio_ffmpeg.get_ffmpeg_exe()} "$@"\n'
    )
    script.chmod(0o700)
    return {"VBTUI_FFMPEG": str(script)}


def asked_for(running: RunningStudio, session: str, at_ms: int) -> socket.socket:
    """A connection on which a picture was asked for."""
    url = httpx.URL(running.url)
    connection = socket.create_connection((url.host, url.port or 80), timeout=PATIENCE_S)
    path = f"/studio/frames/{session}?at={at_ms}&width=64&height=36"
    head = (
        f"GET {path} HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {running.token}\r\n\r\n"
    )
    connection.sendall(head.encode())
    return connection
