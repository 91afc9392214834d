"""What a Docker engine, or its provider, cannot do: refused before anything is declared."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services import sources
from services.application import built_in
from services.model import (
    Application,
    Build,
    Dependency,
    Deploy,
    Ipam,
    IpamConfig,
    Network,
    NetworkAttachment,
    Port,
    ResourceLimits,
    Resources,
    Service,
    VolumeMount,
)
from services.on_docker import limits
from services.problems import ApplicationError
from services.units import MIB
from tests.unit.services.on_docker.deployed import changed, one_service, refused, run, settings, small
from tests.unit.services.on_docker.limit_examples import ALLOWED, EDGE, REFUSED


def test_the_built_in_application_is_fine_with_one_frontend() -> None:
    assert limits.problems(small()) == []


def test_a_refused_application_declares_nothing() -> None:
    from services.on_docker.target import deploy

    with pytest.raises(ApplicationError, match=r"problem.* on Docker:\n  - services\.frontend"):
        _ = deploy(settings(), built_in())


def test_judging_an_application_needs_no_pulumi() -> None:
    judged = "import sys; from services.on_docker import limits; assert 'pulumi' not in sys.modules"
    subprocess.run([sys.executable, "-c", judged], check=True, cwd=sources.PROJECT, timeout=60)


def test_two_containers_cannot_share_a_host_port() -> None:
    assert refused(built_in()) == [
        "services.frontend.deploy.replicas: 2 containers cannot share the host's port 8080: set replicas to 1, or "
        "take out services.frontend.ports[0].published so that each container gets a port of its own"
    ]


def test_a_port_cannot_be_published_from_internal_networks_alone() -> None:
    assert refused(changed(small(), "database", ports=(Port(target=5432, published=5432),))) == [
        "services.database.ports: all its networks are internal, so nothing outside reaches a published port: "
        "put it on a network that is not internal, or move the ports to services.database.expose"
    ]


def test_a_memory_limit_below_docker_s_least_is_refused() -> None:
    least = ResourceLimits(limits=Resources(cpus=1.0, memory=5 * MIB))
    assert refused(changed(small(), "frontend", deploy=Deploy(resources=least))) == [
        "services.frontend.deploy.resources.limits.memory: 5242880 bytes; Docker takes 6m or more: raise it"
    ]


@pytest.mark.parametrize(("keys", "text"), REFUSED, ids=[text.split(":")[0] for _, text in REFUSED])
def test_what_cannot_be_is_refused_with_a_remedy(keys: dict[str, Any], text: str) -> None:
    assert refused(one_service(**keys)) == [text]


@pytest.mark.parametrize("keys", ALLOWED, ids=[", ".join(keys) for keys in ALLOWED])
def test_what_can_be_is_not_refused(keys: dict[str, Any]) -> None:
    assert limits.problems(one_service(**keys)) == []


CONTEXT = "tests/unit/compose/apps/on_docker"


def test_an_image_of_several_platforms_is_refused_unless_one_is_chosen() -> None:
    build = Build(context=CONTEXT, platforms=("linux/amd64", "linux/arm64"))
    assert refused(one_service(build=build)) == [
        "services.web.build.platforms: 2 platforms, and an engine holds an image of one: choose it in "
        "services.web.platform"
    ]
    chosen = one_service(build=build, platform="linux/arm64")
    assert limits.problems(chosen) == []
    [image] = run(chosen).of("docker-build:index:Image").values()
    assert image.inputs["platforms"] == ["linux/arm64"]


def test_an_image_by_digest_may_have_any_policy_of_pulling_but_never() -> None:
    image = f"web:1@sha256:{'0' * 64}"
    assert limits.problems(changed(one_service(), "web", image=image, pull_policy="always")) == []


def two_services(*, depends: bool = True, lender: dict[str, Any] | None = None, **keys: Any) -> Application:
    dependencies = {"store": Dependency()} if depends else {}
    return Application(
        name="shop",
        services={
            "web": Service(image="web:1", depends_on=dependencies, **keys),
            "store": Service(image="store:1", networks=EDGE, **(lender or {})),
        },
        networks={"edge": Network(), "back": Network()},
    )


@pytest.mark.parametrize(
    ("application", "text"),
    [
        (
            two_services(depends=False, network_mode="service:store"),
            "services.web.network_mode: uses services.store, which must be there first: add it to depends_on",
        ),
        (
            two_services(volumes_from=("store:ro",), lender={"scale": 0}),
            "services.web.volumes_from[0]: uses services.store, which has no container: give it one in deploy.replicas",
        ),
        (
            two_services(ipc="service:store"),
            "services.web.ipc: uses the memory of services.store, which keeps it: set services.store.ipc to shareable",
        ),
        (
            two_services(volumes_from=("store",), lender={"volumes": (VolumeMount(type="tmpfs", target="/run"),)}),
            "services.web.volumes_from[0]: services.store.volumes[0] is memory, which cannot be taken over: write it "
            "as services.store.tmpfs",
        ),
        (
            two_services(links=("store:db",), networks={"back": NetworkAttachment()}),
            "services.web.links[0]: it shares no network with services.store: put both on one network",
        ),
    ],
    ids=["order", "replicas", "ipc", "memory", "links"],
)
def test_what_another_service_lends_must_be_there(application: Application, text: str) -> None:
    assert refused(application) == [text]


def test_the_memory_of_another_service_can_be_shared_when_it_says_so() -> None:
    assert limits.problems(two_services(ipc="service:store", lender={"ipc": "shareable"})) == []


def network(**keys: Any) -> Application:
    return one_service().model_copy(update={"networks": {"edge": Network(**keys)}})


def ranges(*configs: IpamConfig) -> Ipam:
    return Ipam(config=configs)


@pytest.mark.parametrize(
    ("application", "text"),
    [
        (
            network(ipam=ranges(IpamConfig(gateway="10.0.0.1"))),
            "networks.edge.ipam.config[0]: has no subnet, and the engine makes up nothing for it: set subnet",
        ),
        (
            network(ipam=ranges(IpamConfig(subnet="172.28.0.1/16"))),
            "networks.edge.ipam.config[0].subnet: 172.28.0.1/16 has host bits set: write a range, as in "
            "'172.28.0.0/16'",
        ),
        (
            network(enable_ipv6=True, ipam=ranges(IpamConfig(subnet="172.28.0.0/16"))),
            "networks.edge.enable_ipv6: is on, and ipam.config has no IPv6 range: add one, as in 'fd00:28::/64', or "
            "take ipam.config out",
        ),
    ],
    ids=["no subnet", "no range", "no IPv6 range"],
)
def test_ranges_of_a_network_are_whole(application: Application, text: str) -> None:
    assert refused(application) == [text]


def test_a_fixed_address_lies_in_a_range_of_its_network() -> None:
    attached = {"edge": NetworkAttachment(ipv4_address="172.28.0.9", ipv6_address="fd00::9")}
    application = one_service(networks=attached)
    both = Network(enable_ipv6=True, ipam=ranges(IpamConfig(subnet="172.28.0.0/16"), IpamConfig(subnet="fd00::/64")))
    assert limits.problems(application.model_copy(update={"networks": {"edge": both}})) == []
    external = Network(external=True, name="outside")
    assert limits.problems(application.model_copy(update={"networks": {"edge": external}})) == []


def test_a_seccomp_profile_that_is_there_is_read(tmp_path: Path) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text('{"defaultAction": "SCMP_ACT_ERRNO"}')
    application = one_service(security_opt=(f"seccomp={profile}",))
    assert limits.problems(application) == []
    assert run(application).containers["web-1"].inputs["securityOpts"] == [
        "no-new-privileges",
        'seccomp={"defaultAction":"SCMP_ACT_ERRNO"}',
    ]
