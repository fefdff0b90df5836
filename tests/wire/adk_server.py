"""A real `google-adk` server on a free port, with a scripted agent: run as a program.

Prints its port; ends when its standard input does. The word in the message chooses what the agent
does: `hello`, `tools`, `silent`, `error`, `crash`.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import threading
from pathlib import Path

AGENT = """
from google.adk.agents import BaseAgent
from google.adk.events import Event, EventActions
from google.genai import types


def text(words, partial=None, **more):
    parts = [types.Part(text=words)]
    return Event(author="nemo_agent", partial=partial, content=types.Content(role="model", parts=parts), **more)


def tool(kind, **fields):
    part = types.Part(**{kind: fields})
    return Event(author="nemo_agent", content=types.Content(role="model", parts=[part]))


class Scripted(BaseAgent):
    async def _run_async_impl(self, ctx):
        words = ctx.user_content.parts[0].text
        if "hello" in words:
            yield text("Hello, ", partial=True)
            yield text("漢💥\\u2028!", partial=True)
            yield text("Hello, 漢💥\\u2028!")
        if "tools" in words or "silent" in words:
            yield tool("function_call", id="c1", name="add_title", args={"text": "not for the user"})
            yield tool("function_response", id="c1", name="add_title", response={"ok": True})
            draft = {"t": []}
            yield Event(author="nemo_agent", actions=EventActions(state_delta={"draft": draft}))
        if "tools" in words:
            yield text("Title added.")
        if "error" in words:
            yield text("Let me see ", partial=True)
            yield Event(author="nemo_agent", error_code="EXHAUSTED", error_message="Try later.")
        if "crash" in words:
            yield text("About to ", partial=True)
            raise RuntimeError('model "x" crashed\\nsecond line')


root_agent = Scripted(name="nemo_agent")
"""


def main() -> None:
    import uvicorn
    from google.adk.cli.fast_api import get_fast_api_app

    folder = Path(tempfile.mkdtemp())
    (folder / "nemo_agent").mkdir()
    (folder / "nemo_agent" / "__init__.py").write_text("from . import agent\n")
    (folder / "nemo_agent" / "agent.py").write_text(AGENT, encoding="utf-8")
    app = get_fast_api_app(
        agents_dir=str(folder),
        session_service_uri="memory://",
        artifact_service_uri="memory://",
        web=False,
    )
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
