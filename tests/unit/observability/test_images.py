"""The engines' images: one version of each, by digest; and the tool that asks the registries about them."""

import re
import stat
from pathlib import Path

import pytest

from observability.images import ELASTIC, IMAGES
from observability.producers import COUNTS, PRODUCERS, SERVICES
from tools import image_digests

ROOT = Path(__file__).parents[3]
REFERENCE = re.compile(r"(?:[a-z0-9.-]+/)*[a-z0-9-]+:v?\d+\.\d+\.\d+@sha256:[0-9a-f]{64}")
OTHER = "f" * 64


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_named_by_a_whole_version_and_a_digest(name: str) -> None:
    assert REFERENCE.fullmatch(IMAGES[name].reference)


def test_no_two_images_have_one_digest() -> None:
    assert len({image.sha256 for image in IMAGES.values()}) == len(IMAGES)


def test_elasticsearch_logstash_and_kibana_are_of_one_version() -> None:
    assert {IMAGES[name].tag for name in ("elasticsearch", "logstash", "kibana")} == {ELASTIC}


def test_every_producer_but_our_own_and_the_applications_has_its_image_from_the_table() -> None:
    assert set(PRODUCERS) - {COUNTS, SERVICES} <= set(IMAGES)


def test_no_other_module_names_an_image() -> None:
    repositories = re.compile("|".join(rf"{re.escape(image.repository)}(?::v?\d|@)" for image in IMAGES.values()))
    modules = set((ROOT / "observability").rglob("*.py")) - {ROOT / "observability/images.py"}
    assert [path.name for path in modules if repositories.search(path.read_text(encoding="utf-8"))] == []


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `docker` that answers from files named after the image's tag; without a file, the manifest is unknown."""
    program = tmp_path / "docker"
    program.write_text(
        f"#!/bin/sh\n"
        f'[ "$1 $2 $3 $4" = "buildx imagetools inspect --format" ] || exit 64\n'
        f'file="{tmp_path}/$(echo "$6" | tr "/:" "__")"\n'
        f'[ -e "$file" ] || {{ echo "ERROR: $6: not found" >&2; exit 1; }}\n'
        f'while read -r line; do echo "$line"; done < "$file"\n',
        encoding="utf-8",
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    for image in IMAGES.values():
        (tmp_path / _file(image.repository, image.tag)).write_text(f"sha256:{image.sha256}\n", encoding="utf-8")
    return tmp_path


def _file(repository: str, tag: str) -> str:
    return f"{repository}:{tag}".replace("/", "_").replace(":", "_")


def test_digests_that_the_registries_confirm_are_told_as_the_same(
    registry: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert image_digests.main([]) == 0
    assert capsys.readouterr().out.count("same ") == len(IMAGES)


def test_a_digest_that_differs_is_told_and_written_only_when_asked(
    registry: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grafana = IMAGES["grafana"]
    (registry / _file(grafana.repository, grafana.tag)).write_text(f"sha256:{OTHER}\n", encoding="utf-8")
    before = image_digests.TABLE.read_text(encoding="utf-8")
    copy = tmp_path / "images.py"
    copy.write_text(before, encoding="utf-8")

    assert image_digests.main([], copy) == 1
    assert f"differs  grafana: {grafana.tag} is sha256:{OTHER} there" in capsys.readouterr().out
    assert copy.read_text(encoding="utf-8") == before
    assert image_digests.main(["--write"], copy) == 0
    assert copy.read_text(encoding="utf-8") == before.replace(grafana.sha256, OTHER)


def test_an_image_that_the_registry_does_not_know_is_told_and_changes_nothing(
    registry: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    node = IMAGES["node"]
    (registry / _file(node.repository, node.tag)).unlink()
    before = image_digests.TABLE.read_bytes()

    assert image_digests.main(["--write"]) == 1
    expected = f"unknown  node: docker ended with code 1: ERROR: {node.repository}:{node.tag}: not found"
    assert expected in capsys.readouterr().out
    assert image_digests.TABLE.read_bytes() == before


def test_a_machine_without_docker_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert image_digests.main([]) == 1
    assert "unknown  kibana: there is no `docker` on PATH" in capsys.readouterr().out


def test_an_unknown_argument_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert image_digests.main(["--wirte"]) == 2
    assert "'--wirte' is unknown; known: --write" in capsys.readouterr().err
