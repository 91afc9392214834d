"""The programs of the image, with nothing beside them but what its Dockerfile copies."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from observability.description import Description
from observability.elasticsearch.counts import counts
from tests.observability.engines import certificates
from tests.observability.engines.process import end, running, until
from tests.ports import free_port

SOURCE = Path(__file__).parents[2] / "observability"
DOCKERFILE = (SOURCE / "bootstrap/Dockerfile").read_text(encoding="utf-8")
COPIED = re.compile(r"^COPY (\S+) /app/(observability\S*)$", re.MULTILINE)
HEALTHCHECK = re.compile(r"^HEALTHCHECK .*CMD (\[.*\])$", re.MULTILINE)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The folder /app of the image."""
    copied = COPIED.findall(DOCKERFILE)
    assert copied
    for source, target in copied:
        place = tmp_path / "app" / target
        place.parent.mkdir(parents=True, exist_ok=True)
        if (SOURCE / source).is_dir():
            shutil.copytree(SOURCE / source, place)
        else:
            shutil.copy2(SOURCE / source, place)
    return tmp_path / "app"


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {**{name: os.environ[name] for name in ("PATH",)}, "PYTHONDONTWRITEBYTECODE": "1", **more}


def _ran(app: Path, *words: str, **more: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=app,
        env=_environment(more),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.returncode, done.stderr


def _healthy(environment: Mapping[str, str]) -> bool:
    """What the image's HEALTHCHECK says."""
    (check,) = HEALTHCHECK.findall(DOCKERFILE.replace("\\\n", ""))
    program, *words = json.loads(check)
    assert program == "python"
    done = subprocess.run([sys.executable, *words], env=_environment(environment), capture_output=True, check=False)
    return done.returncode == 0


def test_the_bootstrap_starts_and_says_what_it_lacks(app: Path, tmp_path: Path) -> None:
    (tmp_path / "content.json").write_text("{}")

    code, said = _ran(app, "observability.bootstrap", "elasticsearch", str(tmp_path / "content.json"))

    assert (code, said) == (1, "bootstrap-elasticsearch failed: the environment variable URL is not set\n")


def test_the_count_exporter_says_what_it_lacks(app: Path, tmp_path: Path) -> None:
    (tmp_path / "queries.json").write_text("{}")
    queries = str(tmp_path / "queries.json")
    assert _ran(app, "observability.exporter") == (2, "usage: python -m observability.exporter QUERIES (a JSON file)\n")
    assert _ran(app, "observability.exporter", queries) == (
        1,
        "log-counts: the environment variable URL is not set\n",
    )
    code, said = _ran(app, "observability.exporter", queries, URL="https://x", USER_NAME="x", PASSWORD_FILE="/none")
    assert (code, said) == (1, "log-counts: [Errno 2] No such file or directory: '/none'\n")


def test_the_count_exporter_goes_on_without_its_engine_says_so_and_ends_when_asked(
    app: Path, tmp_path: Path, description: Description
) -> None:
    (tmp_path / "queries.json").write_text(json.dumps(counts(description)))
    (tmp_path / "password").write_text("x\n")
    port, log = free_port(), tmp_path / "log"
    environment = {
        "URL": f"https://localhost:{free_port()}",
        "CA_FILE": str(certificates.make(tmp_path / "certificates").authority),
        "USER_NAME": "log_counter",
        "PASSWORD_FILE": str(tmp_path / "password"),
        "PORT": str(port),
    }
    command = [sys.executable, "-m", "observability.exporter", tmp_path / "queries.json"]
    with running(command, log=log, folder=app, environment=environment) as process:
        url = f"http://127.0.0.1:{port}"
        until("metrics", lambda: httpx.get(f"{url}/metrics").is_success, process=process, log=log)
        page = httpx.get(f"{url}/metrics").text
        assert httpx.get(f"{url}/healthz").status_code == 200
        assert _healthy(environment)
        assert httpx.get(f"{url}/elsewhere").status_code == 404
        end(process, signal.SIGTERM)
        assert process.returncode == 0
    assert not _healthy(environment)
    assert page.count("logs_count_query_success{") == len(description.queries)
    assert {line[-2:] for line in page.splitlines() if line.startswith("logs_count_query_success{")} == {" 0"}
    line = json.loads(log.read_text().splitlines()[0])
    assert line["log.level"] == "error"
    assert line["message"] == f"{len(description.queries)} queries failed"
