"""What a Docker engine, or its provider, cannot do: refused before anything is declared."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services import sources
from services.application import built_in
from services.model import (
    Application,
    BindOptions,
    Build,
    Dependency,
    Deploy,
    Ipam,
    IpamConfig,
    Network,
    NetworkAttachment,
    Port,
    Protocol,
    Reservations,
    ResourceLimits,
    Resources,
    RestartPolicy,
    SecretMount,
    Service,
    VolumeMount,
)
from services.on_docker import limits
from services.problems import ApplicationError
from services.units import MIB
from tests.unit.services.on_docker.deployed import changed, one_service, refused, run, settings, small

EDGE = {"edge": NetworkAttachment()}


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


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"container_name": "web", "scale": 2},
        "services.web.container_name: web belongs to one container, and there are 2: take it out, or set "
        "services.web.deploy.replicas to 1",
    ),
    (
        {"mac_address": "02:42:ac:11:00:02", "scale": 3},
        "services.web.mac_address: 02:42:ac:11:00:02 belongs to one container, and there are 3: take it out, or set "
        "services.web.deploy.replicas to 1",
    ),
    (
        {"pull_policy": "always"},
        "services.web.pull_policy: 'always', but a tag is looked up once, when the engine lacks the image: name the "
        "image by digest",
    ),
    (
        {"pull_policy": "never"},
        "services.web.pull_policy: 'never', but an image that the engine lacks is pulled: take it out",
    ),
    (
        {"pull_policy": "daily", "build": Build(context="services/frontend")},
        "services.web.pull_policy: 'daily', but the image is built here, when its context changes: take it out",
    ),
    (
        {"entrypoint": ()},
        "services.web.entrypoint: is empty, and the provider cannot take away the image's own: name the program to run",
    ),
    (
        {"entrypoint": ("",)},
        "services.web.entrypoint: is empty, and the provider cannot take away the image's own: name the program to run",
    ),
    (
        {"command": ()},
        "services.web.command: is empty, and the provider cannot take away the image's own: name the program in "
        "entrypoint",
    ),
    (
        {"command": ("echo", "")},
        "services.web.command[1]: is empty, which the provider does not take in a command: write the whole command "
        "line as entrypoint",
    ),
    (
        {"deploy": Deploy(restart_policy=RestartPolicy(condition="any", max_attempts=3))},
        "services.web.deploy.restart_policy.max_attempts: 3, but the engine counts tries for on-failure alone, and "
        "the policy is 'always': set condition to on-failure, or take it out",
    ),
    (
        {"mem_reservation": 5 * MIB},
        "services.web.mem_reservation: 5242880 bytes; Docker takes 6m or more: raise it",
    ),
    (
        {
            "deploy": Deploy(resources=ResourceLimits(reservations=Reservations(memory=64 * MIB))),
            "mem_limit": 32 * MIB,
        },
        "services.web.deploy.resources.reservations.memory: 67108864 bytes are more than the limit, 33554432 bytes: "
        "lower it, or raise mem_limit",
    ),
    ({"shm_size": 4096}, "services.web.shm_size: 4096 bytes; the provider counts whole MiB: write 1m or more"),
    (
        {"memswap_limit": 64 * MIB},
        "services.web.memswap_limit: bounds memory and swap together, so it needs a memory limit: set mem_limit",
    ),
    (
        {"memswap_limit": 16 * MIB, "mem_limit": 32 * MIB},
        "services.web.memswap_limit: 16777216 bytes are for memory and swap together, and the memory limit alone is "
        "33554432 bytes: raise it",
    ),
    (
        {"cpu_quota": 50_000, "cpus": 0.5},
        "services.web.cpu_quota: and cpus both bound the processors, and the engine takes one: take it out",
    ),
    (
        {"cpuset": "0-"},
        "services.web.cpuset: '0-' is no list of processors: write numbers and ranges, as in '0-2,4'",
    ),
    (
        {"security_opt": ("systempaths=unconfined",)},
        "services.web.security_opt[0]: 'systempaths=unconfined' is nothing that the provider can set: use privileged, "
        "or take it out",
    ),
    (
        {"security_opt": ("seccomp",)},
        "services.web.security_opt[0]: 'seccomp' has no value: write name=value, as in 'seccomp=unconfined'",
    ),
    (
        {"security_opt": ("seccomp=missing.json",)},
        "services.web.security_opt[0]: 'missing.json' cannot be read: No such file or directory: name a file that is "
        "there",
    ),
    (
        {"security_opt": ("seccomp=README.md",)},
        "services.web.security_opt[0]: 'README.md' is no JSON: name a seccomp profile",
    ),
    (
        {"network_mode": "host", "networks": EDGE},
        "services.web.network_mode: 'host' and networks exclude each other: take one of them out",
    ),
    (
        {"network_mode": "host", "ports": (Port(target=80),)},
        "services.web.ports: cannot be with network_mode 'host', as the service listens on the host itself: "
        "take it out",
    ),
    (
        {"network_mode": "none", "ports": (Port(target=80),)},
        "services.web.ports: cannot be with network_mode 'none', as nobody can reach the service: take it out",
    ),
    (
        {"network_mode": "container:vpn", "hostname": "web"},
        "services.web.hostname: cannot be with network_mode 'container:vpn', as it belongs to whose network that is: "
        "take it out",
    ),
    (
        {"network_mode": "bridge", "links": ("web:www",)},
        "services.web.links: cannot be with network_mode 'bridge', as services do not find each other by name there: "
        "take it out",
    ),
    ({"pid": "service:stor"}, "services.web.pid: 'stor' is no service; known: web"),
    (
        {"ports": (Port(target=80, published=80), Port(target=80, published=81))},
        "services.web.ports[1]: 80/tcp is published before, and the provider knows one port for each: publish it "
        "once, with host_ip '0.0.0.0' for every address",
    ),
    ({"extra_hosts": ("gateway",)}, "services.web.extra_hosts[0]: 'gateway': write gateway=address"),
    (
        {"extra_hosts": ("db=fd00::1",)},
        "services.web.extra_hosts[0]: fd00::1: the provider takes IPv6 addresses apart at their colons: write an IPv4 "
        "address, or 'host-gateway'",
    ),
    (
        {"networks": {"edge": NetworkAttachment(ipv4_address="172.28.0.9")}},
        "services.web.networks.edge.ipv4_address: 172.28.0.9 is in no range of networks.edge, which has none: write "
        "the range to networks.edge.ipam.config",
    ),
    (
        {"networks": {"edge": NetworkAttachment(ipv6_address="somewhere")}},
        "services.web.networks.edge.ipv6_address: 'somewhere' is no IP address",
    ),
    (
        {"volumes": (VolumeMount(type="npipe", source="pipe", target="/pipe"),)},
        "services.web.volumes[0].type: 'npipe' is none that the provider knows; use one of: bind, tmpfs, volume",
    ),
    (
        {
            "volumes": (
                VolumeMount(
                    type="bind", source="a", target="/a", bind=BindOptions(selinux="z", create_host_path=False)
                ),
            )
        },
        "services.web.volumes[0].bind.selinux: cannot be with propagation, nor with create_host_path: false: label "
        "the path yourself (chcon -t container_file_t), or take the other option out",
    ),
    (
        {"volumes": (VolumeMount(type="bind", source="a:b", target="/a"),)},
        "services.web.volumes[0].bind.create_host_path: is on, and the path has a colon, at which the engine would "
        "take it apart: make the path, and set create_host_path to false",
    ),
    (
        {"tmpfs": ("/run/secrets/key",), "secrets": (SecretMount(source="key"),)},
        "services.web.secrets[0]: /run/secrets/key is mounted by tmpfs[0] already: choose another path",
    ),
]


@pytest.mark.parametrize(("keys", "text"), REFUSED, ids=[text.split(":")[0] for _, text in REFUSED])
def test_what_cannot_be_is_refused_with_a_remedy(keys: dict[str, Any], text: str) -> None:
    assert refused(one_service(**keys)) == [text]


ALLOWED: list[dict[str, Any]] = [
    {"pull_policy": "missing"},
    {"pull_policy": "build", "build": Build(context="services/frontend")},
    {"command": (), "entrypoint": ("serve",)},
    {"entrypoint": ("serve", "")},
    {"restart": "on-failure:3"},
    {"memswap_limit": -1},
    {"memswap_limit": 64 * MIB, "mem_limit": 64 * MIB},
    {"mem_reservation": 64 * MIB, "mem_limit": 64 * MIB},
    {"cpu_period": 100_000, "cpu_quota": 50_000, "cpuset": "0-2,4"},
    {"security_opt": ("no-new-privileges", "seccomp=unconfined", "label:disable")},
    {"network_mode": "bridge", "ports": (Port(target=80, published=80),), "hostname": "web"},
    {"network_mode": "host", "hostname": "web"},
    {"ports": (Port(target=53, published=53), Port(target=53, published=53, protocol=Protocol.UDP))},
    {"extra_hosts": ("host.docker.internal=host-gateway", "db=10.0.0.1")},
    {"volumes": (VolumeMount(type="bind", source="a:b", target="/a", bind=BindOptions(create_host_path=False)),)},
    {"stop_grace_period": timedelta(hours=1)},
]


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
