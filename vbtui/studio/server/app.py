"""The studio as an ASGI application: which path is answered by what."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vbtui.base.errors import VbtuiError
from vbtui.studio.server import exports, previews, sessions, turns, uploads
from vbtui.studio.server.auth import ANONYMOUS_TOKEN_PATH, Guard
from vbtui.studio.server.replies import Refusal, refusal_of, refuse
from vbtui.studio.server.studio import Studio

_RENDER = "/api/render/proxy/lambda"


def make_app(studio: Studio, *, loopback: bool) -> Starlette:
    """The application for `studio`.

    Args:
        loopback: it listens on loopback alone, where only loopback names are answered.
    """
    app = Starlette(
        routes=[
            Route(ANONYMOUS_TOKEN_PATH, sessions.anonymous_token, methods=["POST"]),
            Route("/api/auth/claim-token", sessions.claim_token, methods=["POST"]),
            Route(
                "/api/tasks/me/with-session/nemo_agent", sessions.create_session, methods=["POST"]
            ),
            Route("/api/credits/balance/simple", sessions.credit_balance),
            Route("/api/state/nemo_agent/me/{session_id}/latest", sessions.state),
            Route("/run_sse", turns.run_sse, methods=["POST"]),
            Route("/api/upload-video/nemo_agent/me/{session_id}", uploads.upload, methods=["POST"]),
            Route(_RENDER, exports.start_render, methods=["POST"]),
            Route(_RENDER + "/{render_id}", exports.render_status),
            Route(_RENDER + "/{render_id}/cancel", exports.cancel_render, methods=["POST"]),
            Route(_RENDER + "/{render_id}/download", exports.download),
            Route("/api/render/proxy/{render_id}/download", exports.download),
            Route("/studio/capabilities", sessions.capabilities),
            Route("/studio/originals", previews.look_at_originals, methods=["POST"]),
            Route("/studio/frames", previews.frames_of_posted, methods=["POST"]),
            Route("/studio/frames/{session_id}", previews.frames),
            Route("/studio/media/{session_id}/{asset_id}", uploads.media_file),
            Route("/studio/script/{session_id}", exports.script, methods=["POST"]),
            Route("/studio/lease", studio.life, methods=["GET"]),
        ],
        middleware=[Middleware(Guard, auth=studio.auth, loopback=loopback)],
        exception_handlers={
            Refusal: _refused,
            VbtuiError: _failed,
            HTTPException: _unknown,
            Exception: _crashed,
        },
    )
    app.state.studio = studio
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return refuse(error)


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, VbtuiError)
    return refuse(refusal_of(error))


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = "The studio does not know this address."
    if error.status_code == 405:
        message = "The studio does not answer this method here."
    return refuse(Refusal(message, code=error.status_code))


async def _crashed(request: Request, error: Exception) -> Response:
    return refuse(Refusal("The local studio failed on this request.", code=500))
