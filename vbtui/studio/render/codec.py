"""How pictures and sound are encoded: by which encoder, with which of ffmpeg's arguments.

The picture is made by libx264, or by an encoder in hardware that was proved as good. A proof is an
encoded and decoded test picture: every frame there, and as near to the original as libx264 comes at
the same quality. It is kept for the ffmpeg and the machine; what was refused is tried again when the
ffmpeg or the kernel changes, or by `prove(anew)`. `examine` says for `vbtui doctor` what there is.

Arguments are for the three steps of a render: a chunk, the sound, both put together. Paths in them
are texts, so that a script can have its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module, metadata
from pathlib import Path

from vbtui.base import programs
from vbtui.base.errors import StudioProblem, VbtuiError
from vbtui.base.files import passing_folder
from vbtui.base.settings import find_directories
from vbtui.base.translation import Translation
from vbtui.studio.render.ffmpeg import FILTERS, ffmpeg_version, find_ffmpeg
from vbtui.studio.render.graph import ratio
from vbtui.studio.render.h264 import OWN_ID
from vbtui.studio.render.model import Canvas, Plan
from vbtui.studio.render.parameters import Form

QUALITY = {"high": ("medium", 20), "medium": ("veryfast", 22), "low": ("superfast", 26)}
"""libx264's preset and crf."""
_LOOKAHEAD, _LOOKAHEAD_4K = 20, 10
"""Frames that the encoder looks ahead at most, up to 1080p and above, where the preset medium takes 40: a
third less memory for each worker, and no difference in size or SSIM on 1080p film."""
AUTO = "auto"
BROKEN = "does not work on this machine"
_LESS = 0.005
"""By so much a picture's SSIM may be below that of libx264's."""
_FRAMES = 16
_TEST = f"testsrc2=s=480x270:r=24,noise=alls=6:allf=t:all_seed=1,trim=end_frame={_FRAMES},format=yuv420p"
_TIME_LIMIT_S = 20


@dataclass(frozen=True, slots=True)
class Encoder:
    """An H.264 encoder of ffmpeg's."""

    name: str
    options: Callable[[str], list[str]]
    """What makes it keep a quality: high, medium or low."""
    device: tuple[str, ...] = ()
    """Options before the inputs."""
    upload: str = ""
    """Filters that bring the picture to it."""

    @property
    def is_software(self) -> bool:
        """Whether it runs on the processor."""
        return self not in HARDWARE


def _x264(quality: str, form: Form | None = None) -> list[str]:
    preset, crf = QUALITY[quality]
    more: list[str] = []
    profile: list[str] = []
    if form is not None:
        more = _as_in(form)
        profile = ["-profile:v", "baseline"] if form.is_baseline else []
    options = ["-x264-params", ":".join([f"sps-id={OWN_ID}", *more])]
    return ["-preset", preset, "-crf", str(crf), "-pix_fmt", "yuv420p", *profile, *options]


def _as_in(form: Form) -> list[str]:
    """What makes libx264's pictures fit those of that form."""
    count = form.references
    if not count:
        options = ["keyint=1"]
    elif form.order_type == 2:
        options = ["bframes=0", f"ref={min(count, _REFERENCES)}", f"dpb-size={count}"]
    elif count <= _REFERENCES:
        options = ["b-pyramid=none", f"ref={count}"]
    else:
        options = [f"dpb-size={count}"]
    return options


_REFERENCES = 3
"""Pictures that every preset used here refers to at most, without a pyramid of them."""


def _constant(option: str, *more: str) -> Callable[[str], list[str]]:
    """A constant quantizer a little finer than libx264's: hardware needs it for the same picture."""
    return lambda quality: [option, str(QUALITY[quality][1] - 1), *more]


SOFTWARE = Encoder("libx264", _x264)


def beside_copies(form: Form) -> Encoder:
    """libx264, with pictures that fit the clips that they stand beside."""
    return replace(SOFTWARE, options=lambda quality: _x264(quality, form))


HARDWARE = (
    Encoder("h264_nvenc", _constant("-cq", "-preset", "p5", "-rc", "vbr", "-b:v", "0")),
    Encoder("h264_qsv", _constant("-global_quality", "-preset", "medium")),
    Encoder(
        "h264_vaapi",
        _constant("-qp", "-rc_mode", "CQP"),
        ("-vaapi_device", "/dev/dri/renderD128"),
        "format=nv12,hwupload",
    ),
    Encoder("h264_videotoolbox", lambda quality: ["-q:v", {"high": "75", "medium": "68"}.get(quality, "60")]),
    Encoder("h264_v4l2m2m", lambda quality: ["-b:v", {"high": "16M", "medium": "12M"}.get(quality, "8M")]),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SoundForm:
    """How a sound is encoded."""

    options: tuple[str, ...]
    container: str
    """ffmpeg's name for the file that it lies in by itself."""


_AS_PLAYED = ("-ar", "48000", "-ac", "2")
AAC = SoundForm(("-c:a", "aac", "-aac_coder", "fast", "-b:a", "192k", *_AS_PLAYED), "mp4")
"""The fast coder, because at this bit rate it is the truer one too: on synthetic speech, plucked
strings with drums, both mixed, string chords and noise, the signal-to-noise ratio averaged over 24
critical bands is 1.5 to 11 dB above that of the default coder (twoloop), over the whole signal
between 1.3 dB below (noise) and 21 dB above (speech), in a quarter to a half of the time. A pure
tone alone takes it twice the time. Recordings were not measured."""
OPUS = SoundForm(("-c:a", "libopus", "-b:a", "160k", *_AS_PLAYED), "webm")
PCM = SoundForm(("-c:a", "pcm_s16le", *_AS_PLAYED), "wav")
MP3 = SoundForm(("-c:a", "libmp3lame", "-b:a", "256k", *_AS_PLAYED), "mp3")
SOUNDS = {"mp3": MP3, "wav": PCM, "m4a": AAC}
"""By the format that is the sound alone."""


@dataclass(frozen=True, slots=True)
class VideoForm:
    """How a format with moving pictures and sound is encoded and written."""

    encoder: Encoder
    sound: SoundForm
    container: str
    """ffmpeg's name for it."""
    tag: str = ""
    """What the track is called in the file, where ffmpeg's own name for it is not what players look for."""
    memory: float = 1
    """What a worker takes, by what libx264 does."""

    @property
    def keeps_times(self) -> bool:
        """Whether the file has a number of ticks a second of its own."""
        return self.container in ("mp4", "mov")


def _by_quality(*fixed: str, **varied: tuple[str, str, str]) -> Callable[[str], list[str]]:
    """Options that are the same at every quality, and those of high, medium and low."""
    names = {name: f"-{name.replace('__', ':').replace('_', '-')}" for name in varied}

    def options(quality: str) -> list[str]:
        place = list(QUALITY).index(quality)
        chosen = (part for name in varied for part in (names[name], varied[name][place]))
        return [*fixed, *chosen]

    return options


_HEVC = Encoder("libx265", _by_quality(
    "-pix_fmt", "yuv420p",
    "-x265-params", "log-level=error:pools=none:frame-threads=1:open-gop=0",
    preset=("fast", "veryfast", "superfast"), crf=("22", "24", "28"),
))  # fmt: skip
_AV1 = Encoder("libsvtav1", _by_quality(
    "-pix_fmt", "yuv420p", "-svtav1-params", "lp=1", preset=("7", "9", "11"), crf=("27", "32", "40"),
))  # fmt: skip
_VP9 = Encoder("libvpx-vp9", _by_quality(
    "-pix_fmt", "yuv420p", "-b:v", "0", "-deadline", "good",
    cpu_used=("3", "4", "5"), crf=("27", "32", "40"),
))  # fmt: skip
_PRORES = Encoder("prores_ks", _by_quality(
    "-pix_fmt", "yuv422p10le", "-vendor", "apl0", profile__v=("3", "2", "1"),
))  # fmt: skip
"""422 HQ, 422 and 422 LT: all of 10 bits."""
VIDEOS = {
    "mp4": VideoForm(SOFTWARE, AAC, "mp4"),
    "hevc": VideoForm(_HEVC, AAC, "mp4", "hvc1", 1.5),
    "av1": VideoForm(_AV1, AAC, "mp4", memory=1.5),
    "prores": VideoForm(_PRORES, PCM, "mov"),
    "webm": VideoForm(_VP9, OPUS, "webm", memory=1.2),
}
"""By the format."""
LOSSLESS = Encoder("ffv1", lambda quality: ["-level", "3", "-pix_fmt", "yuv420p"])
"""For pictures that something is made of yet."""


def needed_encoders(format: str) -> list[str]:
    """ffmpeg's names of the encoders that a format takes."""
    form = VIDEOS.get(format)
    sound = form.sound if form else SOUNDS.get(format)
    return [form.encoder.name if form else LOSSLESS.name, *(sound.options[1:2] if sound else ())]


def find_encoder(wanted: str, quality: str) -> Encoder:
    """The encoder to use. `wanted`: auto, or software for anything else."""
    if wanted != AUTO:
        return SOFTWARE
    proved = proofs([quality])
    return next((one for one in HARDWARE if proved.get(one.name, {}).get(quality) == ""), SOFTWARE)


def proofs(qualities: Iterable[str] = QUALITY, *, anew: bool = False) -> dict[str, dict[str, str]]:
    """For each encoder in hardware that this ffmpeg has: why it is not used, by quality; "" when
    it is.

    `anew`: without what was found before.
    """
    binary = find_ffmpeg()
    mark = _mark(binary)
    known = None if anew else _kept(mark)
    if known is None:
        known = {name: {} for name in _compiled_in(binary)}
    missing = [
        (encoder, quality)
        for encoder in HARDWARE
        for quality in qualities
        if quality not in known.get(encoder.name, {quality: ""})
    ]
    for encoder, quality in missing:
        found = known[encoder.name]
        is_broken = BROKEN in found.values()
        found[quality] = BROKEN if is_broken else _why_not(binary, encoder, quality)
    if missing or anew:
        _keep(mark, known)
    return known


def _file() -> Path:
    return find_directories().cache / "encoders.json"


def _mark(binary: str) -> list[object]:
    stat = Path(binary).stat()
    return [binary, stat.st_size, stat.st_mtime_ns, platform.node(), platform.release()]


def _kept(mark: list[object]) -> dict[str, dict[str, str]] | None:
    try:
        value = json.loads(_file().read_text())
        return dict(value["proofs"]) if value["mark"] == mark else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(mark: list[object], known: dict[str, dict[str, str]]) -> None:
    with contextlib.suppress(OSError):
        _file().parent.mkdir(parents=True, exist_ok=True)
        unfinished = _file().with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps({"mark": mark, "proofs": known}))
        unfinished.replace(_file())


def _compiled_in(binary: str) -> list[str]:
    listed = _run(binary, "-encoders").stdout.split()
    return [encoder.name for encoder in HARDWARE if encoder.name in listed]


def _why_not(binary: str, encoder: Encoder, quality: str) -> str:
    try:
        with passing_folder("vbtui-probe-") as folder:
            path = folder / "picture.nut"
            reached = _similarity(binary, encoder, quality, path)
            if not reached:
                return BROKEN
            due = _software_similarity(binary, quality)
    except (OSError, subprocess.SubprocessError, VbtuiError):
        return BROKEN
    if reached < due - _LESS:
        return f"its picture is worse than libx264's: SSIM {reached:.3f} instead of {due:.3f}"
    return ""


@cache
def _software_similarity(binary: str, quality: str) -> float:
    with passing_folder("vbtui-probe-") as folder:
        return _similarity(binary, SOFTWARE, quality, folder / "picture.nut")


def _similarity(binary: str, encoder: Encoder, quality: str, path: Path) -> float:
    """The SSIM of the encoded test picture; 0 when the encoder fails or loses a frame."""
    upload = f",{encoder.upload}" if encoder.upload else ""
    made = _run(
        binary, *encoder.device, "-f", "lavfi", "-i", f"{_TEST}{upload}", "-c:v", encoder.name,
        *encoder.options(quality), "-f", "nut", "-y", str(path),
    )  # fmt: skip
    if made.returncode != 0:
        return 0.0
    compared = _run(
        binary, "-i", str(path), "-f", "lavfi", "-i", _TEST,
        "-lavfi", "[0:v]settb=1/24,setpts=N[a];[1:v]settb=1/24,setpts=N[b];[a][b]ssim=eof_action=endall",
        "-f", "null", "-",
    )  # fmt: skip
    found = re.search(r"All:([0-9.]+)", compared.stderr)
    frames = re.findall(r"frame=\s*(\d+)", compared.stderr)
    whole = bool(frames) and int(frames[-1]) == _FRAMES
    return float(found.group(1)) if found and whole and compared.returncode == 0 else 0.0


def _run(binary: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return programs.run([binary, "-hide_banner", "-nostdin", *arguments], timeout_s=_TIME_LIMIT_S)


_PACKAGES = {
    "starlette": "starlette",
    "uvicorn": "uvicorn",
    "python-multipart": "python_multipart",
    "av": "av",
    "imageio-ffmpeg": "imageio_ffmpeg",
    "pillow": "PIL",
    "fonttools": "fontTools",
}

Finding = tuple[str, str, str, str]
"""Name, level (`ok`, `note`, `problem`), detail, hint."""


def examine() -> list[Finding]:
    """Packages, ffmpeg, fonts. Raises `ImportError` naming the package when one is missing."""
    for module in _PACKAGES.values():
        import_module(module)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _PACKAGES)
    return [("local studio", "ok", versions, ""), *_ffmpeg(), *_encoders(), _fonts()]


_T = Translation
_NO_VERSION = _T("version unknown", "版本未知")
_FILTERS = _T("all {count} that renders need", "渲染所需的 {count} 个全部具备")
_PROVED = _T("{names} proved as good as libx264", "{names} 已证明与 libx264 一样好")
_TRIED = _T("libx264 on the processor; tried: {names}", "处理器上的 libx264；已尝试：{names}")
_NONE_THERE = _T(
    "libx264 on the processor; this ffmpeg has none in hardware",
    "处理器上的 libx264；这个 ffmpeg 没有硬件编码器",
)
_LATIN = _T("Latin, Greek and Cyrillic texts can be drawn", "可以绘制拉丁、希腊和西里尔文字")
_ALL_TEXTS = _T("Chinese, Japanese and Korean texts can be drawn too", "也可以绘制中文、日文和韩文")


def _ffmpeg() -> list[Finding]:
    try:
        binary = find_ffmpeg()
    except StudioProblem as error:
        return [("ffmpeg", "problem", error.message, error.hint)]
    version = ffmpeg_version().partition(" Copyright")[0] or _NO_VERSION.of()
    filters = _FILTERS.of(count=len(FILTERS))  # it was proved able before it was chosen
    return [("ffmpeg", "ok", f"{version}, {binary}", ""), ("filters", "ok", filters, "")]


def _encoders() -> list[Finding]:
    """What a new look at the encoders in hardware finds; nothing without an ffmpeg."""
    try:
        found = proofs(anew=True)
    except StudioProblem:
        return []
    if proved := [name for name, reasons in found.items() if "" in reasons.values()]:
        return [("encoder", "ok", _PROVED.of(names=", ".join(proved)), "")]
    tried = _TRIED.of(names=", ".join(found)) if found else _NONE_THERE.of()
    return [("encoder", "ok", tried, "")]


def _fonts() -> Finding:
    from vbtui.studio.render.typefaces import missing_fonts

    missing = missing_fonts("中文 日本語 한국어")
    if missing:
        return ("fonts", "note", _LATIN.of(), missing)
    return ("fonts", "ok", _ALL_TEXTS.of(), "")


COLOR_TAGS = (
    "-color_range", "tv", "-colorspace", "bt709", "-color_trc", "bt709",
    "-color_primaries", "bt709",
)  # fmt: skip
BITS_A_PIXEL = {"high": 0.14, "medium": 0.11, "low": 0.07}
"""What moving pictures usually take; stills and titles take far less."""
_OF_FORMAT = {
    "prores": {"high": 3.6, "medium": 2.4, "low": 1.7},
    "gif": dict.fromkeys(QUALITY, 8.0),
    **dict.fromkeys([*SOUNDS, "png", "sheet"], dict.fromkeys(QUALITY, 0.0)),
}
"""The same where it is far more, chunks included, or nothing."""
_SOUND_BYTES = {"wav": 192_000, "prores": 192_000}
"""A second."""


def video_options(plan: Plan, encoder: Encoder = SOFTWARE) -> list[str]:
    """The options of the picture's encoder."""
    options = encoder.options(plan.quality)
    if encoder.name == "libx264" and QUALITY[plan.quality][0] == "medium":
        is_large = plan.canvas.width * plan.canvas.height > 1920 * 1080
        options += ["-rc-lookahead", str(_LOOKAHEAD_4K if is_large else _LOOKAHEAD)]
    return ["-c:v", encoder.name, *options, "-r", ratio(plan.canvas.fps), *COLOR_TAGS]


LISTED = ("-f", "concat", "-safe", "0", "-protocol_whitelist", "file", "-i")
"""Before the list of a render's chunks."""


def timescale(canvas: Canvas) -> int:
    """Ticks a second of the finished file, in which every frame starts at a whole tick."""
    scale = canvas.fps.numerator
    while scale < 10_000:
        scale *= 2
    return scale


def estimated_bytes(plan: Plan, frames: int) -> int:
    """About how large so many encoded frames of the video and all its sound get."""
    seconds = plan.frames / plan.canvas.fps
    pixels = plan.canvas.width * plan.canvas.height * frames
    bits = _OF_FORMAT.get(plan.format, BITS_A_PIXEL)[plan.quality]
    return int(pixels * bits / 8 + seconds * _SOUND_BYTES.get(plan.format, 192_000 / 8))


def chunk_arguments(
    inputs: Sequence[str], script: str, picture: str, encoder: Sequence[str], path: str
) -> list[str]:
    """Draws what `script` says and encodes the label `picture` of it to `path`.

    Args:
        inputs: a graph's, with options of a device before them.
        encoder: its name and options.
    """
    return [
        *inputs, "-filter_threads", "1", "-filter_complex_threads", "1",
        "-/filter_complex", script, "-map", picture, "-threads", "1",
        *encoder, "-f", "nut", f"file:{path}",
    ]  # fmt: skip


def sound_arguments(
    inputs: Sequence[str], script: str, heard: str, path: str, form: SoundForm = AAC
) -> list[str]:
    """Mixes what `script` says and encodes the label `heard` of it to `path`."""
    return [
        *inputs, "-/filter_complex", script, "-map", heard, "-map_metadata", "-1", "-map_chapters", "-1",
        *form.options, "-f", form.container, f"file:{path}",
    ]  # fmt: skip


def sound_form(plan: Plan) -> SoundForm:
    """How the sound of the plan's format is encoded."""
    return SOUNDS.get(plan.format) or VIDEOS[plan.format].sound


def join_arguments(
    canvas: Canvas, listed: str, sound: str, path: str, *, mixed: bool = False, format: str = "mp4"
) -> list[str]:
    """Puts the chunks of the list `listed` and the sound into the file `path`, as they are.

    Args:
        mixed: the chunks come from several encoders, and each has its parameter sets in it.
    """
    form = VIDEOS[format]
    tag = "avc3" if mixed else form.tag
    times = ["-video_track_timescale", str(timescale(canvas)), "-movflags", "+faststart"]
    return [
        *LISTED, f"file:{listed}",
        "-i", f"file:{sound}", "-map", "0:v:0", "-map", "1:a:0", "-c", "copy", "-map_metadata", "-1",
        *(["-tag:v", tag] if tag else []), *(times if form.keeps_times else []),
        "-f", form.container, f"file:{path}",
    ]  # fmt: skip
