"""The protocol: the tools and resources of this room as the official SDK serves them. Nothing else knows that SDK.

Standard output carries the protocol alone. Clients of both kinds are served: those that begin with a handshake, and
are asked in the middle of a call, and those that give with each request what they are and can, and are asked by an
answer that says what is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from vbtui import __version__
from vbtui.base.errors import VbtuiError, places
from vbtui.base.problem import Problem
from vbtui.base.settings import Settings
from vbtui.base.text import FORM, clean_line, to_json
from vbtui.base.translation import Translation
from vbtui.cli import forms, is_local, where
from vbtui.cli.mcp import resources, table, tools
from vbtui.cli.mcp.rooms import Rooms
from vbtui.cli.shell import Outcome

_T = Translation
_MAY_IT = _T(
    "{agent} wants to work on the video at {backend}. That spends credits of your account. May it?",
    "{agent} 想在 {backend} 上处理视频。这会消耗你账户的积分。是否允许？",
)
_ALWAYS = _T("Do not ask again until it ends", "在它结束之前不再询问")
_ASKED = "spend"
_PACE_S = 0.2
"""Between two notifications of progress."""

Context = ServerRequestContext[Any, Any]
R = TypeVar("R")


class _Asks(Exception):
    """The client has to ask the user something and to call again."""

    def __init__(self, result: types.InputRequiredResult) -> None:
        super().__init__()
        self.result = result


async def served(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    """Serves one client until it goes."""
    logging.getLogger("mcp").setLevel(logging.ERROR)
    at = where(arguments)
    local = is_local(settings, arguments)
    rooms = Rooms(settings, at, arguments.project, Path.cwd(), is_local=local)
    service = _Service(rooms)
    server: Server[Any] = Server(
        "vbtui",
        version=__version__,
        instructions=table.INSTRUCTIONS,
        on_list_tools=service.list_tools,
        on_call_tool=service.call_tool,
        on_list_resources=service.list_resources,
        on_read_resource=service.read_resource,
    )
    try:
        async with stdio_server() as (reads, writes):
            await server.run(reads, writes, server.create_initialization_options())
    finally:
        await service.close()
    return Outcome("", None)


class _Service:
    """What a client may ask for."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._at_work: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        for task in self._at_work:
            task.cancel()
        if self._at_work:
            await asyncio.wait(self._at_work)
        await self._rooms.close()

    async def list_tools(
        self, _: Context, __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_as_tool(one) for one in table.TOOLS.values()])

    async def list_resources(
        self, _: Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        found = await resources.listed(self._rooms)
        return types.ListResourcesResult(
            resources=[
                types.Resource(uri=one.uri, name=one.name, mime_type=one.mime, description=one.what)
                for one in found
            ]
        )

    async def read_resource(
        self, _: Context, asked: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        try:
            found = await resources.read(self._rooms, asked.uri)
        except VbtuiError as error:
            problem = forms.error(Problem.of(error))
            raise MCPError(types.INVALID_PARAMS, error.message, {"error": problem}) from None
        text = types.TextResourceContents(uri=asked.uri, mime_type=found.mime, text=found.text)
        return types.ReadResourceResult(contents=[text])

    async def call_tool(
        self, context: Context, asked: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        params = context.session.client_params
        if params is not None:
            self._rooms.is_called(params.client_info.name)
        news = _News(context)
        try:
            return _as_result(await self._apart(self._used(context, asked, news.tell)))
        except _Asks as asks:
            return asks.result
        except VbtuiError as error:
            return _as_result(_failed(Problem.of(error)))
        except Exception as error:
            logging.getLogger("vbtui").error("%s", "\n".join(places(error)))
            name, kind = clean_line(asked.name), type(error).__name__
            problem = Problem.coded("internal", where=name, kind=kind, place="stderr")
            return _as_result(_failed(problem))
        finally:
            news.end()

    async def _used(
        self, context: Context, asked: types.CallToolRequestParams, tell: Callable[[str], None]
    ) -> tools.Result:
        given = dict(asked.arguments or {})
        tool = table.find(asked.name)
        tool.check(given)

        async def confirm(backend: str) -> None:
            await self._may_spend(context, asked, backend)

        return await tool.does(tools.Call(self._rooms, given, tell, confirm))

    async def _apart(self, work: Coroutine[Any, Any, R]) -> R:
        """`work` in a task of its own: where the client takes its request back, that is cancelled once, and has the
        time to end well."""
        task = asyncio.create_task(work)
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise

    async def _may_spend(
        self, context: Context, asked: types.CallToolRequestParams, backend: str
    ) -> None:
        """Raises `VbtuiError` unless the user agrees, `_Asks` where the client asks and calls again."""
        if not _can_ask(context):
            if (asked.arguments or {}).get(_ASKED) is not True:
                raise VbtuiError(code="spending", backend=backend)
            return
        form = types.ElicitRequestFormParams(
            message=_MAY_IT.of(agent=self._rooms.author, backend=backend),
            requested_schema={
                "type": "object",
                "properties": {
                    "always": {"type": "boolean", "title": _ALWAYS.of(), "default": False}
                },
            },
        )
        given = (asked.input_responses or {}).get(_ASKED)
        if context.session.protocol_version in MODERN_PROTOCOL_VERSIONS:
            if given is None:
                request = types.ElicitRequest(params=form)
                raise _Asks(types.InputRequiredResult(input_requests={_ASKED: request}))
        else:
            given = await context.session.elicit_form(
                form.message, form.requested_schema, context.request_id
            )
        if not isinstance(given, types.ElicitResult) or given.action != "accept":
            raise VbtuiError(code="spending.declined")
        self._rooms.may_spend = (given.content or {}).get("always") is True


class _News:
    """What a client is told while it waits."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._latest, self._count = "", 0
        self._is_new = asyncio.Event()
        self._task = asyncio.create_task(self._tells(), name="news")

    def tell(self, text: str) -> None:
        if text != self._latest:
            self._latest = text
            self._is_new.set()

    def end(self) -> None:
        self._task.cancel()

    async def _tells(self) -> None:
        while True:
            await self._is_new.wait()
            self._is_new.clear()
            self._count += 1
            await self._session.report_progress(self._count, None, self._latest)
            await asyncio.sleep(_PACE_S)


def _can_ask(context: Context) -> bool:
    capabilities = context.session.client_capabilities
    asks = capabilities.elicitation if capabilities is not None else None
    return asks is not None and (asks.form is not None or asks.url is None)


def _as_tool(one: tools.Tool) -> types.Tool:
    return types.Tool(
        name=one.name,
        description=one.description,
        input_schema=one.schema,
        annotations=types.ToolAnnotations(
            read_only_hint=one.reads_only,
            destructive_hint=one.destroys,
            idempotent_hint=one.repeats or one.reads_only,
            open_world_hint=False,
        ),
    )


def _failed(problem: Problem) -> tools.Result:
    return tools.Result({"version": FORM, "error": forms.error(problem)}, is_error=True)


def _as_result(one: tools.Result) -> types.CallToolResult:
    content: list[types.ContentBlock] = [types.TextContent(text=to_json(one.data))]
    content += [
        types.ImageContent(data=base64.b64encode(picture).decode(), mime_type="image/png")
        for picture in one.pictures
    ]
    return types.CallToolResult(content=content, structured_content=one.data, is_error=one.is_error)
