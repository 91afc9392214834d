"""Every key of the Compose Specification that an engine can do: what the engine makes of it, and that it rests."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.conftest import TestEngine
from tests.docker.project import DockerProject
from tests.ports import free_port

KEYS = Path(__file__).parent / "keys"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def keys(engine: TestEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerProject]:
    """The application of `keys/`, which is up."""
    project = DockerProject.made(tmp_path_factory.mktemp("keys") / "project", engine.variables, engine.stand_ins)
    folder = project.folder / "keys"
    shutil.copytree(KEYS, folder)
    text = (folder / "compose.yaml").read_text(encoding="utf-8")
    (folder / "compose.yaml").write_text(text.replace("8080:80", f"{free_port()}:80"), encoding="utf-8")
    project.configure("services:compose", "keys/compose.yaml")
    project.configure("services:replicas", None)
    project.configure("services:variables", {"KEY": {"secure": ""}})
    try:
        project.well("up")
        yield project
    finally:
        project.discard()


def test_a_second_preview_is_empty_and_a_refresh_finds_no_difference(keys: DockerProject) -> None:
    assert keys.well("preview").planned == frozenset()
    assert keys.well("refresh").drift == {}
    assert keys.well("preview").planned == frozenset()


def test_a_user_without_rights_in_a_read_only_container_reads_its_secrets_and_configs(keys: DockerProject) -> None:
    assert keys.execute("rights-1", "cat", "/etc/motd") == "hello"
    assert len(keys.execute("rights-1", "cat", "/run/secrets/key")) > 10
    assert "Read-only file system" in keys.execute("rights-1", "touch", "/etc/other")
    assert "Read-only file system" in keys.execute("rights-1", "sh", "-c", "echo > /etc/motd")


def test_security_options_hold(keys: DockerProject) -> None:
    assert "NoNewPrivs:\t1" in keys.execute("rights-1", "grep", "NoNewPrivs", "/proc/1/status")
    assert "NoNewPrivs:\t0" in keys.execute("host-1", "sh", "-c", "grep NoNewPrivs /proc/self/status")
    assert "Operation not permitted" in keys.execute("rights-1", "mkdir", "/tmp/made")
    assert keys.execute("rights-1", "id", "-G").split() == ["10001", "29", "44"]


def test_limits_hold(keys: DockerProject) -> None:
    assert keys.execute("limits-1", "sh", "-c", "ulimit -n; ulimit -Hn").split() == ["100", "200"]
    assert keys.execute("limits-1", "cat", "/proc/sys/net/core/somaxconn").strip() == "1024"
    assert keys.execute("limits-1", "df", "--output=size", "/dev/shm").split()[-1] == "16384"
    host = keys.inspect("limits-1")["HostConfig"]
    assert (host["Memory"], host["MemoryReservation"], host["MemorySwap"]) == (64 << 20, 32 << 20, 128 << 20)
    assert (host["NanoCpus"], host["CpuShares"], host["CpusetCpus"]) == (500_000_000, 512, "0")


def test_names_of_every_kind_are_found(keys: DockerProject) -> None:
    found = keys.execute("names-1", "sh", "-c", "getent hosts www store db host.docker.internal; hostname -f")
    assert {line.split()[-1] for line in found.splitlines()} == {
        "www",
        "store",
        "db",
        "host.docker.internal",
        "names.keys.example",
    }
    edge = keys.inspect("names-1")["NetworkSettings"]["Networks"]["keys-edge"]
    assert (edge["IPAddress"], edge["GlobalIPv6Address"]) == ("172.29.5.10", "fd00:29::10")
    assert (edge["MacAddress"], edge["Gateway"]) == ("02:42:ac:11:00:03", "172.29.5.1")
    assert keys.inspect("names-1")["Name"] == "/keys-names"


def test_a_service_can_live_in_the_namespaces_of_another_and_read_its_files(keys: DockerProject) -> None:
    lender = keys.container("files-1")
    host = keys.inspect("borrower-1")["HostConfig"]
    assert {host["NetworkMode"], host["PidMode"], host["IpcMode"]} == {f"container:{lender}"}
    assert keys.execute("borrower-1", "cat", "/site/index.html") == "hello\n"
    assert "Read-only file system" in keys.execute("borrower-1", "touch", "/data/x")


def test_a_path_that_lacked_was_made(keys: DockerProject) -> None:
    assert (keys.folder / "keys" / "made" / "here").is_dir()


def test_a_changed_health_check_renews_its_container_and_who_restarts_with_it(keys: DockerProject) -> None:
    before = {name: keys.container(name) for name in ("checked-1", "waiting-1", "names-1")}
    file = keys.folder / "keys" / "compose.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("interval: 1m30s", "interval: 2m"), encoding="utf-8")
    keys.well("up")
    renewed = {name for name, container in before.items() if keys.container(name) != container}
    assert renewed == {"checked-1", "waiting-1"}
    assert keys.inspect("checked-1")["Config"]["Healthcheck"]["Interval"] == 120_000_000_000


def test_a_renewed_container_renews_who_lives_in_its_namespaces(keys: DockerProject) -> None:
    before = {name: keys.container(name) for name in ("files-1", "borrower-1", "names-1", "rights-1")}
    file = keys.folder / "keys" / "compose.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("ipc: shareable", "ipc: shareable\n    working_dir: /data"), encoding="utf-8")
    keys.well("up")
    renewed = {name for name, container in before.items() if keys.container(name) != container}
    # names-1 links it, and Compose restarts who links.
    assert renewed == {"files-1", "borrower-1", "names-1"}
    lender = keys.container("files-1")
    assert keys.inspect("borrower-1")["HostConfig"]["NetworkMode"] == f"container:{lender}"
    assert keys.well("preview").planned == frozenset()
