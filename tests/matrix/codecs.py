"""Encoders by codec, and what each container holds: ffmpeg's options."""

from __future__ import annotations

_X264 = ("libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_B_FRAMES = ("libx264", "-preset", "veryfast", "-bf", "3", "-g", "24", "-pix_fmt", "yuv420p")
_OPEN = (*_B_FRAMES, "-x264-params", "open-gop=1")
_X265 = ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
VIDEO = {
    "h264": _X264,
    "h264b": _B_FRAMES,
    "h264open": _OPEN,
    "hevc": _X265,
    "mpeg4": ("mpeg4", "-q:v", "3"),
    "mpeg4b": ("mpeg4", "-q:v", "3", "-bf", "2"),
    "mpeg2": ("mpeg2video", "-q:v", "3", "-bf", "2"),
    "mjpeg": ("mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p"),
    "prores": ("prores_ks", "-profile:v", "0"),
    "vp8": ("libvpx", "-deadline", "realtime", "-cpu-used", "8"),
    "vp9": ("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
    "av1": ("libsvtav1", "-preset", "12", "-svtav1-params", "lookahead=0"),
    "ffv1": ("ffv1",),
}
SOUND = {
    "aac": ("aac",),
    "mp3": ("libmp3lame",),
    "mp2": ("mp2",),
    "opus": ("libopus",),
    "vorbis": ("libvorbis",),
    "ac3": ("ac3",),
    "eac3": ("eac3",),
    "dts": ("dca", "-strict", "-2"),
    "flac": ("flac", "-strict", "-2"),
    "alac": ("alac",),
    "pcm": ("pcm_s16le",),
    "pcm24": ("pcm_s24le",),
    "float": ("pcm_f32le",),
}
CONTAINERS = {
    "mp4": ("h264 h264b h264open hevc mpeg4 av1 vp9", "aac mp3 ac3 eac3 opus flac alac"),
    "mov": ("h264b hevc prores mjpeg mpeg4", "aac pcm pcm24 float alac ac3"),
    "mkv": ("h264b h264open hevc vp8 vp9 av1 mpeg2 mpeg4b ffv1 mjpeg",
            "aac mp3 mp2 opus vorbis ac3 eac3 dts flac pcm float alac"),
    "webm": ("vp8 vp9 av1", "opus vorbis"),
    "avi": ("h264 h264b mpeg4 mpeg4b mjpeg mpeg2", "mp3 mp2 ac3 pcm aac"),
}  # fmt: skip
