"""Images for an engine that reaches no registry: stand-ins for the official ones, under names of their own.

A recipe is a folder of `stand_ins/`: a Dockerfile that honours the official image's contract (programs' paths, users,
folders, ports, commands) out of what can be had without a registry.
"""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tools.docker_engine.base_image import ensure_debian, machine_files
from tools.docker_engine.daemon import Engine

RECIPES = Path(__file__).parent / "stand_ins"

_LABEL = "stand-in.recipe"
_STAND_IN_LINE = re.compile(r"^FROM stand-in/(\S+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """A local image in place of an official one, whatever the tag."""

    recipe: str
    """Folder below `stand_ins/`."""
    repositories: tuple[str, ...] = ()
    """Official repositories, without registry and tag."""
    target: str | None = None
    """Stage of the recipe; None is its last."""
    parts: tuple[str, ...] = ()
    """What the recipe takes from outside: folders that the caller has, by the name of the build context."""

    @property
    def image(self) -> str:
        """The local image."""
        return f"stand-in/{self.target or self.recipe}"


BASE = StandIn(recipe="base")
APPLICATION = (
    BASE,
    StandIn(recipe="python", repositories=("python",)),
    StandIn(recipe="node", repositories=("node",)),
    StandIn(recipe="postgres", repositories=("postgres",)),
    StandIn(recipe="nginx", repositories=("nginx", "nginxinc/nginx-unprivileged")),
)
"""What the built-in application is built from and runs; 45 s from nothing."""

BUSYBOX = StandIn(recipe="busybox", repositories=("busybox",))
"""What the image that prepares a task on AWS begins from."""

TOOLS = StandIn(recipe="tools")
METRICS = (
    TOOLS,
    StandIn(recipe="metrics", target="prometheus", repositories=("prom/prometheus",)),
    StandIn(recipe="metrics", target="alertmanager", repositories=("prom/alertmanager",)),
    StandIn(recipe="metrics", target="blackbox-exporter", repositories=("prom/blackbox-exporter",)),
    StandIn(recipe="metrics", target="node-exporter", repositories=("prom/node-exporter",)),
    StandIn(recipe="metrics", target="postgres-exporter", repositories=("prometheuscommunity/postgres-exporter",)),
    StandIn(
        recipe="metrics", target="elasticsearch-exporter", repositories=("prometheuscommunity/elasticsearch-exporter",)
    ),
    StandIn(recipe="placeholders", target="cadvisor", repositories=("google/cadvisor",)),
    StandIn(recipe="placeholders", target="grafana", repositories=("grafana/grafana",)),
)
"""Prometheus and what it asks: the real programs, but for placeholders of cAdvisor and Grafana."""

LOGS = (
    TOOLS,
    StandIn(
        recipe="elasticsearch",
        repositories=("elasticsearch/elasticsearch", "elasticsearch"),
        parts=("elasticsearch-jars", "elasticsearch-starter", "opensearch-jars", "opensearch-starter"),
    ),
    StandIn(recipe="logstash", repositories=("logstash/logstash", "logstash")),
    StandIn(recipe="kibana", repositories=("kibana/kibana", "kibana")),
    StandIn(recipe="fluent-bit", repositories=("fluent/fluent-bit",), parts=("fluent-bit-program",)),
)
"""The way of a line: Elasticsearch's server and Fluent Bit out of parts that are fetched and built outside, and what
answers in place of Logstash and Kibana."""

STAND_INS: Mapping[str, str] = {
    repository: item.image for item in (*APPLICATION, BUSYBOX, *METRICS, *LOGS) for repository in item.repositories
}
"""Repository of an official image -> the local image that stands in for it."""


def ensure_stand_ins(engine: Engine, wanted: Iterable[StandIn], parts: Mapping[str, Path] | None = None) -> None:
    """Make the images that the engine does not hold yet, or holds by another recipe.

    parts: name of a build context -> folder, whose name changes when its content does.

    Raises:
        SetupError: Debian's packages cannot be had, or an image cannot be built.
    """
    folders = parts or {}
    ensure_debian(engine)
    for item in wanted:
        identity = _identity(item, folders)
        if _label(engine, item.image) != identity:
            _build(engine, item, identity, folders)


def _build(engine: Engine, item: StandIn, identity: str, parts: Mapping[str, Path]) -> None:
    with tempfile.TemporaryDirectory(prefix="infra-stand-in-") as folder:
        context = Path(folder)
        shutil.copytree(RECIPES / item.recipe, context, dirs_exist_ok=True)
        if item is BASE:
            for path, text in machine_files():
                (context / "machine" / path).parent.mkdir(parents=True, exist_ok=True)
                (context / "machine" / path).write_text(text)
        options = ["--tag", item.image, "--label", f"{_LABEL}={identity}", "--progress", "plain"]
        options += ["--target", item.target] if item.target else []
        for name in item.parts:
            options += ["--build-context", f"{name}={parts[name]}"]
        engine.docker("buildx", "build", *options, str(context))


def _label(engine: Engine, image: str) -> str | None:
    """The identity that the image was made by; None when it is not there."""
    found = engine.docker("image", "inspect", image, check=False)
    images = cast("list[dict[str, dict[str, Any]]]", json.loads(found) if found.strip() else [])
    return cast("dict[str, str]", images[0]["Config"].get("Labels") or {}).get(_LABEL) if images else None


def _identity(item: StandIn, parts: Mapping[str, Path]) -> str:
    """Changes when the image has to be made anew."""
    digest = hashlib.sha256(_recipe_identity(item.recipe).encode())
    for name in item.parts:
        digest.update(f"{name}={parts[name].name}".encode())
    return digest.hexdigest()[:16]


def _recipe_identity(recipe: str) -> str:
    """Of the recipe's files, and of the recipes that it begins from."""
    digest = hashlib.sha256()
    for path in sorted((RECIPES / recipe).iterdir()):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    for other in _STAND_IN_LINE.findall((RECIPES / recipe / "Dockerfile").read_text()):
        if (RECIPES / other).is_dir():
            digest.update(_recipe_identity(other).encode())
    return digest.hexdigest()
