"""Every error that a user can meet.

    VbtuiError             error               code, title, message, hint (what to do next), exit_code
    ├── UsageError         usage            2  the command line or the configuration is wrong
    ├── BadFile            bad_file         1  a local file cannot be used
    │   ├── UnsupportedFile  unsupported_file  1  4001
    │   └── FileTooLarge     file_too_large    1  4002
    ├── BackendError       backend          1  the backend said no; carries its number, `wire_code`
    │   ├── SignInRefused    sign_in_refused   3  1001, HTTP 401
    │   ├── SessionNotFound  session_not_found 1  1002
    │   ├── NoCredits        no_credits        5  2001
    │   ├── PlanBlocked      plan_blocked      5  HTTP 402
    │   ├── RateLimited      rate_limited      1  HTTP 429; carries `retry_after_s`
    │   └── BadReply         bad_reply         1  a reply that cannot be understood
    ├── NetworkError       network          1  nobody answered, or not to the end
    │   ├── Unreachable      unreachable       1  nothing was sent: safe to try again
    │   ├── ConnectionBroken connection_broken 1  something may have been sent
    │   └── TimedOut         timed_out         4
    ├── RenderFailed       render_failed    1
    ├── DiskProblem        disk             1  full, read-only, no permission
    ├── StudioProblem      studio           1  the local studio does not start
    │   └── StudioMissing    studio_missing    1  the `studio` extra is not installed
    ├── OtioMissing        otio_missing     1  the `otio` extra is not installed
    └── Stopped            stopped        130  the user stopped it

The program goes by the class and by the code alone: exit codes, offers, retries, help. What a user
reads stands in `vbtui.base.catalogue` under the code; a class has more than one code where it says
more than one thing (`unreachable.name`). A new error is a class here and an entry there.

Error texts are documentation: the message says what happened in one sentence, the hint what to do
next. Neither contains a token, raw JSON, a bare code number or a traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from vbtui.base.translation import Translation

_Error = TypeVar("_Error", bound=BaseException)


_ENDS = ".!?:…。！？"


class VbtuiError(Exception):
    """The root: shown as a card with a title, a message and a hint.

    Args:
        message: one sentence on what happened, already cleaned of foreign control characters;
            empty: the catalogue's.
        code: one of the class's own (`<the class's>.<what happened>`); empty: the class's.
        hint: what the user can do next, "" when there is nothing to do; None: the catalogue's.
        values: what the places of the catalogue's texts are filled with.
    """

    code = "error"
    exit_code = 1

    def __init__(
        self,
        message: str | Translation = "",
        *,
        code: str = "",
        hint: str | Translation | None = None,
        **values: object,
    ) -> None:
        self.code = code or self.code
        if message:
            values["message"] = message
        if hint is not None:
            values["hint"] = hint
        self.values: dict[str, object] = values
        from vbtui.base import catalogue  # all texts of all errors: the first frame does without

        self.title, self.message, self.hint = catalogue.texts(self.code, values)
        super().__init__(self.message)

    @property
    def sentence(self) -> str:
        """Message and hint on one line."""
        return said(self.message, self.hint)


def said(message: str, hint: str) -> str:
    """`message` and `hint` on one line."""
    message = message.rstrip()
    if hint and message and message[-1] not in _ENDS:  # a backend's own words
        message += "."
    gap = "" if message.endswith(("。", "！", "？", "：")) else " "
    return f"{message}{gap}{hint}".strip()


class UsageError(VbtuiError):
    """The command line or the configuration is wrong."""

    code = "usage"
    exit_code = 2


class BadFile(VbtuiError):
    """A local file cannot be used: missing, empty, unreadable, a directory, not what it claims."""

    code = "bad_file"


class UnsupportedFile(BadFile):
    """wire/README.md, Errors: 4001."""

    code = "unsupported_file"


class FileTooLarge(BadFile):
    """wire/README.md, Errors: 4002."""

    code = "file_too_large"


class BackendError(VbtuiError):
    """The backend said no. `wire_code` is its number (wire/README.md, Errors), 0 when it gave none."""

    code = "backend"

    def __init__(
        self,
        message: str | Translation = "",
        *,
        wire_code: int = 0,
        code: str = "",
        hint: str | Translation | None = None,
        **values: object,
    ) -> None:
        super().__init__(message, code=code, hint=hint, **values)
        self.wire_code = wire_code


class SignInRefused(BackendError):
    """wire/README.md, Errors: 1001 or HTTP 401: the token is bad or expired."""

    code = "sign_in_refused"
    exit_code = 3


class SessionNotFound(BackendError):
    """wire/README.md, Errors: 1002."""

    code = "session_not_found"


class NoCredits(BackendError):
    """wire/README.md, Errors: 2001."""

    code = "no_credits"
    exit_code = 5


class PlanBlocked(BackendError):
    """HTTP 402 on an export: the plan does not allow it; not a matter of credits."""

    code = "plan_blocked"
    exit_code = 5


class RateLimited(BackendError):
    """HTTP 429. `retry_after_s` is the backend's wish in seconds, None when it gave none."""

    code = "rate_limited"

    def __init__(
        self,
        message: str | Translation = "",
        *,
        retry_after_s: float | None = None,
        wire_code: int = 429,
        code: str = "",
        hint: str | Translation | None = None,
        **values: object,
    ) -> None:
        super().__init__(message, wire_code=wire_code, code=code, hint=hint, **values)
        self.retry_after_s = retry_after_s
        self.values["retry_after_s"] = retry_after_s


class BadReply(BackendError):
    """A reply that cannot be understood: names the field or says what came instead."""

    code = "bad_reply"


class NetworkError(VbtuiError):
    """Nobody answered, or not to the end."""

    code = "network"


class Unreachable(NetworkError):
    """No connection could be made; nothing was sent."""

    code = "unreachable"


class ConnectionBroken(NetworkError):
    """The connection ended in the middle: the request may or may not have been carried out."""

    code = "connection_broken"


class TimedOut(NetworkError):
    """No answer within the time that was given."""

    code = "timed_out"
    exit_code = 4


class RenderFailed(VbtuiError):
    """An export ended without a video."""

    code = "render_failed"


class DiskProblem(VbtuiError):
    """A file or folder cannot be written: full, read-only, no permission."""

    code = "disk"


class StudioProblem(VbtuiError):
    """The local studio does not start or has ended."""

    code = "studio"


class StudioMissing(StudioProblem):
    """The `studio` extra is not installed."""

    code = "studio_missing"


class OtioMissing(VbtuiError):
    """The `otio` extra is not installed."""

    code = "otio_missing"


class Stopped(VbtuiError):
    """The user stopped it."""

    code = "stopped"
    exit_code = 130


def kind_of(code: str) -> type[VbtuiError]:
    """The class that `code` is one of; `VbtuiError` itself for what has no class."""
    name = code.partition(".")[0]
    todo = [VbtuiError]
    while todo:
        kind = todo.pop()
        if kind.code == name:
            return kind
        todo += kind.__subclasses__()
    return VbtuiError


def first_of(errors: BaseExceptionGroup[_Error]) -> _Error:
    """The first error of a group of groups."""
    found: BaseExceptionGroup[_Error] | _Error = errors
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def places(error: BaseException) -> list[str]:
    """Where `error`, and what a group of errors holds, went through the code; kinds, no values.

    For logs: the values of variables and the error's own words may hold a token.
    """
    import traceback

    lines = [line.rstrip() for line in traceback.format_tb(error.__traceback__)]
    lines.append(type(error).__name__)
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            lines += places(inner)
    return lines
