"""Links into the vendor's web app; none of them holds the API token (wire/README.md, Endpoints)."""

from __future__ import annotations

from urllib.parse import quote

from vbtui.base.errors import BadReply, NoCredits, PlanBlocked, VbtuiError
from vbtui.base.problem import Problem
from vbtui.journal.records import Offer, Session
from vbtui.session.context import Context


def claim_link(web_url: str, claim_token: str) -> str:
    """`<web>/workspace/claim?ct=clm_…`. Raises `BadReply` for anything that is no claim token."""
    if not claim_token.startswith("clm_"):
        raise BadReply("The backend gave no claim token, so there is no link.")
    return f"{web_url}/workspace/claim?ct={quote(claim_token, safe='')}"


def register_link(web_url: str, session: Session) -> str:
    """`<web>/register?bind=<id>` with the session's task or user id; empty when it has none."""
    return _register(web_url, session.task_id or session.user_id)


def registration_link(context: Context) -> str:
    """The registration page for the open session, else for the account.

    Empty for the embedded studio, and as long as no id is known.
    """
    session, account = context.overview.session, context.overview.account
    if context.is_local:
        return ""
    link = register_link(context.settings.web_url, session) if session else ""
    return link or _register(context.settings.web_url, account.user_id if account else "")


def _register(web_url: str, bind: str) -> str:
    return f"{web_url}/register?bind={quote(bind, safe='')}" if bind else ""


def claim_offers(context: Context) -> tuple[str, ...]:
    """`("claim",)` where the project can be taken over into an account: for anonymous users."""
    account = context.overview.account
    return (Offer.CLAIM,) if account is not None and account.kind == "anonymous" else ()


def problem_of(error: VbtuiError, context: Context, *, chinese: bool = False) -> Problem:
    """`error` as a card, in that language; where registering would help, with the link for it.

    wire/README.md, Errors: 2001 of an anonymous user and HTTP 402 lead to the registration page.
    """
    account = context.overview.account
    is_anonymous = account is not None and account.kind == "anonymous"
    if isinstance(error, PlanBlocked) or (isinstance(error, NoCredits) and is_anonymous):
        link = registration_link(context)
        if link and "link" not in error.values:
            values = {**error.values, "hint": None, "link": link}
            return Problem.coded(f"{type(error).code}.register", chinese=chinese, **values)
    return Problem.of(error, chinese=chinese)
