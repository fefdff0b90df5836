"""What the tools for agents do, each through a door that a command has, too."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vbtui.base.errors import UsageError, VbtuiError
from vbtui.base.text import FORM, clean_line
from vbtui.base.translation import Translation
from vbtui.cli import forms
from vbtui.cli import projects as project_list
from vbtui.cli import renders as render_list
from vbtui.cli.door import Said
from vbtui.cli.mcp.rooms import Room, Rooms, Tell
from vbtui.cli.shell import check_output, export_options, opened_journal
from vbtui.cli.timeline import every_version
from vbtui.cli.uploads import check_files
from vbtui.conversation.queue import UNDER_WAY
from vbtui.journal.records import AssetState, ExportOptions, Render, RenderState

Json = dict[str, Any]
_T = Translation
_STRANGE = _T(
    "The tool {tool} takes no “{name}”: {known}.", "工具 {tool} 没有参数“{name}”：{known}。"
)
_MISSING = _T("The tool {tool} needs “{name}”.", "工具 {tool} 需要“{name}”。")
_WRONG = _T("“{name}” of the tool {tool} must be {what}.", "工具 {tool} 的“{name}”必须是 {what}。")
_STOPPED = _T("The user stopped it. Ask before you go on.", "用户已停止。继续之前请先询问用户。")
_ANSWER = _T(
    "Answer with the tool answer: a number of choices, or words.",
    "用工具 answer 回答：选项编号或文字。",
)
_REFUSED = _T(
    "Nothing was changed: say it otherwise, or do something else.",
    "没有改动任何内容：请换个说法，或做别的事。",
)
_UNSEEN = _T(
    "Look at the tool timeline before you say it again.", "再次发送之前，请先用工具 timeline 查看。"
)
_IN_PART = _T(
    "Only a part was done: undone says what was not.", "只完成了一部分：undone 列出未完成的部分。"
)
_UNCHANGED = _T("The backend answered, and changed nothing.", "后台已回答，但没有改动任何内容。")
_STILL = _T("It goes on: call the tool wait again.", "仍在进行：请再次调用工具 wait。")
_WAIT = _T(
    "It is rendered in the background: call the tool wait.", "正在后台渲染：请调用工具 wait。"
)
_NEXT = {"question": _ANSWER, "refused": _REFUSED, "in_part": _IN_PART, "unseen": _UNSEEN,
         "stopped": _STOPPED, "unchanged": _UNCHANGED}  # fmt: skip
_BAD = ("refused", "failed", "unseen", "stopped")
_LONGEST_SIDE = 1568
"""Pixels of a picture that is given back: larger ones are made smaller by those who look at them."""
USUAL_WAIT_S = 50
_LOOK_S = 0.3


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool gives back."""

    data: Json
    pictures: tuple[bytes, ...] = ()
    """PNG files."""
    is_error: bool = False


@dataclass(slots=True)
class Call:
    """One use of a tool."""

    rooms: Rooms
    given: Mapping[str, Any]
    tell: Tell
    confirm: Callable[[str], Awaitable[None]]
    """Asks the user whether credits may be spent at that backend. Raises `VbtuiError` where not."""

    @property
    def project(self) -> str:
        return str(self.given.get("project", ""))

    async def room(self, *, makes: bool = False) -> Room:
        return await self.rooms.room(self.project, makes=makes)

    async def room_to_say(self) -> Room:
        """The project, when the user lets credits be spent on it, or there are none to spend."""
        room = await self.room()
        if not room.engine.overview.is_local and not self.rooms.may_spend:
            await self.confirm(room.engine.overview.backend)
        return room


@dataclass(frozen=True, slots=True)
class Tool:
    """One of them."""

    name: str
    description: str
    does: Callable[[Call], Awaitable[Result]]
    takes: Mapping[str, Json] = field(default_factory=dict)
    """JSON Schemas of what it takes."""
    needs: tuple[str, ...] = ()
    reads_only: bool = False
    destroys: bool = False
    """It may take away what was there; what this is can be undone."""
    repeats: bool = False
    """Twice the same is once."""

    @property
    def schema(self) -> Json:
        return {
            "type": "object",
            "properties": dict(self.takes),
            "required": [*self.needs],
            "additionalProperties": False,
        }

    def check(self, given: Mapping[str, Any]) -> None:
        """Raises `UsageError` for what it does not take."""
        for name, value in given.items():
            if name not in self.takes:
                known = ", ".join(self.takes) or "-"
                raise UsageError(
                    _STRANGE.of(tool=self.name, name=clean_line(name)[:40], known=known)
                )
            if what := _wrong(self.takes[name], value):
                raise UsageError(_WRONG.of(tool=self.name, name=name, what=what))
        for name in self.needs:
            if name not in given:
                raise UsageError(_MISSING.of(tool=self.name, name=name))


_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list,
}  # fmt: skip


def _wrong(schema: Json, value: Any) -> str:
    """What it must be and is not; empty where it is."""
    kind = schema["type"]
    is_kind = isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))
    if not is_kind:
        return str(kind)
    if "enum" in schema and value not in schema["enum"]:
        return ", ".join(map(str, schema["enum"]))
    if "minimum" in schema and not schema["minimum"] <= value <= schema["maximum"]:
        return f"{schema['minimum']}-{schema['maximum']}"
    if kind == "string" and ("\0" in value or len(value) > schema.get("maxLength", LONGEST_TEXT)):
        return f"≤ {schema.get('maxLength', LONGEST_TEXT)}"
    if kind == "array" and not (0 < len(value) <= schema["maxItems"]):
        return f"1-{schema['maxItems']}"
    return (
        next(filter(None, (_wrong(schema["items"], one) for one in value)), "")
        if kind == "array"
        else ""
    )


LONGEST_TEXT = 20_000


# -- looking ----------------------------------------------------------------------------------------


async def projects(call: Call) -> Result:
    return Result(
        {"version": FORM, "projects": await project_list.listed(call.rooms.settings, call.rooms.at)}
    )


async def media(call: Call) -> Result:
    room = await call.room()
    await room.engine.sessions.load()
    return Result(_of(room, media=[forms.asset(one) for one in room.engine.library.assets]))


async def timeline(call: Call) -> Result:
    room = await call.room()
    draft = await room.looks(room.engine.drafts.newest())
    line = draft.timeline if draft else None
    return Result(_of(room, timeline_version=draft.version if draft else 0, **forms.timeline(line)))


async def versions(call: Call) -> Result:
    session = await call.rooms.session(call.project)
    async with opened_journal(call.rooms.settings) as journal:
        assert journal is not None
        every = await journal.run(lambda c: every_version(c, session))
    return Result({**forms.project(session), "version": FORM, "versions": every})


async def frame(call: Call) -> Result:
    room, at_ms = await call.room(), round(call.given["at"] * 1000)
    found = await room.looks(room.door.frame(at_ms, longest=_LONGEST_SIDE))
    return Result(_of(room, at_ms=at_ms, missing=[*found.missing]), found.pictures[:1])


async def contact_sheet(call: Call) -> Result:
    room = await call.room()
    exports = room.engine.exports
    with TemporaryDirectory(prefix="vbtui-sheet-", ignore_cleanup_errors=True) as place:
        options = ExportOptions(format="sheet", destination=Path(place) / "sheet.png")
        (made,), missing = await room.looks(_started(room, [options]))
        try:
            done = await room.looks(_over(room, made))
            if done.path is None:
                raise (done.problem.error() if done.problem else VbtuiError(code="no_picture"))
            picture = await asyncio.to_thread(done.path.read_bytes)
        finally:
            await exports.remove(made.id)
    return Result(_of(room, missing=missing), (picture,))


async def renders(call: Call) -> Result:
    session = await call.rooms.session(call.project)
    told = await render_list.of_session(call.rooms.settings, session.id)
    return Result({"version": FORM, **forms.project(session), "renders": told})


# -- saying -----------------------------------------------------------------------------------------


async def say(call: Call) -> Result:
    room = await call.room_to_say()
    return await _said(call, room, partial(room.door.say, call.given["text"]))


async def answer(call: Call) -> Result:
    room = await call.room_to_say()
    return await _said(call, room, partial(room.door.answer, call.given["choice"]))


async def undo(call: Call) -> Result:
    room = await call.room_to_say()
    return await _said(call, room, partial(room.door.undo, call.given.get("count", 1)))


async def redo(call: Call) -> Result:
    room = await call.room_to_say()
    return await _said(call, room, room.door.redo)


async def _said(call: Call, room: Room, work: Callable[[], Awaitable[Said]]) -> Result:
    async def done() -> Result:
        one = await work()
        told = _of(room, **forms.said(one))
        if one.outcome in _NEXT:
            told["next"] = _NEXT[one.outcome].of()
        room.is_told_soon()
        return Result(told, is_error=one.outcome in _BAD)

    return await room.does(done, call.tell)


async def plan(call: Call) -> Result:
    room, text = await call.room(), call.given["text"]
    (plan,) = await room.looks(room.door.plan([[text]]))
    return Result(
        _of(room, **{**plan.raw, "say": text, "changes": [one.sentence for one in plan.changes]})
    )


# -- files and videos -------------------------------------------------------------------------------


async def add_media(call: Call) -> Result:
    files = [call.rooms.folder / name for name in call.given["files"]]
    await asyncio.to_thread(check_files, files)
    room = await call.room(makes=True)
    added = await room.does(partial(room.door.add_media, files), call.tell)
    is_bad = any(one.state is AssetState.FAILED for one in added)
    return Result(_of(room, media=[forms.asset(one) for one in added]), is_error=is_bad)


async def export(call: Call) -> Result:
    given, output = call.given, None
    if "output" in given:
        output = call.rooms.folder / given["output"]
        await asyncio.to_thread(check_output, output)
    quality = given.get("quality") or call.rooms.settings.exports.quality
    options = replace(export_options(output, quality, given.get("format", "")), overwrite=False)
    room = await call.room()
    every = room.engine.exports.options_of_all(given.get("presets", ()), options)
    started, missing = await room.does(partial(_started, room, every), call.tell)
    room.exports |= {one.id for one in started}
    shown = await _shown(room, started)
    return Result(_of(room, renders=shown, missing=missing, next=_WAIT.of()))


async def _started(room: Room, every: list[ExportOptions]) -> tuple[list[Render], list[str]]:
    """The exports, and what of the timeline they miss."""
    exports = room.engine.exports
    if room.engine.overview.is_local or all(one.format == "mp4" for one in every):
        await exports.check(every)
        return [await exports.start(one, despite_pause=True) for one in every], []
    plan = await exports.plan_here()
    made = [await exports.start_here(plan, one, despite_pause=True) for one in every]
    return made, [*plan.missing]


async def _over(room: Room, render: Render) -> Render:
    def now() -> Render:
        return room.engine.exports.latest(render.id) or render

    await room.shell.until(lambda: now().state.is_over, exports=False)
    return now()


async def wait(call: Call) -> Result:
    room = await call.room()
    until = time.monotonic() + call.given.get("seconds", USUAL_WAIT_S)
    engine, session = room.engine, room.session
    room.exports |= {
        one.id
        for one in engine.exports.renders
        if one.session_id == session.id and not one.state.is_over
    }

    def under_way() -> list[str]:
        turns = [one.text for one in engine.conversation.turns if one.state in UNDER_WAY]
        files = [one.name for one in engine.library.assets if one.state is AssetState.UPLOADING]
        exports = [
            f"{one.title} {one.progress:.0f} %"
            for one in engine.exports.renders
            if one.session_id == session.id and not one.state.is_over
        ]
        return [clean_line(one)[:80] for one in (*turns, *files, *exports)]

    while (left := under_way()) and time.monotonic() < until:
        call.tell(", ".join(left))
        await room.looks(asyncio.sleep(_LOOK_S))
    await engine.sessions.load()
    known = {one: engine.exports.latest(one) for one in room.exports}
    ended = [one for one in known.values() if one is not None]
    room.exports = {name for name, one in known.items() if one and not one.state.is_over}
    shown = await _shown(room, ended)
    told = _of(room, is_over=not left, under_way=left, renders=shown)
    if left:
        told["next"] = _STILL.of()
    return Result(told, is_error=any(one.state is RenderState.FAILED for one in ended))


async def _shown(room: Room, wanted: list[Render]) -> list[Json]:
    every = await render_list.of_session(room.engine.settings, room.session.id)
    return [one for one in every if one["id"] in {render.id for render in wanted}]


def _of(room: Room, **more: Any) -> Json:
    return {**more, "version": FORM, **forms.project(room.session)}
