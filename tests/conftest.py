"""Every test has its own HOME and XDG directories and reaches 127.0.0.1 alone."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests import clips as media
from vbtui.base.keys import use
from vbtui.base.spoken import speaks_chinese, use_language

settings.register_profile("suite", derandomize=True, deadline=None, database=None)
settings.register_profile("fuzz", max_examples=500, deadline=None, database=None)
settings.load_profile("suite")

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex


def _refuse_foreign(address: Any) -> None:
    if isinstance(address, tuple) and address:
        host = str(address[0])
        try:
            loopback = ipaddress.ip_address(host.split("%")[0]).is_loopback
        except ValueError:
            loopback = host == "localhost"
        if not loopback:
            raise OSError(f"tests talk to loopback only, not to {host}")


def pytest_configure(config: pytest.Config) -> None:
    """Before workers are started: they inherit the directory of test media, and that `SIGINT`
    ends them. A shell lets what it starts in the background ignore it, children and all."""
    config.addinivalue_line("markers", "hangs: the other side falls silent; time-outs are short")
    media.folder()
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The rooms that take longest come first, so that no worker works on when the others have ended."""
    long = ("cli", "ui", "studio", "faults")
    items.sort(key=lambda item: item.path.parent.name not in long)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One file is not worth another process. Tests wait about half of their time: two a core
    keep it at work."""
    if len(config.args) == 1 and ".py" in config.args[0]:
        return 0
    return (os.cpu_count() or 1) * 2


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh HOME; no NEMO_* variable of the developer's reaches a test."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name, folder in {
        "XDG_CONFIG_HOME": ".config",
        "XDG_STATE_HOME": ".local/state",
        "XDG_CACHE_HOME": ".cache",
        "XDG_DATA_HOME": ".local/share",
    }.items():
        monkeypatch.setenv(name, str(home / folder))
    for name in [
        "NEMO_TOKEN",
        "NEMO_API_URL",
        "NEMO_WEB_URL",
        "NEMO_CLIENT_ID",
        "SKILL_SOURCE",
        "VBTUI_TIMING",
        "VBTUI_CONFIG",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "NO_COLOR",
        "SSH_CONNECTION",
        "LC_ALL",
        "LC_MESSAGES",
    ]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    if speaks_chinese():  # a test before this one was in another locale
        use_language("en", {})
        use({})
    return home


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to any other address is an error."""

    def connect(self: socket.socket, address: Any) -> None:
        _refuse_foreign(address)
        _connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_foreign(address)
        return _connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect_ex)
