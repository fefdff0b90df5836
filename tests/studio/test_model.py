"""A model that the user named: what it is asked, what of its answers is kept, and that it costs a sentence at most."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.studio.directed import MEDIA, check_invariants
from tests.studio.running import RunningStudio, client, events, message, spawn, studio
from tests.waiting import PATIENCE_S
from vbtui.base import programs, settings
from vbtui.base.clock import SystemClock
from vbtui.base.errors import UsageError
from vbtui.session.studio import LocalBackend, running
from vbtui.studio.director import Memory, Outcome, Project, direct
from vbtui.studio.director.proposal import MOST_STEPS, Rejected, propose, schema, told
from vbtui.studio.server.model import model_of

KEY = "sk-geheim-0123456789"
STRANGE = "give it a melancholic vibe"
"""No grammar knows it."""
STRANGE_ZH = "把它弄得更有感觉"
DID_NOT_HELP = "The model did not help: "

Step = tuple[str, str]


def steps(*said: Step) -> dict[str, Any]:
    return {"steps": [{"op": op, "say": say} for op, say in said]}


# What of an answer is kept


@pytest.fixture(scope="module")
def project() -> Project:
    built = direct("combine all clips", Project("p", None, MEDIA))
    return Project("p", built.draft, MEDIA, [None])


def proposed(project: Project, *said: Step, text: str = STRANGE) -> Outcome:
    return propose(steps(*said), text, project, None, "tiny-1")


def agreed(project: Project, plan: Outcome, answer: str = "yes") -> Outcome:
    assert isinstance(plan.memory, Memory)
    return direct(answer, project, plan.memory)


def test_a_plan_is_shown_and_done_by_yes_alone(project: Project) -> None:
    plan = proposed(
        project, ("mute", "mute clip 2"), ("length", "set the total length to 20 seconds")
    )
    assert plan.draft is None
    assert not plan.operations
    assert plan.question == (
        "That could be done so (tiny-1 proposes it): “mute clip 2”, then “set the total length to 20 seconds”. "
        "Shall it be done?"
    )
    assert plan.choices == ("yes", "no")
    assert plan.reply.startswith(plan.question)
    done = agreed(project, plan)
    assert done.draft is not None
    check_invariants(done.draft)
    assert done.step == "edit"
    assert [one["op"] for one in done.operations] == ["mute", "length"]
    said = direct("mute clip 2. set the total length to 20 seconds", project).draft
    assert done.draft["t"] == (said or {})["t"]


@pytest.mark.parametrize("answer", ["no", "2", "No.", "不要"])
def test_no_leaves_all_as_it_is(project: Project, answer: str) -> None:
    plan = proposed(project, ("mute", "mute clip 2"))
    declined = agreed(project, plan, answer)
    assert declined.draft is None
    assert isinstance(declined.memory, Memory)
    assert declined.memory.open is None
    assert direct("yes", project, declined.memory).draft is None


def test_another_sentence_is_done_and_drops_the_plan(project: Project) -> None:
    plan = proposed(project, ("mute", "mute clip 2"))
    other = agreed(project, plan, "remove clip 1")
    assert [one["op"] for one in other.operations] == ["remove"]
    after = Project("p", other.draft, MEDIA, [None, project.draft])
    assert isinstance(other.memory, Memory)
    assert direct("yes", after, other.memory).draft is None


@pytest.mark.parametrize("answer", ["20", "clip 3", "no, clip 1", "make it 5 seconds", "3 seconds"])
def test_what_is_neither_yes_nor_no_does_nothing_of_the_plan(project: Project, answer: str) -> None:
    plan = proposed(project, ("mute", "mute clip 2"), ("remove", "remove clip 1"))
    after = agreed(project, plan, answer)
    assert not {"mute", "remove"} & {one["op"] for one in after.operations}


def test_a_plan_is_one_change_that_can_be_corrected(project: Project) -> None:
    done = agreed(project, proposed(project, ("mute", "mute clip 2")))
    after = Project("p", done.draft, MEDIA, [None, project.draft])
    corrected = direct("no, clip 1", after, done.memory)
    assert corrected.step == "amend"
    assert corrected.draft is not None
    assert corrected.draft["t"] == (direct("mute clip 1", project).draft or {})["t"]


def test_it_asks_in_the_language_of_the_sentence(project: Project) -> None:
    plan = proposed(project, ("mute", "片段2静音"), text=STRANGE_ZH)
    assert plan.question == "可以这样做（tiny-1 的建议）：「片段2静音」。要做吗？"
    assert plan.choices == ("好", "不要")
    done = agreed(project, plan, "好")
    assert [one["op"] for one in done.operations] == ["mute"]


def test_numbers_are_those_of_the_timeline_that_was_told(project: Project) -> None:
    plan = proposed(project, ("remove", "remove clip 1"), ("mute", "mute clip 2"))
    done = agreed(project, plan)
    second = next(
        clip for clip in (done.draft or {})["t"][0]["sg"] if clip["m"]["title"] == "city walk.mp4"
    )
    assert second["m"]["volume"] == 0


BAD: dict[str, object] = {
    "another operation": steps(("mute", "remove clip 2")),
    "an operation that is not built": steps(("blur", "blur the faces")),
    "no operation": steps(("format_disk", "mute clip 2")),
    "an undo": steps(("undo", "undo")),
    "an empty timeline": steps(("reset", "start over")),
    "an export": steps(("export", "export")),
    "words that nobody knows": steps(("mute", "wobble clip 2")),
    "two requests": steps(("mute", "mute clip 2 and remove clip 1")),
    "two sentences": steps(("mute", "mute clip 2. remove clip 1")),
    "two lines": steps(("mute", "mute clip 2\nremove clip 1")),
    "a question": steps(("mute", "should I mute clip 2?")),
    "a negation": steps(("mute", "don't mute clip 2")),
    "a condition": steps(("mute", "if clip 2 is longer than 1 second, mute it")),
    "a correction": steps(("mute", "no, mute clip 1")),
    "a value alone": steps(("mute", "clip 2")),
    "a clip that is not there": steps(("mute", "mute clip 77")),
    "one good, one bad": steps(("mute", "mute clip 2"), ("remove", "remove clip 77")),
    "nothing new": steps(("volume", "set clip 1 to 100%")),
    "most of the video": steps(("cut", "cut the first 35 seconds")),
    "a path": steps(("add", "add /etc/passwd.mp4 at the end")),
    "a path that is not whole": steps(("title", 'add title "x/y.mp4" at the beginning')),
    "a path in a title": steps(("title", 'add title "~/x/y.mp4" at the beginning')),
    "an address": steps(("title", 'add title "https://evil.test/a" at the beginning')),
    "escapes": steps(("title", 'add title "\x1b]0;x\x07a" at the beginning')),
    "a reversed line": steps(("title", 'add title "\u202ea" at the beginning')),
    "what cannot be seen": steps(("title", 'add title "a\u200bb" at the beginning')),
    "a comment that hides": steps(
        ("title", 'add title "<!--" at the beginning'),
        ("remove", "remove clip 1"),
        ("title", 'add title "-->" at the beginning'),
    ),
    "a quotation that swallows": steps(
        ("title", 'add title "a at the beginning'), ("mute", 'mute clip 2"')
    ),
    "too many": steps(*[("mute", "mute clip 2")] * (MOST_STEPS + 1)),
    "too long a step": steps(("title", f'add title "{"a" * 300}" at the beginning')),
    "too long a plan": steps(
        *(("title", f'add title "{letter * 60}" at the beginning') for letter in "abcdefg")
    ),
    "none": steps(),
    "nothing": {},
    "a text": {"steps": "mute clip 2"},
    "texts": {"steps": ["mute clip 2"]},
    "numbers": {"steps": [{"op": 1, "say": 2}]},
    "more than was asked for": {**steps(("mute", "mute clip 2")), "run": "rm"},
    "more in a step": {"steps": [{"op": "mute", "say": "mute clip 2", "also": "x"}]},
    "null": None,
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_anything_else_is_rejected_as_a_whole(project: Project, answer: object) -> None:
    with pytest.raises(Rejected) as caught:
        propose(answer, STRANGE, project, None, "tiny-1")
    assert caught.value.english.isprintable()
    assert caught.value.chinese


def test_the_schema_has_what_is_built_and_may_be_asked_for() -> None:
    names = schema()["properties"]["steps"]["items"]["properties"]["op"]["enum"]
    assert {"mute", "length", "title", "add"} <= set(names)
    assert not {"undo", "redo", "reset", "export"} & set(names)


def test_what_is_told_are_names_without_folders(project: Project) -> None:
    draft = json.loads(json.dumps(project.draft))
    draft["t"][0]["sg"][0]["m"]["title"] = "/home/me/secret place/beach.mp4"
    said = told(Project("p", draft, MEDIA))
    assert said["timeline"]["clips"][0] == {
        "number": 1, "name": "beach.mp4", "kind": "video", "seconds": 12.0,
    }  # fmt: skip
    assert "home" not in json.dumps(said["timeline"])
    assert "/nowhere" not in json.dumps(said)


# Over HTTP


class Endpoint:
    """A chat/completions server that answers as it is told and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.answer: Callable[[BaseHTTPRequestHandler], None] = says(steps())
        self.entered, self.left = threading.Event(), threading.Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                endpoint.asked.append((self.path, headers, json.loads(body)))
                endpoint.entered.set()
                try:
                    endpoint.answer(self)
                except OSError:  # the studio has gone
                    pass
                finally:
                    endpoint.left.set()

            do_GET = do_POST

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def will(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.asked.clear()
        self.entered.clear()
        self.left.clear()
        self.answer = answer

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def sends(
    body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def completion(content: object) -> bytes:
    message = {"role": "assistant", "content": content}
    return json.dumps({"choices": [{"index": 0, "message": message}]}).encode()


def says(answer: object) -> Callable[[BaseHTTPRequestHandler], None]:
    return sends(completion(json.dumps(answer)))


def hangs(handler: BaseHTTPRequestHandler) -> None:
    """Says nothing until the other side goes."""
    handler.connection.settimeout(PATIENCE_S)
    handler.connection.recv(1)


def trickles(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    end = threading.Event()
    while not end.wait(0.05):
        handler.wfile.write(b" ")


def resets(handler: BaseHTTPRequestHandler) -> None:
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()


def floods(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" " * 1_000_000)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    it = Endpoint()
    yield it
    it.close()


def configured(folder: Path, url: str, key_env: str = "MODEL_KEY") -> dict[str, str]:
    """The environment of a studio with that model."""
    file = folder / "config.toml"
    lines = ["[director]", f'url = "{url}"', 'model = "tiny-1"', f'key_env = "{key_env}"']
    file.write_text("\n".join(lines), encoding="utf-8")
    return {"VBTUI_CONFIG": str(file), "MODEL_KEY": KEY}


@pytest.fixture(scope="module")
def with_model(
    tmp_path_factory: pytest.TempPathFactory, endpoint: Endpoint
) -> Iterator[RunningStudio]:
    environ = configured(tmp_path_factory.mktemp("config"), endpoint.url)
    with studio(tmp_path_factory.mktemp("studio"), environ=environ) as it:
        yield it


@pytest.fixture(scope="module")
def session_id(with_model: RunningStudio) -> str:
    session_id = with_model.new_session()
    with_model.add(session_id, media.clip(seconds=3), media.picture())
    with_model.say(session_id, "combine all clips")
    return session_id


def reply(said: list[dict[str, Any]]) -> str:
    texts = [
        part["text"]
        for event in said
        for part in event.get("content", {}).get("parts", [])
        if "text" in part
    ]
    return str(texts[-1])


def test_it_is_asked_and_its_plan_is_done_after_yes(
    with_model: RunningStudio, session_id: str, endpoint: Endpoint
) -> None:
    endpoint.will(says(steps(("mute", "mute clip 1"))))
    before = with_model.state(session_id)
    said = with_model.say(session_id, STRANGE)
    assert "“mute clip 1”. Shall it be done?" in reply(said)
    calls = [
        p["functionCall"]["name"]
        for e in said
        for p in e["content"]["parts"]
        if "functionCall" in p
    ]
    assert set(calls) == {"ask_question"}
    assert with_model.state(session_id) == before
    [(path, headers, body)] = endpoint.asked
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert body["model"] == "tiny-1"
    assert body["response_format"]["json_schema"]["schema"] == schema()
    rules, asked = (one["content"] for one in body["messages"])
    assert '"does": "makes clips or music silent' in rules
    assert json.loads(asked)["sentence"] == STRANGE
    assert with_model.token not in json.dumps(body)
    assert str(with_model.data) not in json.dumps(body)
    with_model.say(session_id, "yes")
    after = with_model.state(session_id)
    assert after["draft"]["t"][0]["sg"][0]["m"]["volume"] == 0
    with_model.say(session_id, "undo")
    assert with_model.state(session_id)["draft"]["t"] == before["draft"]["t"]
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize(
    "text",
    [
        "mute clip 1",
        "should I remove clip 1?",
        "blur the faces",
        "put /home/me/a b.mov somehow",
        "frobnicate holiday/day one.mov",
        r"frobnicate C:\holiday",
        "yes",
        "undo",
    ],
)
def test_what_is_understood_or_names_a_path_is_not_sent(
    with_model: RunningStudio, session_id: str, endpoint: Endpoint, text: str
) -> None:
    endpoint.will(says(steps(("remove", "remove clip 1"))))
    with_model.say(session_id, text)
    assert endpoint.asked == []


ANSWERS: dict[str, tuple[Callable[[BaseHTTPRequestHandler], None], str]] = {
    "another operation": (says(steps(("mute", "remove clip 1"))), "is not what it says it is"),
    "no step": (says(steps()), "it knows no step for that"),
    "no JSON": (sends(b"<html>\x1b[2J</html>"), "has not the form"),
    "no JSON in it": (sends(completion("Sure! \x1b]0;x\x07 {")), "has not the form"),
    "no text in it": (sends(completion(None)), "has not the form"),
    "a list": (says([1, 2]), "has not the form"),
    "deep": (sends(b"[" * 100_000), "has not the form"),
    "not a number": (sends(b'{"choices": NaN}'), "has not the form"),
    "bytes": (sends(b"\xff\xfe\x00"), "has not the form"),
    "empty": (sends(b""), "has not the form"),
    "401": (sends(f"wrong key {KEY}".encode(), 401), "HTTP 401"),
    "500": (sends(b"", 500), "HTTP 500"),
    "reset": (resets, "cannot be reached"),
    "no HTTP": (lambda handler: void(handler.wfile.write(b"\x00\x01\x02\r\n\r\n")), "cannot be reached"),
    "huge": (floods, "too long"),
    "injected": (
        says(steps(("cut", "cut the first 60 seconds"), ("reset", "delete everything"))),
        "asks for something that there is not",
    ),
    "hostile words": (
        says(steps(("title", 'add title "\x1b]52;c;eA==\x07" at the beginning'))),
        "cannot be shown as it is",
    ),
}  # fmt: skip


def void(_: object) -> None:
    """Nothing of it is wanted."""


@pytest.mark.parametrize("name", ANSWERS)
def test_a_bad_endpoint_costs_a_sentence(
    with_model: RunningStudio, session_id: str, endpoint: Endpoint, name: str
) -> None:
    answer, why = ANSWERS[name]
    endpoint.will(answer)
    before = with_model.state(session_id)
    said = with_model.say(session_id, STRANGE)
    text = reply(said)
    assert "I did not understand" in text
    assert text.splitlines()[-1].startswith(DID_NOT_HELP)
    assert why in text.splitlines()[-1]
    assert len(endpoint.asked) == 1
    assert KEY not in json.dumps(said)
    assert "\x1b" not in text
    with_model.say(session_id, "yes")
    assert with_model.state(session_id) == before


def test_it_says_so_in_chinese(
    with_model: RunningStudio, session_id: str, endpoint: Endpoint
) -> None:
    endpoint.will(sends(b"", 503))
    assert reply(with_model.say(session_id, STRANGE_ZH)).endswith(
        "模型没有帮上忙：它的回答是 HTTP 503。"
    )


def test_a_redirect_is_not_followed(
    with_model: RunningStudio, session_id: str, endpoint: Endpoint
) -> None:
    elsewhere = Endpoint()
    try:
        endpoint.will(sends(b"", 307, {"Location": f"{elsewhere.url}/chat/completions"}))
        assert "HTTP 307" in reply(with_model.say(session_id, STRANGE))
        assert elsewhere.asked == []
    finally:
        elsewhere.close()


def test_when_nobody_listens_it_is_not_waited_for(
    with_model: RunningStudio, session_id: str, endpoint: Endpoint
) -> None:
    endpoint.will(hangs)
    http = client(with_model.url, with_model.token)
    with http.stream("POST", "/run_sse", json=message(session_id, STRANGE)):
        assert endpoint.entered.wait(PATIENCE_S)
    assert endpoint.left.wait(PATIENCE_S)
    http.close()
    before = with_model.state(session_id)
    with_model.say(session_id, "yes")
    assert with_model.state(session_id) == before


@pytest.mark.parametrize("answer", [hangs, trickles], ids=["hangs", "trickles"])
def test_it_has_so_much_time(
    tmp_path: Path, endpoint: Endpoint, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    endpoint.will(answer)
    environ = {**configured(tmp_path, endpoint.url), "VBTUI_TIMING": "model=1"}
    with studio(tmp_path / "data", environ=environ) as it:
        session_id = it.new_session()
        it.add(session_id, media.picture())
        assert reply(it.say(session_id, STRANGE)).endswith(
            f"{DID_NOT_HELP}it did not answer within 1 s."
        )
        assert endpoint.left.wait(PATIENCE_S)
        it.say(session_id, "combine all clips")
        assert it.state(session_id)["draft"]["t"]


def test_without_its_key_nothing_is_sent(tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.will(says(steps(("mute", "mute clip 1"))))
    environ = configured(tmp_path, endpoint.url, "ANOTHER_KEY")
    with studio(tmp_path / "data", environ=environ) as it:
        session_id = it.new_session()
        it.add(session_id, media.picture())
        text = reply(it.say(session_id, STRANGE))
    assert text.endswith("the variable that director.key_env names holds no key.")
    assert endpoint.asked == []


def test_strangers_of_an_open_studio_have_no_model(tmp_path: Path, endpoint: Endpoint) -> None:
    """The key is its owner's."""
    endpoint.will(says(steps(("mute", "mute clip 1"))))
    environ = {**os.environ, **configured(tmp_path, endpoint.url)}

    process = spawn(tmp_path / "data", "--port", "0", "--open", child=False, environ=environ)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        stranger = client(url)
        token = stranger.post(
            "/api/auth/anonymous-token", headers={"X-Client-Id": "stranger"}
        ).json()["data"]["token"]
        stranger.headers["Authorization"] = f"Bearer {token}"
        body = {"task_name": "p", "language": "en"}
        made = stranger.post("/api/tasks/me/with-session/nemo_agent", json=body).json()
        asked = message(str(made["data"]["session_id"]), STRANGE)
        said = events(stranger.post("/run_sse", json=asked).text)
        stranger.close()
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
    assert DID_NOT_HELP not in reply(said)
    assert endpoint.asked == []


# The settings, and where the key goes


def test_without_settings_there_is_none() -> None:
    environ = {"MODEL_KEY": KEY}
    given = settings.load({}).director
    assert model_of(given, 20, environ) is None
    assert given.key(environ) == {}
    assert environ == {"MODEL_KEY": KEY}


def test_the_key_is_taken_out_of_what_children_get() -> None:
    environ = {"MODEL_KEY": KEY, "PATH": "/bin"}
    given = settings.Director("https://h.test/v1", "tiny-1", "MODEL_KEY")
    assert given.key(environ) == {"MODEL_KEY": KEY}
    model = model_of(given, 20, environ)
    assert model is not None
    assert KEY not in repr(model)
    assert environ == {"PATH": "/bin"}
    for kind in ("tool", "desktop", "worker", "vbtui"):
        assert "MODEL_KEY" not in programs.environment(kind, {"MODEL_KEY": KEY})


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ('url = "http://models.test/v1"\nmodel = "a"', "must start with https://.*models.test"),
        ('url = "http://192.168.0.7:8080"\nmodel = "a"', "https://"),
        ('url = "ftp://models.test"\nmodel = "a"', "director.url"),
        ('url = "https://u:geheim@models.test"\nmodel = "a"', "director.url"),
        ('url = "https://models.test/v1?key=geheim"\nmodel = "a"', "director.url"),
        ('url = "https://models.test/v1"', "director.model"),
        ('url = "https://m.test"\nmodel = "a"\nkey_env = "sk-geheim"', "director.key_env"),
        ('url = "https://m.test"\nmodel = "a"\nkey_env = "PATH"', "director.key_env"),
        ('url = "https://m.test"\nmodel = "a"\nkey_env = "LC_KEY"', "director.key_env"),
        ('url = "https://m.test"\nmodel = "a"\nkey_env = "NEMO_TOKEN"', "director.key_env"),
        ("url = 7", "director.url"),
        ('key = "geheim"', "no setting “key”"),
    ],
)
def test_a_wrong_setting_is_named_without_secrets(tmp_path: Path, lines: str, named: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[director]\n{lines}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=named) as caught:
        settings.load({"VBTUI_CONFIG": str(file)})
    assert "geheim" not in caught.value.sentence + str(caught.value.hint)


async def test_the_key_reaches_the_studio_that_vbtui_starts_and_no_file(
    own_home: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:

    for name, value in configured(own_home, endpoint.url).items():
        monkeypatch.setenv(name, value)
    endpoint.will(sends(f"{KEY}".encode(), 418))
    its = settings.load()
    backend = LocalBackend(its, SystemClock())
    try:
        await backend.connect()
        address = running(its.directories.studio)
        assert address is not None
        text = await asyncio.to_thread(_said, address.url, address.token)
    finally:
        await backend.close()
    assert "HTTP 418" in text
    assert endpoint.asked[0][1]["authorization"] == f"Bearer {KEY}"
    log = its.directories.log / "studio.log"
    assert await asyncio.to_thread(holding, own_home, b"") >= {log}
    assert not await asyncio.to_thread(holding, own_home, KEY.encode())


def holding(folder: Path, words: bytes) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()}


def _said(url: str, token: str) -> str:
    with client(url, token) as http:
        body = {"task_name": "p", "language": "en"}
        made = http.post("/api/tasks/me/with-session/nemo_agent", json=body).json()
        asked = message(str(made["data"]["session_id"]), STRANGE)
        return reply(events(http.post("/run_sse", json=asked).text))
