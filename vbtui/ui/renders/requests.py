"""Exports that need a question first: in which formats, or made on this machine without what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from vbtui.journal.records import ExportOptions, Render
from vbtui.timeline.model import Timeline
from vbtui.ui.kit.host import Host
from vbtui.ui.ports import EngineLike

if TYPE_CHECKING:
    from vbtui.fallback.plan import HerePlan


async def ask_formats(
    host: Host, engine: EngineLike, base: ExportOptions, render: Render | None
) -> None:
    """Ask for presets and export in each of them.

    Args:
        base: the options that the presets change.
        render: whose version is exported once more; None: the open timeline as it is now.
    """
    from vbtui.ui.renders.formats import FormatsScreen, offered

    timeline = _timeline(engine, render)
    takes_sizes = bool(base.here) or await engine.exports.takes_sizes()
    title = render.title if render else timeline.title if timeline else ""

    def chosen(names: tuple[str, ...] | None) -> None:
        if names:
            host.do("export", lambda engine: _export(engine, names, base, render))

    rows = offered(timeline, takes_sizes=takes_sizes)
    host.push_screen(FormatsScreen(title, rows, base.preset or base.quality), chosen)


async def _export(
    engine: EngineLike, names: Sequence[str], base: ExportOptions, render: Render | None
) -> None:
    from vbtui.exports import presets

    if render is None:
        await engine.exports.start_all(names, base)
    elif len(names) == 1:
        await engine.exports.duplicate(render.id, presets.options_for(names[0], base))
    else:
        version, session_id = render.draft_version, render.session_id
        await engine.exports.start_all(names, base, version=version, session_id=session_id)


def _timeline(engine: EngineLike, render: Render | None) -> Timeline | None:
    """What would be exported, as far as it is at hand."""
    current = engine.drafts.current
    if current is None or render is None:
        return current.timeline if current else None
    is_current = (current.session_id, current.version) == (render.session_id, render.draft_version)
    return current.timeline if is_current else None


async def render_here(host: Host, engine: EngineLike, render: Render) -> None:
    """Make it on this machine in the backend's place; what would be missing is named first."""
    plan = await engine.exports.plan_here(render.session_id, render.draft_version)

    def start(confirmed: bool | None) -> None:
        if confirmed:
            host.do("render here", lambda engine: _start_here(host, engine, plan, render))

    if plan.missing or not plan.can_start:
        from vbtui.ui.renders.here import HereScreen

        host.push_screen(HereScreen(plan), start)
    else:
        await _start_here(host, engine, plan, render)


async def _start_here(host: Host, engine: EngineLike, plan: HerePlan, render: Render) -> None:
    options = replace(render.options, here="")
    await engine.exports.start_here(plan, options, instead_of=render.id)
    host.say("It is made on this machine now.", title="Render on this machine")
