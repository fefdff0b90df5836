"""A certificate that a test makes for itself."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

TLS_NAME = "api.invalid"
"""A name that no resolver knows: only a proxy may be asked for it."""
_OPENSSL = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"
    " -keyout key.pem -out cert.pem"
)


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for 127.0.0.1 and `TLS_NAME`, and the file with what a client has to trust."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    names = f"subjectAltName=IP:127.0.0.1,DNS:{TLS_NAME}"
    made = subprocess.run(
        [*_OPENSSL.split(), "-subj", "/CN=127.0.0.1", "-addext", names],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"
