"""The dev stack with who watches it, and how to ask them."""

import json
import ssl
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import httpx

from tests.docker.conftest import TestEngine
from tests.docker.project import DockerProject
from tests.ports import free_port

WEBHOOK = "told"
"""The receiver's name on the network."""
_WEBHOOK_PORT = 8000
_RECEIVER = f"""
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["Content-Length"])).decode(), flush=True)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
HTTPServer(("0.0.0.0", {_WEBHOOK_PORT}), Handler).serve_forever()
"""
_QUICK = (
    (
        "observability/prometheus/scraping.py",
        "SCRAPE_INTERVAL_SECONDS: Final = 15",
        "SCRAPE_INTERVAL_SECONDS: Final = 4",
    ),
    (
        "observability/alerts/services.py",
        'probe_success == 0",\n        lasting=minutes(1)',
        'probe_success == 0",\n        lasting=AT_ONCE',
    ),
    (
        "observability/prometheus/routing.py",
        "looked_at_every: timedelta = timedelta(minutes=5)",
        "looked_at_every: timedelta = timedelta(seconds=6)",
    ),
)
"""What makes a test wait in the program: file, text, text in its place."""


@dataclass(frozen=True)
class Watched:
    """A stack that is up; its engines are asked as its operator would ask them."""

    project: DockerProject
    frontend: int
    prometheus: int
    alertmanager: int
    grafana: int
    kibana: int

    @classmethod
    def configured(cls, folder: Path, engine: TestEngine) -> "Watched":
        """A copy of the project whose stack has everything, at ports of its own."""
        project = DockerProject.made(folder, engine.variables, engine.stand_ins)
        made = cls(project, *(free_port() for _ in range(5)))
        project.edit("services/frontend/service.py", "published=8080", f"published={made.frontend}")
        for path, text, quick in _QUICK:
            project.edit(path, text, quick)
        project.originals.clear()
        project.configure("observability:parts", ["logs", "metrics"])
        ports = ("prometheus", "alertmanager", "grafana", "kibana")
        project.configure("observability:ports", {name: getattr(made, name) for name in ports})
        root = project.docker("info", "--format", "{{.DockerRootDir}}").strip()
        socket = engine.variables.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
        project.configure("observability:docker", {"data_root": root, "socket": socket})
        hook = {"url": f"http://{WEBHOOK}:{_WEBHOOK_PORT}/", "severities": ["critical"]}
        project.configure("observability:receivers", {"webhook": {"hook": hook}})
        return made

    @contextmanager
    def listening(self) -> Generator[None]:
        """Somebody who is told of alerts, on the network of those who tell."""
        network = self.project.network("observability-edge")
        image = self.project.inspect("backend-1")["Image"]
        options = ("--detach", "--name", self._receiver, "--network", network, "--network-alias", WEBHOOK)
        self.project.docker("run", *options, "--entrypoint", "python", image, "-c", _RECEIVER)
        try:
            yield
        finally:
            self.close()

    def close(self) -> None:
        """Nobody listens any more, nobody asks."""
        self.project.docker("rm", "--force", self._receiver, check=False)
        if "_client" in vars(self):
            self._client.close()

    @property
    def _receiver(self) -> str:
        return f"{self.project.stack}-{WEBHOOK}"

    def told(self, alert: str, service: str) -> list[dict[str, Any]]:
        """What the receiver was told of an alert, in order."""
        lines = self.project.docker("logs", self._receiver).splitlines()
        alerts = [item for line in lines if line for item in json.loads(line)["alerts"]]
        wanted = (alert, service)
        return [item for item in alerts if (item["labels"]["alertname"], item["labels"].get("service")) == wanted]

    def containers(self) -> Sequence[str]:
        """What the program calls the stack's containers, as in backend-1."""
        found = self.project.of_type("docker:index/container:Container")
        return sorted(str(item["urn"]).rpartition("::")[2] for item in found)

    def secret(self, container: str, name: str) -> str:
        """What the container reads as a secret."""
        mounts = self.project.inspect(container)["Mounts"]
        (source,) = (mount["Source"] for mount in mounts if mount["Destination"] == f"/run/secrets/{name}")
        return Path(source).read_text(encoding="utf-8")

    @cached_property
    def _client(self) -> httpx.Client:
        """Trusts the stack's own authority alone, and is who may ask for metrics."""
        trust = ssl.create_default_context(cadata=self.secret("prometheus-1", "observability-ca"))
        return httpx.Client(verify=trust, auth=("metrics", self.secret("prometheus-1", "metrics-password")), timeout=10)

    def ask(self, port: int, path: str, **parameters: str) -> Any:
        """What the engine at the port answers."""
        answer = self._client.get(f"https://localhost:{port}{path}", params=parameters)
        answer.raise_for_status()
        return answer.json()

    def samples(self, query: str) -> list[dict[str, Any]]:
        """What Prometheus knows at the moment: labels and value of each series."""
        found = self.ask(self.prometheus, "/api/v1/query", query=query)["data"]["result"]
        return [{**item["metric"], "value": float(item["value"][1])} for item in found]

    def elasticsearch(self, path: str, **parameters: str) -> Any:
        """What Elasticsearch, which is published nowhere, answers who may do everything."""
        user = f"bootstrap:{self.secret('bootstrap-elasticsearch-1', 'bootstrap-password')}"
        command = ["curl", "--silent", "--get", "--cacert", "/run/secrets/observability-ca", "--user", user]
        for name, value in parameters.items():
            command += ["--data-urlencode", f"{name}={value}"]
        return json.loads(self.project.execute("elasticsearch-1", *command, f"https://localhost:9200/{path}"))

    def documents(self, stream: str, query: str) -> Sequence[dict[str, Any]]:
        """Documents of a stream in Elasticsearch that a query in its string syntax finds."""
        answer = self.elasticsearch(f"{stream}/_search", q=query)
        if answer.get("status") == 503:
            # A stream that was made a moment ago: none of its shards has started.
            return []
        return [cast("dict[str, Any]", hit["_source"]) for hit in answer["hits"]["hits"]]
