"""What vbtui answers by itself, without the agent: export, credits, status, upload, help."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vbtui.base.errors import VbtuiError
from vbtui.base.text import format_seconds
from vbtui.conversation.words import (
    AT_WORK,
    COMMAND_ELSEWHERE,
    CONCRETE,
    CREDITS,
    CREDITS_FROZEN,
    CREDITS_NONE,
    CREDITS_UNKNOWN,
    ESTIMATE,
    EXPECTATION,
    EXPORT_MP4_ONLY,
    EXPORT_STARTED,
    HELP_TEXT,
    MEDIA,
    MEDIA_NONE,
    QUALITY,
    RENDER_DONE,
    RENDER_NOW,
    RENDER_STATES,
    UNKNOWN_COMMAND,
    UPLOAD_HOW,
    UPLOAD_NEXT,
    UPLOADING,
    summary,
)
from vbtui.hands import Hands
from vbtui.journal.records import ExportOptions, Render, RenderState, Turn
from vbtui.language.intents import Route
from vbtui.language.quotes import is_chinese
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts
from vbtui.session.records import Credits

_SHOWN_NAMES = 5


class Answers:
    """Answers a message that is not for the backend, in the language of the message."""

    def __init__(self, context: Context, drafts: Drafts, hands: Hands) -> None:
        self._context, self._drafts, self._hands = context, drafts, hands

    async def answer(self, route: Route, text: str, running: Turn | None) -> str:
        """Do what is asked and say what was done. Raises what the other services raise."""
        chinese = is_chinese(text)
        if route.command:
            return _command(route, chinese)
        match route.kind:
            case "export":
                return await self.export(route, chinese)
            case "credits":
                return await self._credits(chinese)
            case "upload":
                return await self._upload(route, chinese)
            case _:
                return await self._status(chinese, running)

    async def export(self, route: Route, chinese: bool) -> str:
        """Start an export with the options that were said."""
        options = export_options(route, self._context.settings.exports.quality)
        render = await self._hands.export(options)
        said = EXPORT_STARTED.of(
            chinese,
            quality=QUALITY.get(render.options.quality, QUALITY["high"]).of(chinese),
            expectation=self._expectation(render, chinese),
        )
        wanted = route.options.get("format", "mp4")
        if wanted != "mp4":
            said = f"{EXPORT_MP4_ONLY.of(chinese, format=wanted.upper())} {said}"
        return said

    def _expectation(self, render: Render, chinese: bool) -> str:
        """How long it will take: what was promised, until own history knows better."""
        seconds = self._hands.estimate(render)
        if seconds is None:
            return EXPECTATION.of(chinese)
        return ESTIMATE.of(chinese, time=format_seconds(max(round(seconds), 1)))

    async def _credits(self, chinese: bool) -> str:
        if self._context.is_local:
            return CREDITS_NONE.of(chinese)
        return _balance(await self._context.refresh_credits(), chinese)

    async def _upload(self, route: Route, chinese: bool) -> str:
        assets = await self._hands.upload(route.argument) if route.argument else ()
        parts = [
            UPLOADING.of(chinese, names=_names([asset.name for asset in assets], chinese))
            if assets
            else UPLOAD_HOW.of(chinese)
        ]
        if route.rest:
            parts.append(UPLOAD_NEXT.of(chinese, rest=route.rest))
        return "\n\n".join(parts)

    async def _status(self, chinese: bool, running: Turn | None) -> str:
        if running is None:
            try:
                await self._drafts.refresh()
            except VbtuiError as error:
                self._context.link_lost(error)
        current = self._drafts.current
        lines = [summary(current.timeline if current else None, chinese)]
        names = [asset.name for asset in self._hands.assets() if asset.state == "done"]
        if names:
            lines.append(MEDIA.of(chinese, count=len(names), names=_names(names, chinese)))
        else:
            lines.append(MEDIA_NONE.of(chinese))
        if running is not None:
            elapsed = self._context.clock.now() - (running.sent_at or running.created_at)
            lines.append(
                AT_WORK.of(chinese, text=_short(running.text), elapsed=format_seconds(elapsed))
            )
        lines += _render_lines(self._hands.renders(), chinese)
        return "\n\n".join(lines)


def export_options(route: Route, default_quality: str) -> ExportOptions:
    """What was said about the export; the rest from the configuration."""
    destination = route.options.get("destination", "")
    return ExportOptions(
        quality=route.options.get("quality", default_quality),
        destination=Path(destination).expanduser() if destination else None,
    )


def _command(route: Route, chinese: bool) -> str:
    if route.command == "help":
        return HELP_TEXT.of(chinese, example=CONCRETE[0])
    if route.command in ("new", "sessions", "claim"):
        return COMMAND_ELSEWHERE.of(chinese, name="/" + route.command)
    return UNKNOWN_COMMAND.of(chinese, name="/" + _short(route.command))


def _balance(credits: Credits | None, chinese: bool) -> str:
    if credits is None:
        return CREDITS_UNKNOWN.of(chinese)
    if credits.frozen:
        return CREDITS_FROZEN.of(
            chinese,
            available=f"{credits.available:g}",
            frozen=f"{credits.frozen:g}",
            total=f"{credits.total:g}",
        )
    return CREDITS.of(chinese, available=f"{credits.available:g}")


def _render_lines(renders: Sequence[Render], chinese: bool) -> list[str]:
    """The exports under way and the last one that ended."""
    ended = [render for render in renders if render.state.is_over][-1:]
    shown = [*ended, *(render for render in renders if not render.state.is_over)]
    return [_render_line(render, chinese) for render in shown[-_SHOWN_NAMES:]]


def _render_line(render: Render, chinese: bool) -> str:
    title = render.title or render.id
    if render.state is RenderState.DONE and render.path is not None:
        return RENDER_DONE.of(chinese, title=title, path=render.path)
    state = RENDER_STATES.get(render.state, render.state) if chinese else render.state.value
    return RENDER_NOW.of(chinese, title=title, state=state, progress=f"{render.progress:.0f}")


def _names(names: Sequence[str], chinese: bool) -> str:
    shown = ", ".join(_short(name) for name in names[:_SHOWN_NAMES])
    rest = len(names) - _SHOWN_NAMES
    if rest > 0:
        shown += f" 等 {len(names)} 个" if chinese else f" and {rest} more"
    return shown


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
