"""Whom the bootstrap trusts: a server with a certificate that is not good is refused at once, in one line."""

import json
import ssl
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from observability.bootstrap import __main__ as bootstrap
from tests.observability.engines import certificates
from tests.observability.engines.certificates import Certificates


@contextmanager
def _serving(made: Certificates, address: str) -> Generator[str]:
    """A TLS server that never gets as far as a request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    server = HTTPServer((address, 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://{address}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The content and the one secret that a run needs before its first call."""
    (tmp_path / "content.json").write_text(json.dumps({"users": {}, "built_in_users": {}, "saved_objects": []}))
    (tmp_path / "bootstrap-password").write_text("x\n")
    return tmp_path


@pytest.mark.parametrize("engine", ["elasticsearch", "kibana"])
@pytest.mark.parametrize(
    ("days", "address", "foreign", "reason"),
    [
        (-1, "127.0.0.1", False, "certificate has expired"),
        (30, "127.0.0.2", False, "IP address mismatch, certificate is not valid for '127.0.0.2'"),
        (30, "127.0.0.1", True, "certificate verify failed"),
    ],
    ids=["expired", "of another host", "of a foreign authority"],
)
def test_a_certificate_that_is_not_good_is_told_at_once_and_in_one_line(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    engine: str,
    days: int,
    address: str,
    foreign: bool,
    reason: str,
) -> None:
    made = certificates.make(folder / "certificates", days=days)
    authority = certificates.make(folder / "foreign").authority if foreign else made.authority
    begun = time.monotonic()
    with _serving(made, address) as url:
        environment = {
            "URL": url,
            "CA_FILE": str(authority),
            "USER_NAME": "bootstrap",
            "SECRETS_FOLDER": str(folder),
            "DEADLINE_SECONDS": "60",
        }
        assert bootstrap.main([engine, str(folder / "content.json")], environment) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"bootstrap-{engine} failed: {engine}: GET ")
    assert reason in line
    assert f"it must be signed by the authority in {authority}, name this host, and not have expired" in line
    assert time.monotonic() - begun < 10


def test_a_file_that_holds_no_authority_is_told_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ca.pem").write_text("no certificate\n")
    environment = {
        "URL": "https://localhost:1",
        "CA_FILE": str(folder / "ca.pem"),
        "USER_NAME": "bootstrap",
        "SECRETS_FOLDER": str(folder),
    }
    assert bootstrap.main(["elasticsearch", str(folder / "content.json")], environment) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"bootstrap-elasticsearch failed: the certificate authority {folder / 'ca.pem'} cannot be")
