"""Why something cannot be done with an export right now."""

from __future__ import annotations

from collections.abc import Mapping

from vbtui.journal.records import Render, RenderState
from vbtui.ui.kit import opener
from vbtui.ui.ports import EngineLike

_OF_NO_EXPORT = ("pause", "formats")
_OF_THE_FILE = ("open", "reveal", "copy_path", "fetch")


def why_not(
    action: str,
    parameters: tuple[object, ...],
    render: Render | None,
    engine: EngineLike | None,
    environ: Mapping[str, str],
) -> str:
    """One sentence; empty when `action` is possible, or is none of the exports'."""
    if action in _OF_NO_EXPORT:
        return _of_the_queue(action, engine)
    if action not in (*_OF_THE_FILE, "cancel", "retry", "remove", "move", "duplicate", "here"):
        return ""
    if engine is None or render is None:
        return "There is no export in the list."
    if action in _OF_THE_FILE:
        return _of_the_file(action, render, environ)
    return _of_the_export(action, parameters, render, engine)


def _of_the_queue(action: str, engine: EngineLike | None) -> str:
    if engine is None:
        return "vbtui is still setting things up."
    version = engine.drafts.current
    timeline = version.timeline if version else None
    if action == "formats" and (timeline is None or not timeline.can_export):
        return "Nothing to export yet: describe an edit first."
    return ""


def _of_the_file(action: str, render: Render, environ: Mapping[str, str]) -> str:
    if not render.state.is_over:
        return "The video is not finished yet."
    if render.state is not RenderState.DONE or render.path is None:
        return "This export has no video."
    if action == "fetch" and opener.has_desktop(environ):
        return "The video is on the machine in front of you: nothing to fetch."
    return ""


def _of_the_export(
    action: str, parameters: tuple[object, ...], render: Render, engine: EngineLike
) -> str:
    is_over = render.state.is_over
    match action:
        case "cancel" if is_over:
            return "It is over: there is nothing to cancel."
        case "retry" if not is_over:
            return "It is still on its way."
        case "retry" if render.state is RenderState.DONE:
            return "It is done: m makes it once more."
        case "remove" if not is_over:
            return "It is still on its way: cancel it first."
        case "move":
            return _move(parameters, render, engine)
        case "here" if "render_here" not in engine.exports.offers(render):
            return _here(render, engine)
    return ""


def _move(parameters: tuple[object, ...], render: Render, engine: EngineLike) -> str:
    if render.state is not RenderState.WAITING:
        return "Only what waits can be moved."
    places = [one.position for one in engine.exports.renders if one.state is RenderState.WAITING]
    if parameters == (-1,) and render.position <= min(places, default=0):
        return "It is the next one already."
    if parameters == (1,) and render.position >= max(places, default=0):
        return "It is the last one already."
    return ""


def _here(render: Render, engine: EngineLike) -> str:
    account = engine.overview.account
    if render.options.here or (account is not None and account.kind == "local"):
        return "It is made on this machine already."
    return "The backend has not refused it."
