"""Keys of a service that a Docker engine refuses, with what is said of them; and ones close by that it takes."""

from datetime import timedelta
from typing import Any

from services.model import (
    BindOptions,
    Build,
    Deploy,
    NetworkAttachment,
    Port,
    Protocol,
    Reservations,
    ResourceLimits,
    RestartPolicy,
    SecretMount,
    VolumeMount,
)
from services.units import MIB

EDGE = {"edge": NetworkAttachment()}

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
"""Keys of the service `web`, and the one problem that they make."""

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
"""Keys of the service `web` that make none."""
