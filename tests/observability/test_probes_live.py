"""Every kind of probe through the blackbox exporter: which answers are good ones."""

import ssl
import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import yaml

from observability.description import ProbeKind
from observability.prometheus.blackbox import modules
from tests.observability.engines import certificates
from tests.observability.engines.process import running, until
from tests.ports import free_port

GOOD_CODES = {
    ProbeKind.HTTP: {200},
    ProbeKind.HTTP_ANSWERS: {200, 302, 401, 404},
    ProbeKind.HTTPS: {200},
    ProbeKind.HTTPS_AUTHENTICATED: {401},
    ProbeKind.HTTPS_FOREIGN: {200},
    ProbeKind.HTTPS_FOREIGN_ANSWERS: {200, 302, 401, 404},
}
CODES = (200, 302, 401, 404, 500, 503)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """It answers with the code that its path names."""
        self.send_response(int(self.path[1:]))
        self.send_header("Location", "/200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@contextmanager
def _serving(made: certificates.Certificates | None = None) -> Generator[str]:
    """A server on loopback, over TLS where it has a certificate; yields its address without the scheme."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if made is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.certificate, made.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> certificates.Certificates:
    return certificates.make(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def blackbox(
    metrics_programs: Path, own: certificates.Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("blackbox"), free_port()
    (folder / "blackbox.yml").write_text(yaml.safe_dump(modules(str(own.authority))))
    words = [
        metrics_programs / "prometheus-blackbox-exporter",
        "--config.file=blackbox.yml",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    url, log = f"http://127.0.0.1:{port}", folder / "blackbox.log"
    with running(words, log=log, folder=folder) as process:
        until("blackbox", lambda: httpx.get(f"{url}/-/healthy").is_success, process=process, log=log)
        yield url


@pytest.fixture(scope="module")
def servers(own: certificates.Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    foreign = certificates.make(tmp_path_factory.mktemp("foreign"))
    with ExitStack() as stack:
        yield {
            "http": stack.enter_context(_serving()),
            "own": stack.enter_context(_serving(own)),
            "foreign": stack.enter_context(_serving(foreign)),
        }


def _succeeds(blackbox: str, kind: ProbeKind, target: str) -> bool:
    told = httpx.get(f"{blackbox}/probe", params={"module": str(kind), "target": target}, timeout=30).text
    return "\nprobe_success 1\n" in told


def test_every_kind_of_probe_is_a_module() -> None:
    assert set(modules()["modules"]) == set(ProbeKind)


@pytest.mark.parametrize("kind", GOOD_CODES)
def test_a_probe_succeeds_on_the_answers_that_are_good_ones(
    blackbox: str, servers: dict[str, str], kind: ProbeKind
) -> None:
    server = "http" if kind.scheme == "http" else "foreign" if "foreign" in kind else "own"

    found = {code for code in CODES if _succeeds(blackbox, kind, f"{kind.scheme}://{servers[server]}/{code}")}

    assert found == GOOD_CODES[kind]


@pytest.mark.parametrize("kind", [ProbeKind.HTTPS, ProbeKind.HTTPS_AUTHENTICATED])
def test_an_engine_with_a_certificate_of_another_authority_fails_its_probe(
    blackbox: str, servers: dict[str, str], kind: ProbeKind
) -> None:
    assert not any(_succeeds(blackbox, kind, f"https://{servers['foreign']}/{code}") for code in CODES)


def test_what_speaks_no_http_is_asked_for_a_connection(blackbox: str, servers: dict[str, str]) -> None:
    assert _succeeds(blackbox, ProbeKind.TCP, servers["own"])
    assert not _succeeds(blackbox, ProbeKind.TCP, f"127.0.0.1:{free_port()}")
