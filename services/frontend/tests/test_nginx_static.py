"""The page as nginx serves it: headers, compression, caches, refusals."""

import re
from pathlib import Path

import httpx
import pytest

from services.frontend.tests.server import Frontend
from services.frontend.tests.stand_in import Answer, StandIn

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
ALWAYS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def asset(site: Path, ending: str) -> str:
    """The path of the built file with this ending."""
    (found,) = [path.name for path in (site / "assets").iterdir() if path.name.endswith(ending)]
    return f"/assets/{found}"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/favicon.svg", 200),
        ("GET", "/nowhere", 404),
        ("POST", "/", 405),
        ("GET", "/healthz", 200),
        ("GET", "/api/tasks", 200),
        ("GET", "/api/tasks/7", 404),
        ("PUT", "/api/tasks", 405),
    ],
)
def test_every_answer_has_the_security_headers_once(running: Frontend, method: str, path: str, status: int) -> None:
    answer = httpx.request(method, running.url + path)
    assert answer.status_code == status
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy == CONTENT_SECURITY_POLICY
    assert {name: answer.headers.get_list(name) for name in ALWAYS} == {name: [value] for name, value in ALWAYS.items()}
    assert "camera=()" in answer.headers["permissions-policy"]
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    assert answer.headers["server"] == "nginx"


def test_headers_of_the_backend_do_not_come_twice(running: Frontend, backend: StandIn) -> None:
    backend.answer = lambda _: Answer(
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src *", "X-Request-Id": "its"}
    )
    answer = httpx.get(f"{running.url}/api/tasks")
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert "*" not in answer.headers["content-security-policy"]
    (request_id,) = answer.headers.get_list("x-request-id")
    assert request_id != "its"


def test_strict_transport_security_is_told_only_where_tls_ended_before_us(running: Frontend) -> None:
    assert "strict-transport-security" not in httpx.get(running.url).headers
    over_tls = httpx.get(running.url, headers={"X-Forwarded-Proto": "https"})
    assert over_tls.headers["strict-transport-security"] == "max-age=63072000"


@pytest.mark.parametrize("ending", [".js", ".css"])
def test_assets_stay_in_caches_for_ever(running: Frontend, site: Path, ending: str) -> None:
    answer = httpx.get(running.url + asset(site, ending))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_an_asset_that_is_not_there_does_not_stay_in_caches(running: Frontend) -> None:
    answer = httpx.get(f"{running.url}/assets/gone-00000000.js")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-cache")


def test_the_page_is_asked_for_anew_and_answered_shortly_when_it_is_the_same(running: Frontend) -> None:
    first = httpx.get(running.url)
    assert first.headers["cache-control"] == "no-cache"
    again = httpx.get(running.url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_answers_of_the_api_are_not_kept_unless_the_backend_says_so(running: Frontend, backend: StandIn) -> None:
    assert httpx.get(f"{running.url}/api/tasks").headers.get_list("cache-control") == ["no-store"]
    backend.answer = lambda _: Answer(headers={"Cache-Control": "private, max-age=60"})
    assert httpx.get(f"{running.url}/api/tasks").headers.get_list("cache-control") == ["private, max-age=60"]
    backend.stop()
    assert httpx.get(f"{running.url}/api/tasks").headers.get_list("cache-control") == ["no-store"]


@pytest.mark.parametrize("ending", [".js", ".css", ".html"])
def test_texts_are_compressed_for_those_who_can_read_that(running: Frontend, site: Path, ending: str) -> None:
    url = running.url + ("/" if ending == ".html" else asset(site, ending))
    packed = httpx.get(url, headers={"Accept-Encoding": "gzip"})
    plain = httpx.get(url, headers={"Accept-Encoding": "identity"})
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert int(plain.headers["content-length"]) > 2 * packed.num_bytes_downloaded


def test_answers_of_the_api_are_compressed_too(running: Frontend, backend: StandIn) -> None:
    for number in range(20):
        backend.tasks.add(f"Task {number}")
    assert httpx.get(f"{running.url}/api/tasks").headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html; charset=utf-8"), ("/favicon.svg", "image/svg+xml"), ("/nowhere", "text/html; charset=utf-8")],
)
def test_files_carry_their_type(running: Frontend, path: str, kind: str) -> None:
    assert httpx.get(running.url + path).headers["content-type"] == kind


def test_scripts_and_styles_carry_a_type_that_browsers_run(running: Frontend, site: Path) -> None:
    assert httpx.get(running.url + asset(site, ".js")).headers["content-type"] == "text/javascript; charset=utf-8"
    assert httpx.get(running.url + asset(site, ".css")).headers["content-type"] == "text/css; charset=utf-8"


def test_what_is_not_there_is_a_page_that_says_so(running: Frontend) -> None:
    answer = httpx.get(f"{running.url}/nowhere")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


@pytest.mark.parametrize("path", ["/assets/", "/assets", "/404.html", "/metrics", "/index.html/"])
def test_folders_and_internals_are_not_shown(running: Frontend, path: str) -> None:
    answer = httpx.get(running.url + path, follow_redirects=True)
    assert answer.status_code == 404


def test_a_redirect_does_not_name_the_containers_own_port(running: Frontend) -> None:
    assert httpx.get(f"{running.url}/assets").headers["location"] == "/assets/"


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/assets/../../../../etc/passwd",
        "/..%2f..%2f..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/assets..%2fnginx.conf",
        "/%00",
        "//etc/passwd",
        "/..\\..\\etc\\passwd",
    ],
)
def test_no_path_leads_out_of_the_site(running: Frontend, path: str) -> None:
    answer = running.raw(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ", 2)[1] in {b"400", b"404"}
    assert b"root:" not in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "NONSENSE"])
def test_the_page_is_only_read(running: Frontend, method: str) -> None:
    answer = running.raw(f"{method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ", 2)[1] in {b"400", b"405"}


@pytest.mark.parametrize(
    "request_",
    [b"GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"],
)
def test_no_answer_tells_the_version_of_the_server(running: Frontend, request_: bytes) -> None:
    assert not re.search(rb"nginx/?\s*[0-9]", running.raw(request_))
