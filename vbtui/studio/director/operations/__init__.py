"""Every operation, declared once each."""

from __future__ import annotations

from typing import Any

from vbtui.studio.director.operation import Operation
from vbtui.studio.director.operations import (
    adding,
    countdown,
    cut,
    denoise,
    duck,
    duplicate,
    export,
    fade,
    frame,
    history,
    keep,
    length,
    level,
    loudness,
    missing,
    music,
    order,
    overlay,
    picture,
    pip,
    progressbar,
    remove,
    replace,
    reverse,
    scenes,
    silence,
    speech,
    speed,
    split,
    subtitles,
    title,
    transition,
    voice,
    zoom,
)

OPERATIONS: tuple[Operation, ...] = (
    history.UNDO,
    history.REDO,
    history.RESET,
    adding.OPERATION,
    remove.OPERATION,
    order.OPERATION,
    replace.OPERATION,
    duplicate.OPERATION,
    keep.OPERATION,
    cut.OPERATION,
    silence.OPERATION,
    scenes.OPERATION,
    speech.FILLERS,
    speech.FIND,
    split.OPERATION,
    length.OPERATION,
    speed.OPERATION,
    transition.OPERATION,
    title.CARD,
    title.TITLE,
    title.CAPTION,
    title.SPEECH,
    title.NAMES,
    subtitles.OPERATION,
    music.OPERATION,
    voice.OPERATION,
    level.VOLUME,
    level.MUTE,
    loudness.OPERATION,
    duck.OPERATION,
    denoise.OPERATION,
    fade.OPERATION,
    frame.OPERATION,
    picture.LOOK,
    picture.COLOUR,
    picture.SHARPEN,
    picture.DEGRAIN,
    picture.BLUR,
    picture.ROTATE,
    picture.FLIP,
    zoom.ZOOM,
    zoom.KENBURNS,
    overlay.OPERATION,
    pip.OPERATION,
    countdown.OPERATION,
    progressbar.OPERATION,
    reverse.OPERATION,
    export.OPERATION,
    export.EXTRACT,
    *missing.OPERATIONS,
)


def described() -> list[dict[str, Any]]:
    """What can be asked for, as JSON for a client: an operation of which a part is not built is there twice."""
    return [
        {
            "op": one.name,
            "help": dict(zip(("en", "zh"), one.help, strict=True)),
            "examples": list(one.examples),
            "built": one.effect is not None,
        }
        for one in OPERATIONS
    ]
