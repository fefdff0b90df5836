"""The whole way from the sign-in to the file over a line that stalls, on either dialect of text."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests import clips as media
from tests.cloud import RENDER, Cloud, Fault, cut, ignored, stalls, unanswered
from tests.faults.rows import Row, Seen, settings_for, unfit, vbtui
from tests.waiting import until
from vbtui.journal.records import ExportOptions

ALL = Row("all", (), "start", "ready", ())


@pytest.mark.parametrize("seed", range(3))
async def test_the_whole_way_over_a_line_that_stalls(tmp_path: Path, seed: int) -> None:
    """5 % of all writes stop for up to 0.2 s, and one answer of each kind is lost on top."""
    seen = Seen()
    async with Cloud() as cloud:
        cloud.pause = stalls(seed, share=0.05, longest_s=0.2)
        cloud.video = media.clip(seconds=1).read_bytes()
        async with vbtui(settings_for(ALL, cloud), tmp_path, seen) as engine:
            await until(lambda: engine.overview.link == "ready")
            cloud.goes_wrong(
                Fault("POST", "/api/upload-video/*", unanswered),
                Fault("POST", "/run_sse", cut(0.9)),
                Fault("POST", RENDER, unanswered),
                Fault("GET", f"{RENDER}/*", ignored),
                Fault("GET", "/files/*", cut(0.5)),
            )
            await engine.library.add([media.clip(seconds=1)])
            await until(lambda: engine.is_idle and engine.library.assets[0].state == "done")
            await engine.conversation.say("add a title Urban Dreams")
            await until(lambda: engine.is_idle)
            assert engine.conversation.turns[-1].state == "done"
            await engine.exports.start(ExportOptions(destination=tmp_path / "promo.mp4"))
            await until(lambda: engine.is_idle)
        assert cloud.carried == {"upload": 1, "message": 1, "render": 1}
        assert not cloud.faults
        assert not cloud.unattributed
    assert (tmp_path / "promo.mp4").read_bytes() == media.clip(seconds=1).read_bytes()
    assert not unfit(seen.text)


async def test_a_request_without_attribution_is_refused_there() -> None:
    """The cloud of these tests would notice."""
    async with Cloud() as cloud, httpx.AsyncClient(trust_env=False) as client:
        told = {"X-Skill-Source": "video-builder", "X-Skill-Version": "1"}
        answer = await client.post(f"{cloud.url}{RENDER}", json={"id": "r"}, headers=told)
        assert answer.status_code == 402
        assert cloud.unattributed == [RENDER]


@pytest.mark.parametrize(
    "text",
    ["code 1001", '{"code": 0}', "nmv_usr_abc", "Traceback", "<h1>", "\x1b[2J", "ValueError: x"],
)
def test_what_is_unfit_for_a_screen_is_found(text: str) -> None:
    assert unfit(f"The backend said {text}")
