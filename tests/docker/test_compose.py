"""The exported Compose file, as the real `docker compose` runs it, beside the same application from the typed graph."""

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import yaml

from sandbox.docker_types.base import repository
from tests.docker.conftest import Stack
from tests.docker.project import eventually
from tests.ports import free_port

pytestmark = pytest.mark.slow
SERVICES = ("database", "migrate", "backend", "frontend")


def overlay(stack: Stack, folder: Path, port: int) -> str:
    """What only this machine has: another port, and images that stand in for official ones."""
    stand_ins = stack.project.stand_ins
    content: dict[str, Any] = {"services": {name: {} for name in SERVICES}}
    for name in ("migrate", "backend", "frontend"):
        folder_of = "frontend" if name == "frontend" else "backend"
        text = (stack.project.folder / "services" / folder_of / "Dockerfile").read_text()
        bases = re.findall(r"^ARG \w+=(\S+@sha256:\S+)", text, re.MULTILINE)
        known = {
            base: f"docker-image://{stand_ins[repository(base)]}" for base in bases if repository(base) in stand_ins
        }
        content["services"][name]["build"] = {"additional_contexts": known}
    if "postgres" in stand_ins:
        content["services"]["database"]["image"] = stand_ins["postgres"]
    published = {"target": 8080, "published": port, "host_ip": "127.0.0.1"}
    text = yaml.safe_dump(content) + "# ports\n"
    marked = {"services": {"frontend": {"ports": [published]}}}
    (folder / "port.yaml").write_text(yaml.safe_dump(marked).replace("ports:", "ports: !override"))
    (folder / "overlay.yaml").write_text(text)
    return text


@dataclass(frozen=True, kw_only=True)
class Composed:
    """The application that `docker compose` has brought up."""

    stack: Stack
    project: str
    port: int
    config: Mapping[str, Any]

    def inspect(self, service: str) -> dict[str, Any]:
        """What the engine tells of the service's one container."""
        listed = self.stack.project.docker(
            "ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={self.project}",
            "--filter", f"label=com.docker.compose.service={service}",
        )  # fmt: skip
        return cast("list[dict[str, Any]]", json.loads(self.stack.project.docker("inspect", *listed.split())))[0]


@pytest.fixture(scope="module")
def composed(shared_stack: Stack) -> Iterator[Composed]:
    project, port = shared_stack.project, free_port()
    folder = project.folder
    exported = project.python("-m", "services", "export", "--stack", project.stack, "--secrets", "./.secrets/compose")
    (folder / "compose.yaml").write_text(exported)
    overlay(shared_stack, folder, port)
    (folder / ".secrets/compose").mkdir(parents=True)
    for name in yaml.safe_load(exported)["secrets"]:
        (folder / ".secrets/compose" / name).write_text(secrets.token_hex(16))
    name = f"composed-{secrets.token_hex(3)}"
    files = [f"--file={folder / file}" for file in ("compose.yaml", "overlay.yaml", "port.yaml")]
    compose = ("compose", f"--project-name={name}", f"--project-directory={folder}", *files)
    try:
        config = json.loads(project.docker(*compose, "config", "--format", "json"))
        project.docker(*compose, "up", "--build", "--detach", "--wait", "--wait-timeout", "180", "frontend")
        yield Composed(stack=shared_stack, project=name, port=port, config=config)
    finally:
        project.docker(*compose, "down", "--volumes", "--remove-orphans", check=False)


def test_docker_compose_reads_the_file_as_it_is_meant(composed: Composed) -> None:
    assert set(composed.config["services"]) == set(SERVICES)
    assert composed.config["networks"]["data"]["internal"] is True
    backend = composed.config["services"]["backend"]
    assert backend["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_the_application_works_under_docker_compose(composed: Composed) -> None:
    url = f"http://127.0.0.1:{composed.port}/api/tasks"
    eventually(lambda: httpx.post(url, json={"title": "composed"}).status_code == 201, "a task")
    assert [task["title"] for task in httpx.get(url).json()["items"]] == ["composed"]


def variables(container: Mapping[str, Any]) -> set[str]:
    return set(container["Config"]["Env"])


def short_networks(container: Mapping[str, Any]) -> set[str]:
    """`edge` of both `edge-1a2b3c4` and `composed_edge`."""
    return {next(name for name in ("edge", "data") if name in key) for key in container["NetworkSettings"]["Networks"]}


def mounts(container: Mapping[str, Any]) -> set[tuple[str, str, bool]]:
    return {(item["Type"], item["Destination"], item["RW"]) for item in container["Mounts"]}


def limits(container: Mapping[str, Any]) -> dict[str, Any]:
    host = container["HostConfig"]
    names = ("Memory", "MemorySwap", "NanoCpus", "ReadonlyRootfs", "CapDrop", "SecurityOpt", "Tmpfs", "LogConfig")
    found = {name: host.get(name) for name in (*names, "RestartPolicy", "Privileged")}
    found["CapDrop"] = [item.removeprefix("CAP_") for item in cast("list[str]", found["CapDrop"] or [])]
    # That the engine notes our own label beside each line is the graph's alone.
    driver = {**found["LogConfig"], "Config": {k: v for k, v in found["LogConfig"]["Config"].items() if k != "labels"}}
    return found | {"Init": bool(host.get("Init")), "LogConfig": driver}


def health(container: Mapping[str, Any]) -> object:
    check = cast("dict[str, object]", container["Config"].get("Healthcheck") or {})
    # What is left out is the engine's: three failures in a row.
    return {"Retries": 3, **{key: value for key, value in check.items() if value}}


def bindings(container: Mapping[str, Any]) -> Mapping[str, list[dict[str, str]]]:
    return container["HostConfig"]["PortBindings"] or {}


@pytest.mark.parametrize("service", SERVICES)
def test_the_typed_graph_and_compose_make_the_same_container(composed: Composed, service: str) -> None:
    typed, plain = composed.stack.project.inspect(f"{service}-1"), composed.inspect(service)
    for view in (variables, short_networks, mounts, limits, health):
        assert view(typed) == view(plain), view.__name__
    for key in ("User", "Cmd", "Entrypoint", "WorkingDir", "StopSignal"):
        assert typed["Config"].get(key) == plain["Config"].get(key), key
    grace = [container["Config"].get("StopTimeout") or 10 for container in (typed, plain)]
    assert grace[0] == grace[1]
    bound = [
        [(port, item["HostIp"]) for port, items in bindings(container).items() for item in items]
        for container in (typed, plain)
    ]
    assert bound[0] == bound[1]
