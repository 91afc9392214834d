"""The docker provider without an engine: what it refuses, names, replaces, updates and plans; values there and back."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import docker_build
from sandbox.docker_build_provider import DockerBuildProvider
from sandbox.docker_engine import DockerEngine
from sandbox.docker_provider import DockerProvider
from sandbox.docker_types import TYPES, values
from sandbox.docker_types.base import Change, Place, repository
from sandbox.docker_types.container_inputs import INPUTS, UPDATED
from sandbox.plugin import UNKNOWN, Props, ProviderError, Urn

CONTAINER = Urn(text="urn:pulumi:dev::infra::docker:index/container:Container::web-1")
VOLUME = Urn(text="urn:pulumi:dev::infra::docker:index/volume:Volume::data")
IMAGE = Urn(text="urn:pulumi:dev::infra::docker-build:index:Image::web")
NOBODY = DockerEngine(url="unix:///nobody.sock", identity="nobody", version="0")


@pytest.fixture
def provider(tmp_path: Path) -> DockerProvider:
    return DockerProvider(engine=NOBODY, project=tmp_path)


def refused(provider: DockerProvider, inputs: Props) -> dict[str, str]:
    return {item.property: item.reason for item in provider.check(CONTAINER, {}, inputs, b"seed").failures}


def test_an_unknown_input_or_a_missing_one_is_refused_by_name(provider: DockerProvider) -> None:
    told = refused(provider, {"colour": "red"})
    assert "knows no input 'colour'" in told["colour"]
    assert "needs 'image'" in told["image"]


@pytest.mark.parametrize(
    ("inputs", "about"),
    [
        ({"restart": "sometimes"}, "restart"),
        ({"logs": True}, "logs"),
        ({"healthcheck": {"tests": ["CMD", "true"], "interval": "ten seconds"}}, "healthcheck"),
    ],
)
def test_values_that_mean_nothing_are_refused(provider: DockerProvider, inputs: Props, about: str) -> None:
    assert set(refused(provider, {"image": "x", **inputs})) == {about}


def test_an_unknown_type_and_another_engine_are_refused(provider: DockerProvider) -> None:
    with pytest.raises(ProviderError, match="no docker type 'docker:index/secret:Secret'"):
        provider.check(Urn(text="urn:pulumi:dev::infra::docker:index/secret:Secret::x"), {}, {}, b"")
    with pytest.raises(ProviderError, match="set DOCKER_HOST"):
        provider.configure({"host": "tcp://elsewhere:2375"})


def test_a_container_keeps_its_automatic_name_and_a_replacement_gets_another(provider: DockerProvider) -> None:
    first = provider.check(CONTAINER, {}, {"image": "x"}, b"one").inputs
    assert str(first["name"]).startswith("web-1-")
    assert provider.check(CONTAINER, first, {"image": "y"}, b"two").inputs["name"] == first["name"]
    assert provider.check(CONTAINER, {}, {"image": "y"}, b"two").inputs["name"] != first["name"]


def difference(provider: DockerProvider, old: Props, new: Props) -> tuple[set[str], set[str]]:
    found = provider.diff(CONTAINER, "id", old, {}, new)
    return set(found.updates), set(found.replaces)


def test_what_a_change_does_is_what_the_real_provider_does(provider: DockerProvider) -> None:
    old = {"image": "x", "memory": 64, "envs": ["A=1", "B=2"], "restart": "no", "command": ["a", "b"]}
    assert difference(provider, old, {**old, "envs": ["B=2", "A=1"]}) == (set(), set())
    assert difference(provider, old, {**old, "command": ["b", "a"]}) == (set(), {"command"})
    assert difference(provider, old, {**old, "memory": 128, "restart": "always"}) == ({"memory", "restart"}, set())
    assert difference(provider, old, {**old, "image": UNKNOWN}) == (set(), {"image"})
    assert difference(provider, {"image": "x"}, {"image": "x", "readOnly": False, "tmpfs": {}}) == (set(), set())


def test_a_container_that_was_given_up_is_waited_for_again(provider: DockerProvider) -> None:
    found = provider.diff(CONTAINER, "id", {"image": "x"}, {"notHealthy": True}, {"image": "x"})
    assert set(found.updates) == {"notHealthy"}


def test_what_is_sent_as_an_update_is_updatable_and_stands_in_the_engine_s_api() -> None:
    for name in UPDATED:
        assert INPUTS[name].change is Change.UPDATE
        assert INPUTS[name].path[0] == "HostConfig"


def test_a_plan_knows_what_is_given_and_only_that(provider: DockerProvider) -> None:
    known = provider.create(CONTAINER, {"image": "x", "ports": [{"internal": 80, "external": 8080}]}, preview=True)[1]
    assert known["ports"] == [{"internal": 80, "external": 8080}]
    chosen = provider.create(CONTAINER, {"image": "x", "ports": [{"internal": 80}]}, preview=True)[1]
    assert chosen["ports"] is UNKNOWN
    assert chosen["exitCode"] is UNKNOWN


def test_a_volume_that_a_killed_run_may_have_found_with_data_is_never_removed(provider: DockerProvider) -> None:
    provider.discard(VOLUME, "data", {"name": "data"}, {})
    with pytest.raises(ProviderError, match="does not answer"):
        provider.delete(VOLUME, "data", {"name": "data"}, {})


def test_every_type_has_its_inputs_in_its_own_words() -> None:
    for token, kind in TYPES.items():
        assert token == kind.token
        assert set(kind.required) <= set(kind.inputs)


@given(st.integers(min_value=0, max_value=10**15))
def test_a_duration_comes_back_as_it_went(nanoseconds: int) -> None:
    whole = nanoseconds // 1000 * 1000
    assert values.nanoseconds(values.go_duration(whole)) == pytest.approx(whole, rel=1e-9)


@pytest.mark.parametrize(("text", "said"), [("1m30s", 90 * 10**9), ("500ms", 500 * 10**6), ("1h0m0s", 3600 * 10**9)])
def test_durations_are_go_s(text: str, said: int) -> None:
    assert values.nanoseconds(text) == said
    assert values.go_duration(said) == text


@pytest.mark.parametrize(
    "mount",
    [
        {"type": "volume", "source": "data", "target": "/data", "readOnly": True, "volumeOptions": {"subpath": "a"}},
        {"type": "bind", "source": "/x", "target": "/y", "readOnly": False, "bindOptions": {"propagation": "rslave"}},
        {"type": "tmpfs", "target": "/t", "tmpfsOptions": {"sizeBytes": 1024, "mode": 0o700}},
    ],
)
def test_a_mount_comes_back_as_it_went(provider: DockerProvider, mount: dict[str, Any]) -> None:
    (back,) = values.mounts_from_engine(values.mounts_to_engine([mount]))
    assert difference(provider, {"image": "x", "mounts": [mount]}, {"image": "x", "mounts": [back]}) == (set(), set())


def test_ports_come_back_once_though_the_engine_binds_them_on_both_families() -> None:
    bound = {
        "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}],
        "53/udp": None,
    }
    assert values.ports_from_engine(bound) == [{"internal": 80, "external": 8080, "ip": "0.0.0.0", "protocol": "tcp"}]


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("python:3.13@sha256:1", "python"),
        ("nginxinc/nginx-unprivileged:1", "nginxinc/nginx-unprivileged"),
        ("localhost:5000/team/app:1", "team/app"),
        ("registry.example.com/app", "app"),
    ],
)
def test_the_repository_of_a_reference(reference: str, name: str) -> None:
    assert repository(reference) == name


def test_images_that_a_dockerfile_names_are_stood_in_for(tmp_path: Path) -> None:
    place = Place(engine=NOBODY, project=tmp_path, stand_ins={"python": "local/python"})
    dockerfile = (
        "ARG BASE=python:3.13@sha256:1\nFROM ${BASE} AS a\nFROM --platform=$BUILDPLATFORM python:3.12\nFROM nginx\n"
    )
    assert docker_build.stood_in(place, dockerfile, {}) == {
        "python:3.13@sha256:1": "local/python",
        "python:3.12": "local/python",
    }


@pytest.mark.parametrize(
    ("inputs", "about"),
    [
        ({"push": False, "load": True, "colour": "red"}, "colour"),
        ({"load": True}, "push"),
        ({"push": False}, "load"),
        ({"push": False, "load": True, "context": {"location": "nowhere"}}, "context"),
        ({"push": False, "load": True}, "dockerfile"),
    ],
)
def test_a_build_that_cannot_be_is_refused_before_it_starts(tmp_path: Path, inputs: Props, about: str) -> None:
    provider = DockerBuildProvider(engine=NOBODY, project=tmp_path)
    assert about in {item.property for item in provider.check(IMAGE, {}, inputs, b"").failures}


def test_an_image_is_built_again_when_a_file_of_its_context_changes(tmp_path: Path) -> None:
    provider = DockerBuildProvider(engine=NOBODY, project=tmp_path)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    inputs: Props = {"push": False, "load": True, "context": {"location": "."}}
    outputs = provider.create(IMAGE, inputs, preview=True)[1]
    assert set(provider.diff(IMAGE, "id", inputs, outputs, inputs).updates) == set()
    (tmp_path / "file").write_text("new")
    assert set(provider.diff(IMAGE, "id", inputs, outputs, inputs).updates) == {"context"}
