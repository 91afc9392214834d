"""Every artifact of Elasticsearch and Grafana against the types that their makers publish; Logstash's syntax."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from observability import producers
from observability.description import Description
from observability.elasticsearch.content import content
from observability.grafana.dashboards import dashboards
from observability.images import IMAGES
from observability.logstash.pipeline import pipeline
from tests.observability.engines.cache import SOURCES, part, run, tool

_PACKAGES = (
    "typescript@5.9.3",
    f"@elastic/elasticsearch@{IMAGES['elasticsearch'].tag}",
    f"@grafana/schema@{IMAGES[producers.GRAFANA].tag}",
)
"""The types that an engine's makers publish with the version that the stack runs."""
_HEAD = """\
import type { estypes } from "@elastic/elasticsearch";
import {
  FieldColorModeId, GraphThresholdsStyleMode, ThresholdsMode, type Dashboard, type GraphFieldConfig, type Panel
} from "@grafana/schema";
"""
_ENUMS = {
    '"mode": "absolute"': '"mode": ThresholdsMode.Absolute',
    '"mode": "thresholds"': '"mode": FieldColorModeId.Thresholds',
    '"mode": "dashed+area"': '"mode": GraphThresholdsStyleMode.DashedAndArea',
}
"""TypeScript takes no text for an enum, although it is this text in JSON."""
_TYPES = {
    "lifecycles": "estypes.IlmPolicy",
    "pipelines": "Omit<estypes.IngestPutPipelineRequest, 'id'>",
    "component_templates": "Omit<estypes.ClusterPutComponentTemplateRequest, 'name'>",
    "index_templates": "Omit<estypes.IndicesPutIndexTemplateRequest, 'name'>",
    "roles": "Omit<estypes.SecurityPutRoleRequest, 'name'>",
}


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder of node_modules."""

    def make(folder: Path) -> None:
        (folder / "package.json").write_text("{}")
        npm = tool("npm")
        flags = ("--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
        run([npm, "install", *flags, *_PACKAGES], folder=folder)

    return part("types", _PACKAGES, make)


@pytest.fixture(scope="module")
def logstash_syntax() -> Path:
    """The program that reads a Logstash pipeline."""
    source = SOURCES / "logstash_syntax"
    made_of = [(source / name).read_text() for name in ("go.mod", "go.sum", "main.go")]

    def make(folder: Path) -> None:
        run([tool("go"), "build", "-o", folder / "logstash_syntax", "."], folder=source)

    return part("logstash-syntax", made_of, make) / "logstash_syntax"


def _checked(packages: Path, folder: Path, values: list[tuple[str, Any, str]]) -> str:
    """What the compiler says about values that shall satisfy types; empty when they do."""
    lines = [f"export const {name} = {json.dumps(value)} satisfies {kind};" for name, value, kind in values]
    source = folder / "check.ts"
    text = _HEAD + "\n".join(lines)
    for written, member in _ENUMS.items():
        text = text.replace(written, member)
    source.write_text(text)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    flags = ("--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext")
    command = [str(tool("node")), str(packages / "node_modules/typescript/bin/tsc"), *flags, str(source)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode == 0) == (done.stdout == ""), done.stderr
    return done.stdout


def _values(description: Description) -> list[tuple[str, Any, str]]:
    made = content(description)
    values = [
        (f"{kind}_{number}", body, type_name)
        for kind, type_name in _TYPES.items()
        for number, body in enumerate(made[kind].values())
    ]
    for number, board in enumerate(dashboards(description).values()):
        values.append((f"dashboard_{number}", board, "Partial<Dashboard>"))
        values.append((f"panels_{number}", board["panels"], "Partial<Panel>[]"))
        drawn = [panel["fieldConfig"]["defaults"].get("custom", {}) for panel in board["panels"]]
        values.append((f"drawn_{number}", drawn, "GraphFieldConfig[]"))
    return values


def test_every_artifact_is_of_the_type_that_its_engine_publishes(
    description: Description, packages: Path, tmp_path: Path
) -> None:
    values = _values(description)

    said = _checked(packages, tmp_path, values)

    print(f"\ntsc: {len(values)} artifacts")
    assert said == ""


BROKEN: list[tuple[Any, str, str]] = [
    ({"phases": {"hot": {"actions": {"rolover": {}}}}}, "estypes.IlmPolicy", "rolover"),
    ({"processors": [{"grok": {"feld": "x", "patterns": []}}]}, _TYPES["pipelines"], "feld"),
    ({"template": {"mappings": {"properties": {"a": {"type": "keywort"}}}}}, _TYPES["component_templates"], "type"),
    ({"indices": [{"names": ["a"], "privilege": ["read"]}]}, _TYPES["roles"], "privilege"),
    ([{"type": "stat", "gridPos": {"x": "left"}}], "Partial<Panel>[]", "string"),
    ([{"thresholdsStyle": {"mode": "dotted"}}], "GraphFieldConfig[]", "dotted"),
]


@pytest.mark.parametrize(("value", "kind", "told"), BROKEN)
def test_a_misspelt_key_or_value_is_found(packages: Path, tmp_path: Path, value: Any, kind: str, told: str) -> None:
    assert told in _checked(packages, tmp_path, [("broken", value, kind)])


def test_logstash_reads_its_pipeline(description: Description, logstash_syntax: Path) -> None:
    text = pipeline(description, elasticsearch_url="https://elasticsearch:9200")

    def read(given: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([logstash_syntax], input=given, capture_output=True, text=True, check=False, timeout=60)

    assert read(text).stderr == ""
    assert read(text).returncode == 0
    assert read(text.replace("port =>", "port =", 1)).returncode == 1
