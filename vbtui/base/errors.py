"""Every error that a user can meet.

    VbtuiError                 title, message, hint (what to do next), exit_code
    ├── UsageError             2    the command line or the configuration is wrong
    ├── BadFile                1    a local file cannot be used
    │   ├── UnsupportedFile    1    4001
    │   └── FileTooLarge       1    4002
    ├── BackendError           1    the backend said no; carries `code`
    │   ├── SignInRefused      3    1001, HTTP 401
    │   ├── SessionNotFound    1    1002
    │   ├── NoCredits          5    2001
    │   ├── PlanBlocked        5    HTTP 402
    │   ├── RateLimited        1    HTTP 429; carries `retry_after_s`
    │   └── BadReply           1    a reply that cannot be understood
    ├── NetworkError           1    nobody answered, or not to the end
    │   ├── Unreachable        1    nothing was sent: safe to try again
    │   ├── ConnectionBroken   1    something may have been sent
    │   └── TimedOut           4
    ├── RenderFailed           1
    ├── DiskProblem            1    full, read-only, no permission
    ├── StudioProblem          1    the local studio does not start
    │   └── StudioMissing      1    the `studio` extra is not installed
    └── Stopped                130  the user stopped it

Error texts are documentation: `message` says what happened in one sentence, `hint` what to do
next. Neither contains a token, raw JSON, a bare code number or a traceback.
"""

from __future__ import annotations

from typing import TypeVar

_Error = TypeVar("_Error", bound=BaseException)


_ENDS = ".!?:…。！？"


class VbtuiError(Exception):
    """The root: shown as a card with a title, a message and a hint.

    Args:
        message: one sentence on what happened, already cleaned of foreign control characters.
        hint: what the user can do next; empty when there is nothing to do.
        title: a headline of a few words; the class has a default.
    """

    title = "Something went wrong"
    default_hint = ""
    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None, title: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint
        if title is not None:
            self.title = title

    @property
    def sentence(self) -> str:
        """Message and hint on one line, for a status line or stderr."""
        message = self.message.rstrip()
        if self.hint and message and message[-1] not in _ENDS:  # a backend's own words
            message += "."
        return f"{message} {self.hint}".strip()


class UsageError(VbtuiError):
    """The command line or the configuration is wrong."""

    title = "That does not work this way"
    exit_code = 2


class BadFile(VbtuiError):
    """A local file cannot be used: missing, empty, unreadable, a directory, not what it claims."""

    title = "This file cannot be used"


class UnsupportedFile(BadFile):
    """wire.md, code 4001."""

    title = "Unsupported file"
    default_hint = (
        "Accepted: mp4 mov avi webm mkv, jpg png gif webp, mp3 wav m4a aac. "
        "MP4, MOV, JPG and PNG work best."
    )


class FileTooLarge(BadFile):
    """wire.md, code 4002."""

    title = "File too large"
    default_hint = "Compress it or trim it below 500 MB, then upload it again."


class BackendError(VbtuiError):
    """The backend said no. `code` is its number (wire.md, Errors), 0 when it gave none."""

    title = "The backend refused"

    def __init__(
        self, message: str, *, code: int = 0, hint: str | None = None, title: str | None = None
    ) -> None:
        super().__init__(message, hint=hint, title=title)
        self.code = code


class SignInRefused(BackendError):
    """wire.md, code 1001 or HTTP 401: the token is bad or expired."""

    title = "Sign-in refused"
    default_hint = "Check NEMO_TOKEN, or unset it to use a free anonymous token."
    exit_code = 3


class SessionNotFound(BackendError):
    """wire.md, code 1002."""

    title = "Session not found"
    default_hint = "A new session is made; your files can be uploaded again from the media screen."


class NoCredits(BackendError):
    """wire.md, code 2001."""

    title = "No credits left"
    default_hint = "Top up credits in your account, or use the local studio: vbtui --local."
    exit_code = 5


class PlanBlocked(BackendError):
    """HTTP 402 on an export: the plan does not allow it; not a matter of credits."""

    title = "Your plan does not include exports"
    default_hint = "Register or upgrade your plan to unlock export."
    exit_code = 5


class RateLimited(BackendError):
    """HTTP 429. `retry_after_s` is the backend's wish in seconds, None when it gave none."""

    title = "Too many requests"

    def __init__(
        self,
        message: str,
        *,
        code: int = 429,
        hint: str | None = None,
        title: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=hint, title=title)
        self.retry_after_s = retry_after_s


class BadReply(BackendError):
    """A reply that cannot be understood: names the field or says what came instead."""

    title = "The backend's answer makes no sense"
    default_hint = "Try again; if it stays, the backend may have changed."


class NetworkError(VbtuiError):
    """Nobody answered, or not to the end."""

    title = "Connection problem"


class Unreachable(NetworkError):
    """No connection could be made; nothing was sent."""

    title = "The backend cannot be reached"
    default_hint = "Check the network, or work without one: vbtui --local."


class ConnectionBroken(NetworkError):
    """The connection ended in the middle: the request may or may not have been carried out."""

    title = "The connection broke"


class TimedOut(NetworkError):
    """No answer within the time that was given."""

    title = "No answer in time"
    exit_code = 4


class RenderFailed(VbtuiError):
    """An export ended without a video."""

    title = "The export failed"
    default_hint = "Start it again with ctrl+s."


class DiskProblem(VbtuiError):
    """A file or folder cannot be written: full, read-only, no permission."""

    title = "Cannot write to the disk"


class StudioProblem(VbtuiError):
    """The local studio does not start or has ended."""

    title = "The local studio does not run"


class StudioMissing(StudioProblem):
    """The `studio` extra is not installed."""

    title = "The local studio is not installed"
    default_hint = "Install it with: pip install 'vbtui[studio]'"


class Stopped(VbtuiError):
    """The user stopped it."""

    title = "Stopped"
    exit_code = 130


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
