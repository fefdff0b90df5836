"""What this machine has and what is missing, for `vbtui doctor`: packages, settings, folders, limits, the backend."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from importlib import metadata
from pathlib import Path

from vbtui import __version__
from vbtui.base.clock import SystemClock
from vbtui.base.errors import DiskProblem, VbtuiError
from vbtui.base.files import TRY_AGAIN
from vbtui.base.problem import Problem
from vbtui.base.settings import Settings, find_directories, load, unencrypted_host
from vbtui.base.text import clean_line, format_bytes
from vbtui.base.times import format_wait
from vbtui.base.translation import Translation
from vbtui.cli.terminal_checks import Check

CORE_PACKAGES = ("textual", "httpx", "httpx-sse", "watchfiles", "platformdirs")
_LITTLE_SPACE = 2_000_000_000
_NO_SPACE = 1_000_000
_LEAST_WATCHES, _LEAST_INSTANCES = 65_536, 128
_MOST_SKEW_S = 300.0
_EARLIEST = 1_735_689_600.0
"""2025: no clock that goes is before it."""
_PATIENCE_S = 8.0

_T = Translation
_MISSING = _T("{package} is missing", "缺少 {package}")
_TOO_OLD = _T(
    "{package} {version} is too old: {bound} is needed", "{package} {version} 太旧：需要 {bound}"
)
_TOO_NEW = _T(
    "{package} {version} is too new: {bound} is needed", "{package} {version} 太新：需要 {bound}"
)
_BACKEND = _T("backend {url}", "后台 {url}")
_UNUSED = _T("{name} is not taken: {why}", "{name} 未采用：{why}")
_SEE_FILE = _T("Mend it in {file}, or on the settings screen.", "请在 {file} 或设置页中改正。")
_NOT_WRITABLE = _T("{path} cannot be written", "{path} 无法写入")
_MEND = _T("Mend {path}.", "请修正 {path}。")
_FREE = _T("{path}, {free} free", "{path}，剩余 {free}")
_ONLY_FREE = _T("{path}, only {free} free", "{path}，仅剩 {free}")
_FREE_SOME = _T("Free some space.", "请清理磁盘空间。")
_WHOLE = _T("{path}, version {version}, {size}, whole", "{path}，版本 {version}，{size}，完整")
_NOTHING_YET = _T("{path}, nothing in it yet", "{path}，还没有内容")
_LOST = _T(
    "{count} entries of it belong to projects that are not in it any more",
    "其中 {count} 条记录所属的项目已不在日志中",
)
_LISTS = _T("vbtui renders lists its exports.", "vbtui renders 可列出其导出。")
_WAS_DAMAGED = _T("{path}, {size}, was damaged", "{path}，{size}，曾损坏")
_REMOVE = _T("Remove it when nothing is missed.", "确认没有缺失后可删除。")
_WATCHES = _T(
    "{watches} folders may be watched, {instances} programs may watch",
    "最多监视 {watches} 个文件夹，{instances} 个程序",
)
_RAISE = _T(
    "Raise it: sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512",
    "请调高：sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512",
)
_SENDS_EVENTS = _T("{path}: new files are seen at once", "{path}：新文件会立即发现")
_SILENT = _T(
    "{path} is on {kind}, which tells of no new files: a hot folder there is looked at every second",
    "{path} 位于 {kind}，它不会通知新文件：那里的监视文件夹会每秒查看一次",
)
_RAISE_SETTLE = _T(
    "Raise uploads.settle_s above the pauses of what writes there.",
    "请把 uploads.settle_s 调到大于写入程序的停顿时间。",
)
_CLOCK = _T("{time}", "{time}")
_CLOCK_WRONG = _T("{time} cannot be", "{time} 不可能正确")
_CLOCK_SKEWED = _T("{by} away from the backend's", "与后台相差 {by}")
_SET_CLOCK = _T("Set the clock: timedatectl set-ntp true", "请校准时钟：timedatectl set-ntp true")
_REACHED = _T("{host} answers", "{host} 有回应")
_NOT_ASKED = _T("{host} was not asked (--offline)", "没有询问 {host}（--offline）")
_LOCAL_WORKS = _T("Without it works: vbtui --local", "没有它也可以使用：vbtui --local")
_OWN_TOKEN = _T("yours, from NEMO_TOKEN; it is never stored", "您自己的，来自 NEMO_TOKEN；不会保存")
_NO_TOKEN = _T(
    "none yet: a free one is asked for with the first connection",
    "还没有：首次连接时会申请免费令牌",
)
_KEPT_TOKEN = _T("a free one, which lasts another {left}", "免费令牌，还可使用 {left}")
_OLD_TOKEN = _T(
    "a free one, which has expired: a new one is asked for", "免费令牌已过期：会申请新的"
)
_OPEN_FILE = _T("{path} can be read by others", "{path} 可被他人读取")
_CLOSE_FILE = _T("chmod 600 {path}", "chmod 600 {path}")


def machine_checks(*, offline: bool) -> list[Check]:
    """All of them. Without `offline` the backend is sent one request, without a token."""
    checks = [
        Check("vbtui", "ok", f"{__version__}, Python {platform.python_version()}, {sys.platform}"),
        _packages(),
    ]
    try:
        settings = load()
    except VbtuiError as error:
        checks.append(Check("settings", "problem", error.message, error.hint))
        return [*checks, *_folders(), *_journal(), *_limits()]
    return [
        *checks,
        *_settings(settings),
        *_folders(),
        *_journal(),
        *_limits(),
        *_backend(settings, offline=offline),
        *_token(settings),
    ]


def _packages() -> Check:
    versions = []
    for name in CORE_PACKAGES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            return Check("packages", "problem", _MISSING.of(package=name), "pip install vbtui")
    if wrong := list(_out_of_bounds()):
        return Check("packages", "problem", "; ".join(wrong), "pip install -U 'vbtui[studio]'")
    return Check("packages", "ok", ", ".join(versions))


def _out_of_bounds() -> Iterator[str]:
    """Packages that are older or newer than what vbtui was tried with."""
    try:
        required = metadata.requires("vbtui") or []
    except metadata.PackageNotFoundError:
        return  # a checkout: nobody promised anything
    for line in required:
        needed = re.match(r"([\w.-]+)(?:\[.*?\])?\s*([^;]*)(.*)", line)
        if needed is None or re.search(r"extra == .*test", needed[3]):
            continue
        try:
            there = metadata.version(needed[1])
        except metadata.PackageNotFoundError:
            continue
        for sign, bound in re.findall(r"(>=|<)\s*([\d.]+)", needed[2]):
            is_older = _numbers(there) < _numbers(bound)
            if is_older == (sign == ">="):
                text = _TOO_OLD if is_older else _TOO_NEW
                yield text.of(package=needed[1], version=there, bound=f"{sign}{bound}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _settings(settings: Settings) -> list[Check]:
    found = _BACKEND.of(url=clean_line(settings.api_url))
    if host := unencrypted_host(settings.api_url):
        plain = Problem.coded("unencrypted", host=host)
        checks = [Check("settings", "note", f"{found}. {plain.title}. {plain.message}", plain.hint)]
    else:
        checks = [Check("settings", "ok", found)]
    hint = _SEE_FILE.of(file=settings.file)
    return checks + [
        Check("own settings", "note", _UNUSED.of(name=name, why=error.sentence), hint)
        for name, error in settings.refused.items()
    ]


def _folders() -> list[Check]:
    directories = find_directories()
    checks = []
    for name in ("config", "state", "cache", "data"):
        path: Path = getattr(directories, name)
        checks.append(_folder(f"{name} folder", path))
    return checks


def _folder(name: str, path: Path) -> Check:
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Check(name, "problem", _NOT_WRITABLE.of(path=path), _MEND.of(path=existing))
    free = shutil.disk_usage(existing).free
    if free < _NO_SPACE:
        full = DiskProblem(code="disk.low", place=path, free=format_bytes(free), then=TRY_AGAIN)
        return Check(name, "problem", full.message, full.hint)
    if free < _LITTLE_SPACE:
        return Check(
            name, "note", _ONLY_FREE.of(path=path, free=format_bytes(free)), _FREE_SOME.of()
        )
    return Check(name, "ok", _FREE.of(path=path, free=format_bytes(free)))


def _journal() -> list[Check]:
    """What the journal is like, and which damaged ones are kept. Changes nothing."""
    from vbtui.journal.mending import set_aside
    from vbtui.journal.refusals import examine

    path = find_directories().journal
    try:
        found = examine(path)
    except DiskProblem as error:
        checks = [Check("journal", "problem", error.message, error.hint)]
    else:
        size = format_bytes(found.size)
        whole = _WHOLE.of(path=path, version=found.version, size=size)
        checks = [Check("journal", "ok", whole if found.size else _NOTHING_YET.of(path=path))]
        if found.homeless:
            lost = _LOST.of(count=found.homeless)
            checks.append(Check("lost project", "note", lost, _LISTS.of()))
    for kept in set_aside(path):
        detail = _WAS_DAMAGED.of(path=kept, size=format_bytes(kept.stat().st_size))
        checks.append(Check("kept journal", "note", detail, _REMOVE.of()))
    return checks


# -- a hot folder here -----------------------------------------------------------------------------


def _limits() -> list[Check]:
    from vbtui.media.folder.scan import silent_mount

    checks = []
    limits = [_limit(name) for name in ("max_user_watches", "max_user_instances")]
    if None not in limits:
        watches, instances = (number or 0 for number in limits)
        few = watches < _LEAST_WATCHES or instances < _LEAST_INSTANCES
        detail = _WATCHES.of(watches=watches, instances=instances)
        hint = _RAISE.of() if few else ""
        checks.append(Check("file events", "note" if few else "ok", detail, hint))
    here = Path.cwd()
    if kind := silent_mount(here):
        detail = _SILENT.of(path=clean_line(str(here)), kind=clean_line(kind))
        checks.append(Check("this folder", "note", detail, _RAISE_SETTLE.of()))
    else:
        checks.append(Check("this folder", "ok", _SENDS_EVENTS.of(path=clean_line(str(here)))))
    return checks


def _limit(name: str) -> int | None:
    try:
        return int(Path(f"/proc/sys/fs/inotify/{name}").read_text())
    except (OSError, ValueError):
        return None  # no Linux


# -- the backend and the clock ---------------------------------------------------------------------


def _backend(settings: Settings, *, offline: bool) -> list[Check]:
    from vbtui.wire.transport import host_of

    now, host = time.time(), host_of(settings.api_url)
    said = time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(now))
    clock = Check("clock", "ok", _CLOCK.of(time=said))
    if now < _EARLIEST:
        clock = Check("clock", "problem", _CLOCK_WRONG.of(time=said), _SET_CLOCK.of())
    if offline:
        return [Check("backend", "ok", _NOT_ASKED.of(host=host)), clock]
    try:
        date = asyncio.run(_asked(settings))
    except VbtuiError as error:
        return [Check("backend", "note", error.message, error.hint or _LOCAL_WORKS.of()), clock]
    skew = abs(now - date) if date is not None else 0.0
    if skew > _MOST_SKEW_S:
        by = _CLOCK_SKEWED.of(by=format_wait(skew))
        clock = Check("clock", "problem", f"{said}, {by}", _SET_CLOCK.of())
    return [Check("backend", "ok", _REACHED.of(host=host)), clock]


async def _asked(settings: Settings) -> float | None:
    """The time that the backend has, seconds since 1970; None where it does not tell. Raises `NetworkError`."""
    from vbtui.base.errors import TimedOut
    from vbtui.wire.errors import Secret
    from vbtui.wire.transport import Transport, host_of

    transport = Transport(
        settings.api_url,
        token=Secret(""),
        platform=settings.platform,
        timing=settings.timing,
        clock=SystemClock(),
    )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            async with transport.open(
                "GET", "/", read_s=_PATIENCE_S, with_token=False, abroad=True
            ) as response:
                given = response.headers.get("date", "")
    except TimeoutError:
        host = host_of(settings.api_url)
        raise TimedOut(code="timed_out.not_begun", host=host) from None
    finally:
        await transport.close()
    try:
        return parsedate_to_datetime(given).timestamp()
    except (ValueError, TypeError):
        return None


def _token(settings: Settings) -> list[Check]:
    """Which token there is; never the token."""
    from vbtui.session.remote import CredentialsFile

    path = settings.directories.credentials
    checks = []
    if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        detail = _OPEN_FILE.of(path=path)
        checks.append(Check("token file", "problem", detail, _CLOSE_FILE.of(path=path)))
    if settings.token:
        return [Check("token", "ok", _OWN_TOKEN.of()), *checks]
    try:
        kept = CredentialsFile(path).kept(settings.api_url)
    except DiskProblem as error:
        return [Check("token", "problem", error.message, error.hint)]
    if kept is None:
        return [Check("token", "ok", _NO_TOKEN.of()), *checks]
    left = kept.expires_at - time.time()
    told = _KEPT_TOKEN.of(left=format_wait(left)) if left > 0 else _OLD_TOKEN.of()
    return [Check("token", "ok" if left > 0 else "note", told), *checks]
