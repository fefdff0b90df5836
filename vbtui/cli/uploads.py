"""Files on their way to the backend, for the commands that wait for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from pathlib import Path

from vbtui.base.errors import BadFile, RateLimited, UsageError, VbtuiError, kind_of
from vbtui.base.text import clean_line
from vbtui.base.times import both, format_wait
from vbtui.base.translation import Translation
from vbtui.cli.shell import Shell
from vbtui.journal.records import Asset, AssetState
from vbtui.media.files import Refused, examine, reason_now

_T = Translation
_REFUSED = _T("{name}: {why}.", "{name}：{why}。")
_NOT_STARTED = _T("Nothing was started.", "没有开始任何操作。")
_NONE_USED = _T("No file could be used.", "没有可用的文件。")
_SENDING, _SENT = _T("Uploading {name}", "正在上传 {name}"), _T("Uploaded {name}", "已上传 {name}")


def check_files(files: Sequence[Path]) -> None:
    """Raises `UsageError` for one that is not there, `BadFile` for one that cannot be sent, before anything is started.

    A file whose content is none does not keep the others from their video.
    """
    for path in files:
        try:
            examine(path)
        except Refused as refused:
            if refused.is_content:
                continue
            kind = UsageError if refused.is_gone else BadFile
            said = _REFUSED.of(name=clean_line(str(path)), why=refused.reason)
            raise kind(said, hint=_NOT_STARTED) from None


class Uploads:
    """Sends files through a shell's engine and waits for them; `heard` needs each report of one."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._told_failures: Counter[int] = Counter()
        """How many failures of an upload were told, by asset."""

    async def upload(self, files: Sequence[Path]) -> list[Asset]:
        """As they are when they are sent, those that could not be used too. Raises `VbtuiError` where none could."""
        added = await self._shell.engine.library.add(files, "picked")
        sent = await self.settled({asset.id for asset in added})
        failed = [asset for asset in sent if asset.state is AssetState.FAILED]
        if failed and len(failed) == len(sent):
            raise _no_file(failed[0], self._shell.engine.clock.now())
        return sent

    async def settled(self, wanted: Set[int]) -> list[Asset]:
        """Those files of the open session, when none of them is on its way any more."""
        library = self._shell.engine.library

        def now() -> list[Asset]:
            return [asset for asset in library.assets if asset.id in wanted]

        def is_settled(asset: Asset) -> bool:
            return asset.state.is_over and (
                asset.retry_at is None or self._shell.is_given_up(asset)
            )

        await self._shell.until(lambda: len(now()) == len(wanted) and all(map(is_settled, now())))
        return now()

    def heard(self, asset: Asset) -> None:
        """Say how far it is."""
        shell, progress = self._shell, self._shell.progress
        if asset.state is AssetState.UPLOADING and asset.reason:
            progress.stage(f"! {asset.name}: {asset.reason}", once=True)
        elif asset.state is AssetState.UPLOADING and asset.size:
            progress.update(_SENDING.of(name=asset.name), asset.sent / asset.size)
        elif asset.state is AssetState.FAILED and asset.retry_at:
            if self._told_failures[asset.id] != shell.failures[asset.id]:
                self._told_failures[asset.id] = shell.failures[asset.id]
                progress.stage(f"{asset.name}: {reason_now(asset, shell.engine.clock.now())}")
        elif asset.state is AssetState.DONE and shell.has_sent(asset):
            progress.stage(_SENT.of(name=asset.name))


def _no_file(failed: Asset, now: float) -> VbtuiError:
    """Why no file could be used, said of the first."""
    message = _REFUSED.of(name=failed.name, why=failed.reason.rstrip("."))
    kind = kind_of(failed.why.code)
    if kind is VbtuiError or issubclass(kind, BadFile):
        return BadFile(message, hint=_NONE_USED)
    if kind is RateLimited and failed.retry_at is not None:
        return RateLimited(
            message, code="rate_limited.until", wait=both(format_wait, failed.retry_at - now)
        )
    return kind(message)
