"""How the picture looks: canvas, fit, frame rate."""

from __future__ import annotations

from vbtui.language.lexer import Item
from vbtui.studio.director import sequence
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk
from vbtui.studio.project import draft as d

_FITS = {
    "cover": ("fill the frame, edges are cropped", "铺满画面，边缘会被裁切"),
    "contain": ("are shown whole, with black bars", "完整显示，留黑边"),
    "blur": ("are shown whole, over a blurred background", "完整显示，背景模糊"),
}
_OTHER_RATIOS = {
    "4:3": (1440, 1080),
    "3:4": (1080, 1440),
    "21:9": (2520, 1080),
    "2:3": (1080, 1620),
    "3:2": (1620, 1080),
}
_PLAIN = ("make", "set", "", "cut", "trim", "fit", "add", "split", "move", "smaller", "bigger")
_LARGEST = 4096


def handle(clause: Clause, desk: Desk) -> bool:
    """`make it 9:16`, `vertical for TikTok`, `1080x1920`, `blurred background`, `60 fps`."""
    wanted = clause.has("aspect") or clause.has("size") or clause.has("fit")
    if not (wanted or clause.has("resolution") or clause.has("fps")):
        return False
    if clause.verb not in _PLAIN or clause.has("unsupported") or clause.has("quote"):
        return False
    clause.take_all("noun", "video", "everything", "size", "videos")
    clause.take_all(
        "word", "format", "aspect", "ratio", "reframe", "Reframe", "Format", "画", "面", "比", "例"
    )
    _forget_whole_ref(clause)
    return apply(clause, desk)


def crop(clause: Clause, desk: Desk) -> bool:
    """`crop to square`: a frame that the picture fills."""
    if not clause.has("unsupported", "crop") or clause.has("quote"):
        return False
    if not (clause.has("aspect") or clause.has("size")) or clause.has("ref"):
        return False
    clause.take_all("unsupported", "crop")
    clause.take_all("noun", "video", "everything")
    clause.items.append(Item("fit", "cover", clause.start, clause.start))
    return apply(clause, desk)


def _forget_whole_ref(clause: Clause) -> None:
    item = clause.find("ref")
    if item is not None and item.value.every and not item.value.only:
        clause.take("ref")


def apply(clause: Clause, desk: Desk) -> bool:
    """Takes aspect, size, resolution, fit and frame rate from the clause; False without any."""
    aspects = clause.take_all("aspect")
    size = clause.take("size")
    lines = clause.take("resolution")
    fit = clause.take("fit") or ""
    fps = clause.take("fps")
    if not (aspects or size or lines or fit or fps):
        return False
    draft = desk.timeline()
    width, height = sequence.canvas(draft)
    if aspects:
        width, height = {**sequence.CANVASES, **_OTHER_RATIOS}[aspects[0]]
    if size:
        width, height = (min(_LARGEST, value - value % 2) for value in size)
    if lines:
        scale = lines / min(width, height)
        width, height = (round(value * scale / 2) * 2 for value in (width, height))
    if fps:
        fps = min(60, max(10, fps))
        desk.draft = draft = d.with_meta(draft, fps=fps, own_fps=True)
        desk.did(
            f"Set {fps:g} frames a second.",
            f"帧率设为 {fps:g}。",
            "set_frame_rate",
            fps=fps,
        )
    if aspects or size or lines or fit:
        desk.draft = d.lay_out(sequence.with_canvas(draft, desk.media, width, height, fit))
        _tell(desk, width, height, fit, bool(aspects or size or lines))
    return True


def _tell(desk: Desk, width: int, height: int, fit: str, resized: bool) -> None:
    clips = desk.clips
    if fit:
        means, means_zh = _FITS[fit]
        details, details_zh = f"clips {means}", f"片段{means_zh}"
    else:
        blurred = sum(d.meta(clip).get("fit") == "blur" for clip in clips)
        details = details_zh = ""
        if blurred:
            has, are = ("has", "is") if blurred == 1 else ("have", "are")
            details = (
                f"{blurred} of {len(clips)} clips {has} another shape and {are} shown whole over a "
                'blurred background; to crop them instead say "fill the frame"'
            )
            details_zh = f"{blurred} 个片段比例不同，完整显示并用模糊背景；要裁切铺满请说“铺满画面”"
    shape = f"{width}x{height}"
    if resized:
        extra, extra_zh = (f"; {details}", f"；{details_zh}") if details else ("", "")
        desk.did(
            f"Set the frame to {_ratio(width, height)} ({shape}){extra}.",
            f"画面设为 {_ratio(width, height)}（{shape}）{extra_zh}。",
            "set_canvas",
            width=width,
            height=height,
            fit=fit or "auto",
        )
    else:
        desk.did(f"{details[:1].upper()}{details[1:]}.", f"{details_zh}。", "set_fit", fit=fit)


def _ratio(width: int, height: int) -> str:
    known = {**sequence.CANVASES, **_OTHER_RATIOS}
    for name, (w, h) in known.items():
        if w * height == h * width:
            return name
    return f"{width}:{height}"
