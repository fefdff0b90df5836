"""What the local studio finds on this machine, for `vbtui doctor`."""

from __future__ import annotations

from importlib import import_module, metadata

from vbtui.base.errors import StudioProblem

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
    return [("local studio", "ok", versions, ""), _ffmpeg(), *_encoders(), _fonts()]


def _ffmpeg() -> Finding:
    from vbtui.studio.render.ffmpeg import ffmpeg_version, find_ffmpeg

    try:
        binary = find_ffmpeg()
    except StudioProblem as error:
        return ("ffmpeg", "problem", error.message, error.hint)
    version = ffmpeg_version().partition(" Copyright")[0] or "version unknown"
    return ("ffmpeg", "ok", f"{version}, {binary}", "")


def _encoders() -> list[Finding]:
    """What a new look at the encoders in hardware finds; nothing without an ffmpeg."""
    from vbtui.studio.render.encoders import proofs

    try:
        found = proofs(anew=True)
    except StudioProblem:
        return []
    proved = [name for name, reasons in found.items() if "" in reasons.values()]
    if proved:
        detail = f"{', '.join(proved)} proved as good as libx264"
        return [("encoder", "ok", detail, "")]
    why = f"tried: {', '.join(found)}" if found else "this ffmpeg has none in hardware"
    return [("encoder", "ok", f"libx264 on the processor; {why}", "")]


def _fonts() -> Finding:
    from vbtui.studio.render import check_text

    missing = check_text("中文 日本語 한국어")
    if missing:
        return ("fonts", "note", "Latin, Greek and Cyrillic texts can be drawn", missing)
    return ("fonts", "ok", "Chinese, Japanese and Korean texts can be drawn too", "")
