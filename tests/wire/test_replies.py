"""Reply JSON to records, and errors to the tree: envelopes, shapes, nonsense."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vbtui.base.errors import (
    BackendError,
    BadReply,
    ConnectionBroken,
    FileTooLarge,
    NoCredits,
    PlanBlocked,
    RateLimited,
    SessionNotFound,
    SignInRefused,
    UnsupportedFile,
    VbtuiError,
)
from vbtui.wire import replies
from vbtui.wire.errors import Secret, retry_after_s
from vbtui.wire.replies import (
    CreditBalance,
    Fields,
    Media,
    NewSession,
    RenderStatus,
    Reply,
    problem,
    whole,
)

TOKEN = "tok_0123456789"


def error(value: Any, status: int = 200, **headers: str) -> VbtuiError | None:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return problem(Reply(status, headers, body), token=Secret(TOKEN), now=0)


def fields(**value: Any) -> Fields:
    return Fields(value, "")


@pytest.mark.parametrize(
    ("value", "status", "kind"),
    [
        ({"code": 1001, "message": "m"}, 200, SignInRefused),
        ({"detail": "m"}, 401, SignInRefused),
        ({"code": "1001", "msg": "m"}, 200, SignInRefused),
        ({"code": 1002, "error": "m"}, 404, SessionNotFound),
        ({"detail": "Session not found: s1"}, 404, SessionNotFound),
        ({"code": 2001, "message": "m"}, 402, NoCredits),
        ({"code": 4001, "message": "m"}, 200, UnsupportedFile),
        ({"code": 4002, "message": "m"}, 200, FileTooLarge),
        (b"", 413, FileTooLarge),
        (b"<html>", 402, PlanBlocked),
        ({"code": 402}, 200, PlanBlocked),
        ({"code": 429}, 200, RateLimited),
        (b"", 429, RateLimited),
        (b"<html>", 503, ConnectionBroken),
        ({"code": 507, "message": "The disk is full."}, 507, BackendError),
        ({"code": 2001}, 500, NoCredits),
        ({"success": False, "error": "m"}, 200, BackendError),
        ({"success": False, "error": {"message": "m"}, "code": 2001}, 200, NoCredits),
        ({"code": 9999, "message": "m"}, 200, BackendError),
        ({"code": "FAILED", "message": "m"}, 200, BackendError),
        ({"detail": [{"loc": ["body", "x"], "msg": "field required"}]}, 422, BackendError),
        (b"\x00\xff", 400, BackendError),
    ],
)
def test_every_no_has_its_class(value: Any, status: int, kind: type[VbtuiError]) -> None:
    found = error(value, status)
    assert type(found) is kind
    assert found.title
    assert found.message


@pytest.mark.parametrize(
    "value",
    [
        {"code": 0},
        {"code": "0"},
        {"code": "ok"},
        {"success": True},
        {"status": "done"},
        [],
        b"",
        b"x",
    ],
)
def test_a_success_is_no_error(value: Any) -> None:
    assert error(value) is None


@pytest.mark.parametrize(
    "value",
    [
        {"message": "It is full."},
        {"msg": "It is full."},
        {"error": "It is full."},
        {"detail": "It is full."},
        {"error": {"message": "It is full."}},
        {"detail": {"msg": "It is full."}},
        {"data": {"message": "It is full."}},
        {"message": "", "error": "It is full."},
        {"message": "It\n\x1b[31mis\x1b[0m full.\u202e"},
    ],
)
def test_words_are_found_where_they_stand(value: dict[str, Any]) -> None:
    found = error({"code": 7, **value})
    assert found is not None
    assert found.message == "It is full."


def test_a_field_that_was_refused_is_named() -> None:
    found = error({"detail": [{"loc": ["body", "x"], "msg": "field required"}]}, 422)
    assert found is not None
    assert found.message == "body.x: field required"


@pytest.mark.parametrize(
    "words",
    ['{"a": 1}', "[1]", "<html><body>x", "1234", "", "Traceback (most recent call last):\n x", 7],
)
@pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 418, 500])
def test_no_raw_words_reach_the_user(words: Any, status: int) -> None:
    found = error({"code": 31337, "message": words}, status)
    assert found is not None
    for text in (found.message, found.hint, str(found)):
        assert not any(bad in text for bad in ("{", "[", "<", "31337", "1234", "Traceback"))
    assert found.message.endswith(".")


def test_a_token_that_comes_back_is_left_out() -> None:
    found = error({"code": 1001, "message": f"{TOKEN} expired; Bearer abc; nmv_usr_zzz"})
    assert found is not None
    assert found.message == "… expired; …; …"


def test_long_words_are_cut() -> None:
    found = error({"code": 1, "message": "word " * 10_000})
    assert found is not None
    assert len(found.message) <= 400


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<!doctype html><p>x", "web page"),
        (b'{"code": 0, "data": {"a', "broke off"),
        (b"hello", "not JSON"),
        (b"[1]", "not an object"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "broke off"),
    ],
)
def test_what_came_is_said(body: bytes, words: str) -> None:
    with pytest.raises(BadReply, match=words):
        whole(Reply(200, {}, body))


def test_too_long_is_said() -> None:
    with pytest.raises(BadReply, match="too long"):
        whole(Reply(200, {}, b"{", cut=True))


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("-3", 0.0),
        ("Thu, 01 Jan 1970 00:00:09 GMT", 4.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after(value: str, wait: float | None) -> None:
    assert retry_after_s({"retry-after": value}, now=5.0) == wait


def test_anonymous_token() -> None:
    found = replies.anonymous_token(
        fields(data={"token": "nmv_usr_x", "credits": "100", "expires_at": "1970-01-02T00:00:00Z"}),
        now=5,
    )
    assert (found.token, found.expires_at, found.credits) == ("nmv_usr_x", 86400.0, 100.0)
    assert "nmv_usr_x" not in repr(found)
    bare = replies.anonymous_token(fields(data={"token": "x"}), now=5)
    assert bare.expires_at == 5 + 7 * 86400
    assert (
        replies.anonymous_token(fields(data={"token": "x", "expires_at": 2e12}), now=0).expires_at
        == 2e9
    )


def test_new_session_at_either_level() -> None:
    wanted = NewSession("s", "t", "u")
    ids = {"session_id": "s", "task_id": "t", "user_id": "u"}
    assert replies.new_session(fields(code=0, data=ids)) == wanted
    assert replies.new_session(fields(**ids)) == wanted
    assert replies.new_session(fields(data={"task_id": "t"}, session_id="s", user_id="u")) == wanted


@pytest.mark.parametrize(
    ("read", "value", "words"),
    [
        (replies.new_session, {"data": {}}, "data.session_id is missing"),
        (replies.new_session, {"data": {"session_id": ["s"]}}, "data.session_id is not a text"),
        (replies.new_session, {"data": 3}, "data is not an object"),
        (replies.claim_token, {"data": {}}, "data.claim_token is missing"),
        (replies.credit_balance, {}, "data is missing"),
        (replies.credit_balance, {"data": {"frozen": 1}}, "data.available is missing"),
        (replies.credit_balance, {"data": {"available": "many"}}, "data.available is not a number"),
        (replies.credit_balance, {"data": {"available": True}}, "data.available is not a number"),
        (
            replies.credit_balance,
            {"data": {"available": float("nan")}},
            "data.available is not a number",
        ),
        (
            replies.credit_balance,
            {"data": {"available": 10**400}},
            "data.available is not a number",
        ),
        (replies.session_state, {"data": {}}, "data.state is missing"),
        (replies.session_state, {"data": {"state": []}}, "data.state is not an object"),
        (
            replies.session_state,
            {"data": {"state": {"draft": 3}}},
            "data.state.draft is not an object",
        ),
        (
            replies.session_state,
            {"data": {"state": {"video_infos": 3}}},
            "data.state.video_infos is not a list",
        ),
        (
            replies.session_state,
            {"data": {"state": {"video_infos": [{}, {"width": []}]}}},
            r"data.state.video_infos\[1\].width is not a number",
        ),
        (replies.uploaded, {"data": {"files": [3]}}, r"data.files\[0\] is not an object"),
        (replies.render_status, {}, "status is missing"),
        (replies.render_status, {"data": {"progress": 4}}, "data.status is missing"),
        (replies.render_status, {"status": ["x"]}, "status is not a text"),
        (replies.render_status, {"status": "done", "progress": "half"}, "progress is not a number"),
    ],
)
def test_a_wrong_field_is_named(read: Any, value: dict[str, Any], words: str) -> None:
    with pytest.raises(BadReply, match=words):
        read(Fields(value, ""))


def test_credit_balance() -> None:
    assert replies.credit_balance(fields(data={"available": 7})) == CreditBalance(7, 0, 7)
    assert replies.credit_balance(
        fields(data={"available": "7.5", "frozen": 1, "total": 100})
    ) == CreditBalance(7.5, 1, 100)


def test_the_draft_is_kept_as_it_came() -> None:
    draft = {"t": [], "x\u202e": "\x1b", "n": 1.10}
    state = replies.session_state(
        fields(data={"state": {"draft": draft, "canvas_config": {"w": 1}}})
    )
    assert state.draft is draft
    assert state.canvas == {"w": 1}
    assert replies.session_state(fields(data={"state": {"draft": None}})).draft is None
    assert replies.session_state(fields(data={"state": {}})).draft is None


def test_media_in_every_spelling() -> None:
    state = replies.session_state(
        fields(
            data={
                "state": {
                    "video_infos": [
                        {
                            "filename": "a\x1b[2J.mp4",
                            "file_type": "video/mp4",
                            "cdn_url": "u",
                            "width": "640",
                        },
                        {"name": "b", "type": "VIDEO", "url": "v", "duration": 1.5, "hash": 12},
                    ],
                    "generated_media": {"k": {"title": "c"}, "l": "http://x/y"},
                }
            }
        )
    )
    assert state.media == (
        Media(name="a.mp4", kind="video", url="u", width=640),
        Media(name="b", kind="video", url="v", duration_s=1.5, digest="12"),
    )
    assert state.generated == (Media(name="c"), Media(url="http://x/y"))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"status": "processing", "progress": 40}, RenderStatus("processing", 40)),
        ({"data": {"status": "PROCESSING", "progress": "40%"}}, RenderStatus("processing", 40)),
        (
            {"success": True, "data": {"status": "completed", "output": {"url": "u"}}},
            RenderStatus("completed", None, "u"),
        ),
        (
            {"status": "completed", "outputUrl": "u", "progress": 250},
            RenderStatus("completed", 100, "u"),
        ),
        ({"data": {"outputUrl": "u"}}, RenderStatus("completed", None, "u")),
        ({"status": "failed", "error": {"message": "m"}}, RenderStatus("failed", None, "", "m")),
        ({"data": {"status": "error", "error": "m"}}, RenderStatus("failed", None, "", "m")),
        ({"status": "finalizing"}, RenderStatus("processing")),
        ({"status": 200, "data": {"status": "queued"}}, RenderStatus("pending")),
        ({"status": "canceled"}, RenderStatus("cancelled")),
    ],
)
def test_render_status(value: dict[str, Any], wanted: RenderStatus) -> None:
    assert replies.render_status(Fields(value, "")) == wanted


def test_a_render_that_was_accepted_is_pending() -> None:
    assert replies.render_status(fields(code=0), started=True) == RenderStatus("pending")
