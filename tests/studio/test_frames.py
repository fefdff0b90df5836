"""Pictures for a moving preview: from the studio's renderer, and through its door."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from tests import clips as media
from tests.studio.running import studio
from vbtui.studio.render import frames
from vbtui.wire.extras import split_pictures


def draft(*clips: tuple[str, int]) -> dict[str, Any]:
    """One clip after the other; each is an asset and its length in ms."""
    segments, start = [], 0
    for asset, length in clips:
        segments.append({"s": start, "d": length, "m": {"title": asset, "asset": asset}})
        start += length
    return {
        "t": [{"tt": 0, "sg": segments}],
        "d": start,
        "m": {"width": 320, "height": 180, "fps": 30},
    }


def colors(pictures: tuple[bytes, ...]) -> list[str]:
    """What the middle of each picture is: red or blue."""
    found = []
    for data in pictures:
        with Image.open(BytesIO(data)) as image:
            assert image.size == (80, 44)
            pixel = image.convert("RGB").getpixel((40, 20))
        assert isinstance(pixel, tuple)
        found.append("red" if pixel[0] > 200 and pixel[2] < 60 else "blue")
    return found


async def test_the_pictures_come_at_their_times_and_end_with_the_timeline() -> None:
    known = {
        "r": media.describe(media.clip("red"), "r"),
        "b": media.describe(media.clip("blue"), "b"),
    }
    made = draft(("r", 1000), ("b", 1000))
    whole = await frames(made, known, 500, 80, 45, count=10, fps=10)
    assert colors(split_pictures(whole)) == ["red"] * 5 + ["blue"] * 5
    rest = await frames(made, known, 1800, 80, 45, count=10, fps=10)
    assert colors(split_pictures(rest)) == ["blue"] * 2


def text_box(data: bytes) -> list[int]:
    """Where a white text lies on red, in pixels of a picture 80 wide."""
    with Image.open(BytesIO(data)) as image:
        small = image.convert("RGB").resize((80, 45), Image.Resampling.BOX)
    box = small.getchannel("G").point(lambda value: 255 if value > 60 else 0).getbbox()
    assert box is not None
    return list(box)


async def test_small_pictures_have_texts_as_large_as_the_export_has() -> None:
    known = {"r": media.describe(media.clip("red"), "r")}
    made = draft(("r", 1000))
    made["m"] |= {"width": 1280, "height": 720}
    made["t"].append({"tt": 7, "sg": [{"s": 0, "d": 1000, "m": {"text": "Urban Dreams"}}]})
    whole = text_box(await frames(made, known, 500, 1280, 720))
    (moving,) = split_pictures(await frames(made, known, 500, 80, 45, count=1, fps=10))
    for picture in (await frames(made, known, 500, 80, 45), moving):
        assert all(abs(a - b) <= 2 for a, b in zip(whole, text_box(picture), strict=True))


def test_the_studio_hands_them_out(tmp_path: Path) -> None:
    with studio(tmp_path) as running:
        session = running.new_session()
        missing = running.http.get(f"/studio/frames/{session}")
        assert missing.status_code == 404
        running.add(session, media.clip("red"))
        running.say(session, "make a video of this clip")
        query = "at=0&count=3&fps=10&width=80&height=45"
        reply = running.http.get(f"/studio/frames/{session}?{query}")
        assert reply.status_code == 200, reply.text
        assert len(split_pictures(reply.content)) == 3
        assert running.http.get(f"/studio/frames/{session}?count=0").status_code == 400
        assert running.http.get(f"/studio/frames/{session}?count=2&width=1000").status_code == 400


def test_a_posted_draft_is_drawn_from_files_where_they_lie(tmp_path: Path) -> None:
    clip, folder, lost = media.clip("red"), tmp_path / "folder.mp4", tmp_path / "lost.mp4"
    folder.mkdir()
    with studio(tmp_path / "studio") as running:

        def look(*paths: Path) -> list[dict[str, str]]:
            files = [{"path": str(path), "name": path.name} for path in paths]
            reply = running.http.post("/studio/originals", json={"files": files}).json()
            return list(reply["data"]["files"])

        found, wrong, gone, text = look(clip, folder, lost, media.not_media())
        assert wrong["refused"] == "“folder.mp4” cannot be read."
        assert gone["refused"] == "“lost.mp4” is no longer there."
        assert "refused" in text
        made = {"draft": draft((found["id"], 1000))}
        reply = running.http.post("/studio/frames?at=500&width=80&height=45", json=made)
        assert colors((reply.content,)) == ["red"]
        query = "at=0&count=3&fps=10&width=80&height=45"
        reply = running.http.post(f"/studio/frames?{query}", json=made)
        assert len(split_pictures(reply.content)) == 3
        made["draft"]["t"].append({"tt": 4, "sg": [{"d": 100, "m": {"name": "sparkle"}}]})
        refused = running.http.post("/studio/frames", json=made)
        assert refused.status_code == 422
        assert refused.json()["message"] == (
            "This timeline cannot be rendered: Track (tt 4) is of a kind that cannot be rendered "
            "here: “sparkle”."
        )
        unknown = running.http.post("/studio/frames", json={"draft": draft(("o1", 1000))})
        assert unknown.status_code == 410
        for body in ({"files": [{"path": "a.mp4", "name": "a.mp4"}]}, {"files": [7]}, {}):
            assert running.http.post("/studio/originals", json=body).status_code == 400
        assert running.http.post("/studio/frames", json={"draft": 7}).status_code == 400
        assert not list((tmp_path / "studio").glob("media/*"))


def test_a_picture_is_drawn_anew_only_when_something_of_it_has_changed(tmp_path: Path) -> None:
    with studio(tmp_path) as running:
        session = running.new_session()
        running.add(session, media.clip("red"))
        running.say(session, "make a video of this clip")
        path = f"/studio/frames/{session}?at=500&width=80&height=45"
        first = running.http.get(path)
        assert first.is_success
        (kept,) = (file for file in tmp_path.rglob("media/**/*") if file.is_file())
        times = (kept.stat().st_atime_ns, kept.stat().st_mtime_ns)
        kept.chmod(0o600)
        kept.write_bytes(b"nothing to draw from")
        os.utime(kept, ns=times)
        assert running.http.get(path).content == first.content
        same_frame = path.replace("at=500", "at=501")
        assert running.http.get(same_frame).content != first.content
        os.utime(kept)
        assert running.http.get(path).content != first.content
