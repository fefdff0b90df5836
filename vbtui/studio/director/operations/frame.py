"""aspect: the canvas – its shape, size and frame rate – and how clips of another shape fill it."""

from __future__ import annotations

from vbtui.studio.director import sequence
from vbtui.studio.director.clauses import is_pronoun
from vbtui.studio.director.operation import Json, Operation, Slots, form
from vbtui.studio.director.resolving import positions
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d

_OTHER_RATIOS = {
    "4:3": (1440, 1080),
    "3:4": (1080, 1440),
    "21:9": (2520, 1080),
    "2:3": (1080, 1620),
    "3:2": (1620, 1080),
}
_LARGEST = 4096
_RATES = {24.0: 24, 23.98: 23.976, 29.97: 29.97, 59.94: 59.94}


def apply(work: Work, slots: Slots) -> Json:
    """Takes aspect, size, resolution, fit and frame rate from the slots."""
    phrases = [one for found in slots.values() for one in found if one.kind != "preset"]
    aspects = [one.get("aspect") for one in phrases if one.is_("aspect")]
    size = next((one.value for one in phrases if one.kind == "size"), None)
    lines = next((one.value for one in phrases if one.kind == "resolution"), None)
    fit = next((str(one.get("fit")) for one in phrases if one.is_("fit")), "")
    fps = next(
        (one.value for one in phrases if one.kind == "fps" and isinstance(one.value, int | float)),
        None,
    )
    crop = any(one.is_("topic", "crop") for one in phrases)
    if len(set(aspects)) > 1 and size is None:
        raise work.question(
            f"Which shape: {' or '.join(dict.fromkeys(aspects))}?",
            f"哪种画幅：{'、'.join(dict.fromkeys(aspects))}？",
            "aspect",
        )
    draft = work.timeline()
    width, height = sequence.canvas(draft)
    result: Json = {}
    if aspects:
        width, height = {**sequence.CANVASES, **_OTHER_RATIOS}[aspects[0]]
        result["ratio"] = aspects[0]
    if size:
        width, height = (min(_LARGEST, side - side % 2) for side in size)
    if lines:
        scale = lines / min(width, height)
        width, height = (round(side * scale / 2) * 2 for side in (width, height))
    if fps:
        fps = min(60, max(10, fps))
        draft = d.with_meta(draft, fps=fps, own_fps=True)
        work.draft = draft
        result["fps"] = fps
    fit = fit or ("cover" if crop and (aspects or size) else "")
    if fit == "sharp" and any(d.meta(clip).get("effects") for clip in work.clips):
        raise work.question(
            "Of a clip, or behind those of another shape? Say: remove the blur, or: fill the frame.",
            "是片段的模糊，还是比例不同时的模糊背景？请说：去掉模糊，或：铺满画面。",
        )
    fit = "cover" if fit == "sharp" else fit
    spoken = work.mind.of_kind == "clips" and len(work.mind.spoken) < len(work.clips)
    named = [one for one in slots.get("clips", []) if spoken or not is_pronoun(one)]
    clips = named or [one for one in slots.get("whole", []) if spoken and one.is_("clips")]
    some = positions(work, clips[0].get("clips")) if clips and fit else []
    if aspects or size or lines or (fit and not some):
        every = "" if some else fit
        work.draft = d.lay_out(sequence.with_canvas(draft, work.media, width, height, every))
        result |= {"width": width, "height": height, **({"fit": fit} if fit else {})}
        if (aspects or size or lines) and not fit:
            _tell(work)
    if some:
        work.arrange(
            [d.with_meta(c, fit=fit) if i in some else c for i, c in enumerate(work.clips)]
        )
        result |= {"clips": [place + 1 for place in some], "fit": fit}
    return result


def _tell(work: Work) -> None:
    """How clips of another shape fill the frame, where nobody said it."""
    clips = work.clips
    blurred = sum(d.meta(clip).get("fit") == "blur" for clip in clips)
    if not blurred or d.meta(work.draft or {}).get("fit"):
        return
    has, are = ("has", "is") if blurred == 1 else ("have", "are")
    work.note(
        f"{blurred} of {len(clips)} clips {has} another shape and {are} shown whole over a "
        'blurred background; to crop them instead say "fill the frame".',
        f"{blurred} 个片段比例不同，完整显示并用模糊背景；要裁切铺满请说“铺满画面”。",
    )


_ALL = (
    "frame*=aspect|size|resolution|fit|fps|thing:frame|thing:size|thing:fps",
    "whole*=whole|pron|clips_all|q",
    "crop=word:topic:crop_frame",
    "dir=dir",
    "instead=instead_of",
    "not=word:topic:blur|fit@instead_of",
)
_VERBS = (
    "verb:make|set|turn|create|cut|trim|fit|crop|use|add|combine|keep|shorter|split|play|show|sort?"
)

OPERATION = Operation(
    "aspect",
    (
        form(
            f"{_VERBS}, aspect:16:9|9:16|1:1|4:5|4:3|3:4|21:9|2:3|3:2",
            *_ALL,
            "topic=word:topic:find|word:topic:crop",
        ),
        form(f"{_VERBS}, fit:cover|contain|blur|sharp", *_ALL),
        form(
            "fit:cover|contain|blur|sharp",
            "clips!!=clips|files",
            "more=word:more:bigger",
            "instead=instead_of",
            "not=word:topic:blur|fit@instead_of",
        ),
        form(f"{_VERBS}", "size!=size", *_ALL),
        form("", "size!=size|resolution|fps|aspect", *_ALL),
        form(f"{_VERBS}", "size!=resolution|fps", *_ALL),
        form("topic:crop", "size!=size|aspect", "clips=clips|files@with|-", *_ALL, weight=4),
    ),
    (
        "sets the frame: shape, size, frame rate, and how clips fill it",
        "设置画幅、尺寸、帧率和填充方式",
    ),
    ("make it 9:16", "1080x1920", "60 fps", "blurred background", "改成竖屏"),
    apply,
    frozenset({"canvas", "clip:fit"}),
)
