"""The renderer against the best hand-written ffmpeg command, moviepy and plain stream copy.

Six clips of 1080p trimmed to 5 s, five crossfades, a title and music at 35 %; then the same with
other words in the title; then six clips that fit, one after the other. The clips are made once:
a slow zoom into a fractal under film grain, so that the encoder has real work, and like a phone's
recordings: 12 to 17 Mbit/s, B-frames, a key frame each second. So the parts of them that nothing
lies over are copied; a row shows the same export with all of it encoded, as it is with clips that
do not fit.
`--quick` does the same at 640x360 with shorter clips.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import resource
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest import mock

from tests import clips as make
from tests.rendered import Json, draft, segment, words
from vbtui.studio.project.media import Media
from vbtui.studio.render import Output, render
from vbtui.studio.render.codec import COLOR_TAGS, QUALITY
from vbtui.studio.render.colors import TO_BT709
from vbtui.studio.render.copying import find_copies
from vbtui.studio.render.ffmpeg import find_ffmpeg
from vbtui.studio.render.plan import make_plan

MIX_S = 0.5
TITLE_S = 3


@dataclass(frozen=True)
class Scene:
    """The material of one run of the benchmark."""

    folder: Path
    width: int
    height: int
    clip_s: int
    quality: str
    clips: Sequence[Path]
    music: Path


def main(argv: Sequence[str]) -> int:
    """Runs the benchmark; prints times and ratios."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench render", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and short")
    parser.add_argument("--long", action="store_true", help="many segments against 10 instead")
    parser.add_argument("--segments", type=int, default=200, help="how many are many")
    parser.add_argument("--quality", choices=QUALITY, default="medium")
    parser.add_argument("--rounds", type=int, default=1, help="interleaved runs; the best counts")
    options = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="vbtui-bench-"))
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    try:
        scene = scene_of(folder, quick=options.quick, quality=options.quality)
        if options.long:
            _long(scene, options.segments)
        else:
            _promo(scene, options.rounds)
            _plain(scene, options.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def scene_of(folder: Path, *, quick: bool, quality: str) -> Scene:
    width, height, clip_s = (640, 360, 3) if quick else (1920, 1080, 5)
    clips = [_clip(folder, number, width, height, clip_s + 1) for number in range(6)]
    music = make.sound(seconds=8 * clip_s, suffix=".mp3")
    return Scene(folder, width, height, clip_s, quality, clips, music)


def _clip(folder: Path, number: int, width: int, height: int, seconds: int) -> Path:
    path = folder / f"clip{number}.mp4"
    place = f"start_x={-0.743 - number / 50}:start_y={0.13 + number / 90}"
    zoom = f"mandelbrot=s={width // 2}x{height // 2}:r=30:maxiter=200:{place}"
    make.ffmpeg(
        "-f", "lavfi", "-i", f"{zoom},scale={width}:{height}:{TO_BT709},noise=alls=5:allf=t",
        "-f", "lavfi", "-i", _tune(220 + 60 * number), "-t", str(seconds),
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p",
        "-g", "30", "-sc_threshold", "0", *COLOR_TAGS, "-c:a", "aac", "-ac", "2", path,
    )  # fmt: skip
    return path


def _tune(hz: int) -> str:
    """Stereo with what sound encoders work on: overtones, struck notes, noise."""
    low = f"0.2*sin(2*PI*{hz}*t)*(0.6+0.4*sin(3*t))+0.1*sin(2*PI*{2 * hz}*t+sin(7*t))"
    struck = f"0.1*sin(2*PI*{7 * hz}*t)*exp(-3*mod(t,0.5))+0.2*(random(0)-0.5)*exp(-20*mod(t,0.5))"
    return f"aevalsrc='{low}+0.002*random(1)|{low}+{struck}':s=48000"


@dataclass(frozen=True, slots=True, order=True)
class _Time:
    """What something took, in seconds."""

    wall: float
    cpu: float
    """Of this process and its children."""

    def over(self, other: _Time) -> str:
        """How many times as long as `other`, in words."""
        return f"{self.wall / other.wall:.2f} x ({self.cpu / other.cpu:.2f} x in CPU time)"

    def __str__(self) -> str:
        return f"{self.wall:7.2f} s"


def _best(rounds: int, *measured: Callable[[], None]) -> list[_Time]:
    """The least wall and CPU time of each, run in turns."""
    times: list[list[_Time]] = [[] for _ in measured]
    for _ in range(rounds):
        for number, run in enumerate(measured):
            start, cpu = time.perf_counter(), cpu_seconds()
            run()
            times[number].append(_Time(time.perf_counter() - start, cpu_seconds() - cpu))
    return [_Time(min(t.wall for t in took), min(t.cpu for t in took)) for took in times]


def _promo(scene: Scene, rounds: int) -> None:
    files = files_of(scene)

    def export(title: str, *, fresh: bool) -> None:
        if fresh:
            shutil.rmtree(scene.folder / "cache" / "vbtui" / "chunks", ignore_errors=True)
        _render(scene, promo_draft(scene, title), files)

    def encode_all() -> None:
        with mock.patch("vbtui.studio.render.job.find_copies", return_value=[]):
            export("Urban Dreams", fresh=True)

    single, encoded, first, second = _best(
        rounds,
        lambda: _run(_single_command(scene)),
        encode_all,
        lambda: export("Urban Dreams", fresh=True),
        lambda: export("Urban Nights", fresh=False),
    )
    print(f"hand-written single command   {single}\n  {' '.join(_single_command(scene))}")
    print(f"first export                  {first}   {first.over(single)} the command")
    print(f"  of which copied             {_copied(scene, files):7.0%} of the frames")
    print(f"the same with nothing copied  {encoded}   {encoded.over(single)} the command")
    print(f"after a change of the title   {second}   {first.over(second)} faster")
    print(f"  than with nothing copied              {encoded.over(second)} faster")
    if importlib.util.find_spec("moviepy") is None:
        print("moviepy                       skipped: not installed (pip install moviepy==2.2.1)")
        return
    (movie,) = _best(1, lambda: _moviepy(scene))
    print(f"moviepy                       {movie}   {movie.over(first)} slower")


def _copied(scene: Scene, files: dict[str, Media]) -> float:
    plan = make_plan(promo_draft(scene, "Urban Dreams"), files, Output(scene.quality))
    return sum(copy.count for copy in find_copies(plan)) / plan.frames


def files_of(scene: Scene) -> dict[str, Media]:
    files = {
        f"c{number}": make.describe(path, f"c{number}") for number, path in enumerate(scene.clips)
    }
    return files | {"music": make.describe(scene.music, "music")}


def promo_draft(scene: Scene, title: str) -> Json:
    clip_ms, mix_ms = scene.clip_s * 1000, round(MIX_S * 1000)
    step = clip_ms - mix_ms
    crossfade = {"type": "crossfade", "d": mix_ms}
    video = [
        segment(
            f"c{number}", number * step, clip_ms, **({"transition": crossfade} if number else {})
        )
        for number in range(6)
    ]
    length = 5 * step + clip_ms
    return draft(
        video,
        audio=[segment("music", 0, length, volume=0.35)],
        texts=[words(title, 0, TITLE_S * 1000, anim="fade")],
        width=scene.width,
        height=scene.height,
    )


def _render(scene: Scene, wanted: Json, files: dict[str, Media]) -> None:
    asyncio.run(
        render(
            wanted, files, Output(scene.quality), scene.folder / "export.mp4",
            workdir=scene.folder / "work", on_progress=lambda percent: None,
        )
    )  # fmt: skip


def _single_command(scene: Scene) -> list[str]:
    """What somebody who knows ffmpeg well would write for the same video."""
    preset, crf = QUALITY[scene.quality]
    step = scene.clip_s - MIX_S
    graph = [
        f"[{number}:v]trim=end={scene.clip_s},fps=30,settb=1/30,format=yuv444p[v{number}];"
        f"[{number}:a]atrim=end={scene.clip_s}[a{number}]"
        for number in range(6)
    ]
    picture, sound = "[v0]", "[a0]"
    for number in range(1, 6):
        graph.append(
            f"{picture}[v{number}]xfade=fade:duration={MIX_S}:offset={number * step}[x{number}];"
            f"{sound}[a{number}]acrossfade=d={MIX_S}[y{number}]"
        )
        picture, sound = f"[x{number}]", f"[y{number}]"
    size = round(scene.height * 0.09)
    fade = f"if(lt(t,0.5),t*2,if(lt(t,{TITLE_S - 0.5}),1,({TITLE_S}-t)*2))"
    graph.append(
        f"{picture}format=yuv420p,drawtext=text='Urban Dreams':font=Sans:fontsize={size}"
        f":fontcolor=white:borderw=4:x=(w-tw)/2:y=(h-th)/2:enable='lt(t,{TITLE_S})'"
        f":alpha='{fade}'[v]"
    )
    graph.append(f"[6:a]volume=0.35[m];{sound}[m]amix=normalize=0:duration=first[a]")
    inputs = [word for path in (*scene.clips, scene.music) for word in ("-i", str(path))]
    return [
        find_ffmpeg(), "-v", "error", "-y", *inputs, "-filter_complex", ";".join(graph),
        "-map", "[v]", "-map", "[a]", "-c:v", "libx264", "-preset", preset, "-crf", str(crf),
        "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "192k", "-movflags", "+faststart",
        str(scene.folder / "single.mp4"),
    ]  # fmt: skip


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def _moviepy(scene: Scene) -> None:
    mp = importlib.import_module("moviepy")

    step = scene.clip_s - MIX_S
    clips = []
    for number, path in enumerate(scene.clips):
        clip = mp.VideoFileClip(str(path)).subclipped(0, scene.clip_s).with_start(number * step)
        clips.append(clip.with_effects([mp.vfx.CrossFadeIn(MIX_S)]) if number else clip)
    title = mp.TextClip(text="Urban Dreams", font_size=round(scene.height * 0.09), color="white")
    shown = title.with_duration(TITLE_S).with_position("center")
    video = mp.CompositeVideoClip([*clips, shown])
    music = mp.AudioFileClip(str(scene.music)).subclipped(0, video.duration)
    quiet = music.with_effects([mp.afx.MultiplyVolume(0.35)])
    video = video.with_audio(mp.CompositeAudioClip([video.audio, quiet]))
    preset, crf = QUALITY[scene.quality]
    video.write_videofile(
        str(scene.folder / "moviepy.mp4"), fps=30, codec="libx264", audio_codec="aac",
        preset=preset, ffmpeg_params=["-crf", str(crf)], logger=None,
    )  # fmt: skip


def _plain(scene: Scene, rounds: int) -> None:
    """Ten clips, one after the other, as they are: with their sound, and silent."""
    for sound in (True, False):
        files = {key: media for key, media in files_of(scene).items() if key != "music"}
        if not sound:
            files = {key: _silent(media) for key, media in files.items()}
        copy, ours = _best(
            max(rounds, 3), partial(_run, _copy_command(scene, files)), partial(_join, scene, files)
        )
        what = "with sound" if sound else "silent"
        print(f"ffmpeg's stream copy          {copy}   {what}")
        print(f"plain concatenation           {ours}   {ours.over(copy)} stream copy")


def _silent(media: Media) -> Media:
    path = media.path.with_stem(f"{media.path.stem}-silent")
    if not path.exists():
        make.ffmpeg("-i", media.path, "-an", "-c", "copy", path)
    return make.describe(path, media.id)


def _order(files: dict[str, Media]) -> list[Media]:
    return [list(files.values())[number % len(files)] for number in range(10)]


def _copy_command(scene: Scene, files: dict[str, Media]) -> list[str]:
    listed = scene.folder / "list"
    listed.write_text("".join(f"file '{media.path}'\n" for media in _order(files)))
    return [
        find_ffmpeg(), "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", str(listed),
        "-c", "copy", "-movflags", "+faststart", str(scene.folder / "copy.mp4"),
    ]  # fmt: skip


def _join(scene: Scene, files: dict[str, Media]) -> None:
    shutil.rmtree(scene.folder / "cache" / "vbtui" / "chunks", ignore_errors=True)
    length = (scene.clip_s + 1) * 1000
    video = [segment(media.id, place * length, length) for place, media in enumerate(_order(files))]
    _render(scene, draft(video, width=scene.width, height=scene.height), files)


def _long(scene: Scene, segments: int) -> None:
    """Time and CPU time for a second of video, and the memory of all processes, for 10 segments
    and for many."""
    files = files_of(scene)
    for count in (10, segments):
        shutil.rmtree(scene.folder / "cache" / "vbtui" / "chunks", ignore_errors=True)
        wanted = _many(scene, count)
        start, cpu = time.perf_counter(), cpu_seconds()
        with _Memory() as memory:
            _render(scene, wanted, files)
        seconds, cpu = time.perf_counter() - start, cpu_seconds() - cpu
        print(
            f"{count:3} segments, {wanted['d'] / 1000:6.1f} s   {seconds:7.2f} s   "
            f"for a second {seconds / wanted['d'] * 1000:.3f} s and "
            f"{cpu / wanted['d'] * 1000:.3f} s of CPU   "
            f"{memory.most / 1024**2:5.0f} MiB in all processes",
            flush=True,
        )


def cpu_seconds() -> float:
    """User and system time of this process and of the children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _many(scene: Scene, count: int) -> Json:
    step = scene.clip_s * 1000 - 2000
    crossfade = {"type": "crossfade", "d": 200}
    video = [
        segment(
            f"c{place % 6}",
            place * step,
            step + 200,
            **{"in": place * 7 % 80 * 34},  # no two are alike, or one would be encoded for both
            transition=crossfade,
        )
        for place in range(count)
    ]
    length = (count - 1) * step + step + 200
    texts = [words(f"Part {place}", place * step, 1500) for place in range(0, count, 10)]
    music = [segment("music", 0, length, volume=0.3, loop=True)]
    return draft(video, audio=music, texts=texts, width=scene.width, height=scene.height)


class _Memory:
    """The most memory that this process and its children took together, in bytes."""

    def __enter__(self) -> _Memory:
        self.most = 0
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._sample)
        self._watch.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._watch.join()

    def _sample(self) -> None:
        while not self._done.wait(0.2):
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            self.most = max(self.most, sum(_resident(pid) for pid in ("self", *children)))


def _resident(pid: str) -> int:
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
