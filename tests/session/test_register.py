"""The link that registers an anonymous user: it names that user, who is asked for where nobody said it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.cloud import SESSION, SIGN_IN, STATE, TURN, Cloud, Fault, plain, says
from tests.server import ok
from tests.serving import serving
from tests.waiting import until
from vbtui.base.settings import load
from vbtui.engine import Engine

ALWAYS = 1_000_000


async def test_a_user_whom_nobody_named_is_asked_for_once(tmp_path: Path) -> None:
    async with Cloud() as cloud:
        cloud.checks_tokens = False
        for method, path, data in (
            ("POST", SIGN_IN, {"token": "nmv_usr_0123456789"}),
            ("POST", SESSION, {"session_id": "s1", "task_id": "t1"}),
            ("GET", STATE, {"state": {"draft": None}, "user_id": "anon_7"}),
        ):
            cloud.goes_wrong(Fault(method, path, plain(ok(data)), ALWAYS))
        cloud.goes_wrong(Fault("POST", TURN, says(2001, "no credits left"), ALWAYS))
        engine = Engine(replace(load(), api_url=cloud.url), folder=tmp_path)
        async with serving(engine):
            assert engine.sessions.registration_link() == ""
            await engine.conversation.say("make it nice")
            await until(lambda: engine.conversation.turns[-1].problem)
            problem = engine.conversation.turns[-1].problem
            assert problem is not None
            assert problem.hint.endswith("/register?bind=anon_7")
            assert problem.code == "no_credits.register"
