"""An example of every key that has an effect on a Docker engine."""

from collections.abc import Mapping
from typing import Any, Final

from tests.unit.services.support_examples import IMAGE, Example, Tree, web

EXAMPLE_FILE: Final = "Pulumi.yaml"
"""A file of the project that is always there."""

CONTEXT: Final = "tests/unit/compose/apps/on_docker"
"""A build context."""


def network(**keys: Any) -> Example:
    """An example of a key of a network."""
    return Example(after={"networks": {"edge": keys}})


def in_subnet(**keys: Any) -> Example:
    """An example of a key of a network's range of addresses, whose gateway does not follow from the others."""
    base = {"subnet": "172.28.0.0/16", "gateway": "172.28.5.1"}
    return Example(
        before={"networks": {"edge": {"ipam": {"config": [base]}}}},
        after={"networks": {"edge": {"ipam": {"config": [{**base, **keys}]}}}},
    )


def attached(**keys: Any) -> Example:
    """An example of a key of a service's network; the network has ranges for fixed addresses."""
    ranges = [{"subnet": "172.28.0.0/16"}, {"subnet": "fd00:28::/64"}]
    return Example(
        before={"networks": {"edge": {"enable_ipv6": True, "ipam": {"config": ranges}}}},
        after={"services": {"web": {"networks": {"edge": keys}}}},
    )


def changed(before: Tree, after: Tree) -> Example:
    """An example whose key changes something that another key of the service says."""
    return Example(before={"services": {"web": before}}, after={"services": {"web": after}})


def published(**keys: Any) -> Example:
    """An example of a key of a published port."""
    return changed({"ports": [{"target": 8080}]}, {"ports": [{"target": 8080, **keys}]})


def checked(**keys: Any) -> Example:
    """An example of a key of a health check."""
    return changed({"healthcheck": {"test": ["CMD", "true"]}}, {"healthcheck": keys})


def mounted(mount: Tree, **keys: Any) -> Example:
    """An example of a key of a mount at `/data`; the application has the volume `data`."""
    base = {"target": "/data", **mount}
    return Example(
        before={"volumes": {"data": {}}, "services": {"web": {"volumes": [base]}}},
        after={"services": {"web": {"volumes": [{**base, **keys}]}}},
    )


def filed(section: str, **keys: Any) -> Example:
    """An example of a key of a mounted secret or config, of which there are two."""
    sources = {name: {"environment": f"{name.upper()}_VALUE"} for name in ("first", "second")}
    base = {"source": "first"}
    return Example(
        before={section: sources, "services": {"web": {section: [base]}}},
        after={"services": {"web": {section: [{**base, **keys}]}}},
    )


def declared(section: str) -> Example:
    """An example of a secret or config."""
    value = {"environment": "FIRST_VALUE"}
    return Example(after={section: {"first": value}, "services": {"web": {section: [{"source": "first"}]}}})


def valued(section: str, **changes: tuple[str, str]) -> Example:
    """An example of where the value of a mounted secret or config comes from: key -> value before and after."""
    before, after = ({key: values[index] for key, values in changes.items()} for index in (0, 1))
    return Example(
        before={section: {"first": before}, "services": {"web": {section: [{"source": "first"}]}}},
        after={section: {"first": after}},
    )


def volume(before: Tree | None = None, **keys: Any) -> Example:
    """An example of a key of a volume that is mounted."""
    return Example(
        before={
            "volumes": {"data": before or {}},
            "services": {"web": {"volumes": [{"source": "data", "target": "/data"}]}},
        },
        after={"volumes": {"data": keys}},
    )


def depending(**keys: Any) -> Example:
    """An example of a key of a dependency."""
    return Example(
        before={
            "services": {
                "web": {"depends_on": {"store": {}}},
                "store": {"healthcheck": {"test": ["CMD", "true"]}},
            }
        },
        after={"services": {"web": {"depends_on": {"store": keys}}}},
    )


def with_store(store: Tree | None = None, **keys: Any) -> Example:
    """An example of a key by which a service uses the container of another one."""
    return Example(
        before={"services": {"web": {"depends_on": {"store": {}}}, "store": store or {}}},
        after={"services": {"web": keys}},
    )


def rate(key: str, **keys: Any) -> Example:
    """An example of a limit of a block device."""
    base = {"path": "/dev/sda", "rate": 1024}
    return changed({"blkio_config": {key: [base]}}, {"blkio_config": {key: [{**base, **keys}]}})


def reserved(**keys: Any) -> Example:
    """An example of a key of a reserved device."""
    base = {"capabilities": ["gpu"]}
    return changed(_reservation(base), _reservation({**base, **keys}))


def _reservation(device: Tree) -> Tree:
    return {"deploy": {"resources": {"reservations": {"devices": [device]}}}}


def resources(**keys: Any) -> Example:
    """An example of a key of `deploy.resources`."""
    return web(deploy={"resources": keys})


def built(**keys: Any) -> Example:
    """An example of a key of a build."""
    return Example(
        before={
            "secrets": {name: {"environment": name.upper()} for name in ("first", "second")},
            "services": {"web": {"build": {"context": CONTEXT, "secrets": [{"source": "first"}]}}},
        },
        after={"services": {"web": {"build": keys}}},
    )


_ANY_VOLUME: Final = {"type": "volume", "source": "data"}
_ANY_PATH: Final = {"type": "bind", "source": "docs"}
_MEMORY: Final = {"type": "tmpfs"}

EXAMPLES: Final[Mapping[str, Example]] = {
    "services": Example(after={"services": {"more": {"image": IMAGE, "networks": {"edge": {}}}}}),
    "services.*.image": web(image=f"shop/web:2@sha256:{'1' * 64}"),
    "services.*.build.context": web(build={"context": CONTEXT}),
    "services.*.build.dockerfile": built(dockerfile="site/Dockerfile"),
    "services.*.build.dockerfile_inline": built(dockerfile_inline="FROM scratch"),
    "services.*.build.target": built(target="served"),
    "services.*.build.args": built(args={"BASE": "nginx:1"}),
    "services.*.build.additional_contexts": built(additional_contexts={"site": f"{CONTEXT}/site"}),
    "services.*.build.labels": built(labels={"tier": "front"}),
    "services.*.build.network": built(network="host"),
    "services.*.build.platforms": built(platforms=["linux/arm64"]),
    "services.*.build.tags": built(tags=["shop/web:latest"]),
    "services.*.build.extra_hosts": built(extra_hosts=["packages=10.0.0.9"]),
    "services.*.build.cache_from": built(cache_from=["shop/web:cache"]),
    "services.*.build.cache_to": built(cache_to=["type=local,dest=cache"]),
    "services.*.build.no_cache": built(no_cache=True),
    "services.*.build.pull": built(pull=True),
    "services.*.build.secrets.*.source": built(secrets=[{"source": "second"}]),
    "services.*.build.secrets.*.target": built(secrets=[{"source": "first", "target": "other"}]),
    "services.*.build.ssh": built(ssh=["default"]),
    "services.*.entrypoint": web(entrypoint=["serve"]),
    "services.*.command": web(command=["serve"]),
    "services.*.environment": web(environment={"LEVEL": "debug"}),
    "services.*.ports.*.target": web(ports=[{"target": 8080}]),
    "services.*.ports.*.published": published(published=80),
    "services.*.ports.*.protocol": published(protocol="udp"),
    "services.*.ports.*.app_protocol": published(app_protocol="http"),
    "services.*.ports.*.host_ip": published(host_ip="0.0.0.0"),
    "services.*.healthcheck.test": checked(test=["CMD", "false"]),
    "services.*.healthcheck.interval": checked(interval="5s"),
    "services.*.healthcheck.timeout": checked(timeout="5s"),
    "services.*.healthcheck.retries": checked(retries=5),
    "services.*.healthcheck.start_period": checked(start_period="5s"),
    "services.*.healthcheck.start_interval": checked(start_interval="1s"),
    "services.*.healthcheck.disable": checked(disable=True),
    "services.*.depends_on": web(depends_on={"store": {}}),
    "services.*.depends_on.*.condition": depending(condition="service_healthy"),
    "services.*.depends_on.*.restart": depending(restart=True),
    "services.*.networks": Example(
        before={"networks": {"back": {}}}, after={"services": {"web": {"networks": {"back": {}}}}}
    ),
    "services.*.networks.*.aliases": attached(aliases=["www"]),
    "services.*.networks.*.ipv4_address": attached(ipv4_address="172.28.0.9"),
    "services.*.networks.*.ipv6_address": attached(ipv6_address="fd00:28::9"),
    "services.*.networks.*.link_local_ips": attached(link_local_ips=["169.254.8.8"]),
    "services.*.networks.*.mac_address": attached(mac_address="02:42:ac:11:00:02"),
    "services.*.networks.*.driver_opts": attached(driver_opts={"com.example.option": "1"}),
    "services.*.networks.*.gw_priority": attached(gw_priority=1),
    "services.*.networks.*.priority": Example(
        before={
            "networks": {"back": {}},
            "services": {"web": {"networks": {"back": {}}, "mac_address": "02:42:ac:11:00:02"}},
        },
        after={"services": {"web": {"networks": {"edge": {"priority": 1}}}}},
    ),
    "services.*.networks.*.interface_name": attached(interface_name="lan0"),
    "services.*.networks.*.use_service_name_alias": attached(use_service_name_alias=False),
    "services.*.network_mode": Example(
        before={"services": {"lone": {"image": IMAGE}}}, after={"services": {"lone": {"network_mode": "host"}}}
    ),
    "services.*.volumes.*.type": changed(
        {"volumes": [{"type": "volume", "target": "/data"}]}, {"volumes": [{"type": "tmpfs", "target": "/data"}]}
    ),
    "services.*.volumes.*.source": mounted({}, source="data"),
    "services.*.volumes.*.target": web(volumes=[{"target": "/data"}]),
    "services.*.volumes.*.read_only": mounted(_ANY_VOLUME, read_only=True),
    "services.*.volumes.*.bind.propagation": mounted(_ANY_PATH, bind={"propagation": "rshared"}),
    "services.*.volumes.*.bind.create_host_path": mounted(_ANY_PATH, bind={"create_host_path": False}),
    "services.*.volumes.*.bind.selinux": mounted(_ANY_PATH, bind={"selinux": "z"}),
    "services.*.volumes.*.volume.labels": mounted(_ANY_VOLUME, volume={"labels": {"tier": "data"}}),
    "services.*.volumes.*.volume.nocopy": mounted(_ANY_VOLUME, volume={"nocopy": True}),
    "services.*.volumes.*.volume.subpath": mounted(_ANY_VOLUME, volume={"subpath": "part"}),
    "services.*.volumes.*.tmpfs.size": mounted(_MEMORY, tmpfs={"size": 1048576}),
    "services.*.volumes.*.tmpfs.mode": mounted(_MEMORY, tmpfs={"mode": 0o700}),
    "services.*.tmpfs": web(tmpfs=["/tmp:size=16m"]),
    "services.*.secrets.*.source": filed("secrets", source="second"),
    "services.*.secrets.*.target": filed("secrets", target="other"),
    "services.*.secrets.*.uid": filed("secrets", uid=1000),
    "services.*.secrets.*.gid": filed("secrets", gid=1000),
    "services.*.secrets.*.mode": filed("secrets", mode=0o400),
    "services.*.configs.*.source": filed("configs", source="second"),
    "services.*.configs.*.target": filed("configs", target="/etc/other"),
    "services.*.configs.*.uid": filed("configs", uid=1000),
    "services.*.configs.*.gid": filed("configs", gid=1000),
    "services.*.configs.*.mode": filed("configs", mode=0o400),
    "services.*.deploy.mode": web(deploy={"mode": "replicated-job"}),
    "services.*.deploy.replicas": web(deploy={"replicas": 2}),
    "services.*.deploy.resources.limits.cpus": resources(limits={"cpus": 0.5}),
    "services.*.deploy.resources.limits.memory": resources(limits={"memory": 64 << 20}),
    "services.*.deploy.resources.reservations.memory": resources(reservations={"memory": 64 << 20}),
    "services.*.deploy.resources.reservations.devices.*.capabilities": reserved(capabilities=["gpu", "utility"]),
    "services.*.deploy.resources.reservations.devices.*.count": reserved(count=1),
    "services.*.deploy.resources.reservations.devices.*.device_ids": reserved(device_ids=["0"]),
    "services.*.deploy.resources.reservations.devices.*.driver": reserved(driver="nvidia"),
    "services.*.deploy.resources.reservations.devices.*.options": reserved(options={"virtualization": "false"}),
    "services.*.deploy.restart_policy.condition": web(deploy={"restart_policy": {"condition": "any"}}),
    "services.*.deploy.restart_policy.max_attempts": changed(
        {"deploy": {"restart_policy": {"condition": "on-failure"}}}, {"deploy": {"restart_policy": {"max_attempts": 3}}}
    ),
    "services.*.user": web(user="10001:10001"),
    "services.*.read_only": web(read_only=True),
    "services.*.init": web(init=True),
    "services.*.cap_add": web(cap_add=["NET_ADMIN"]),
    "services.*.cap_drop": web(cap_drop=["ALL"]),
    "services.*.restart": web(restart="on-failure:3"),
    "services.*.stop_grace_period": web(stop_grace_period="60s"),
    "services.*.stop_signal": web(stop_signal="SIGQUIT"),
    "services.*.working_dir": web(working_dir="/srv"),
    "services.*.labels": web(labels={"tier": "front"}),
    "services.*.container_name": web(container_name="shop-web"),
    "services.*.hostname": web(hostname="www"),
    "services.*.domainname": web(domainname="example.com"),
    "services.*.links": with_store(links=["store:db"]),
    "services.*.extra_hosts": web(extra_hosts=["host.docker.internal=host-gateway"]),
    "services.*.dns": web(dns=["10.0.0.2"]),
    "services.*.dns_opt": web(dns_opt=["ndots:1"]),
    "services.*.dns_search": web(dns_search=["example.com"]),
    "services.*.logging.driver": web(logging={"driver": "local"}),
    "services.*.logging.options": web(logging={"options": {"max-size": "1m"}}),
    "services.*.platform": web(platform="linux/arm64"),
    "services.*.scale": web(scale=2),
    "services.*.cpus": web(cpus=0.5),
    "services.*.mem_limit": web(mem_limit=64 << 20),
    "services.*.mem_reservation": web(mem_reservation=64 << 20),
    "services.*.memswap_limit": web(memswap_limit=-1),
    "services.*.cpu_shares": web(cpu_shares=512),
    "services.*.cpu_period": web(cpu_period=50_000),
    "services.*.cpu_quota": web(cpu_quota=25_000),
    "services.*.cpuset": web(cpuset="0"),
    "services.*.shm_size": web(shm_size=128 << 20),
    "services.*.ulimits": web(ulimits={"nofile": 1024}),
    "services.*.ulimits.*.soft": changed(
        {"ulimits": {"nofile": {"soft": 1, "hard": 9}}}, {"ulimits": {"nofile": {"soft": 2}}}
    ),
    "services.*.ulimits.*.hard": changed(
        {"ulimits": {"nofile": {"soft": 1, "hard": 9}}}, {"ulimits": {"nofile": {"hard": 8}}}
    ),
    "services.*.sysctls": web(sysctls={"net.core.somaxconn": "1024"}),
    "services.*.blkio_config.device_read_bps.*.path": rate("device_read_bps", path="/dev/sdb"),
    "services.*.blkio_config.device_read_bps.*.rate": rate("device_read_bps", rate=2048),
    "services.*.blkio_config.device_read_iops.*.path": rate("device_read_iops", path="/dev/sdb"),
    "services.*.blkio_config.device_read_iops.*.rate": rate("device_read_iops", rate=2048),
    "services.*.blkio_config.device_write_bps.*.path": rate("device_write_bps", path="/dev/sdb"),
    "services.*.blkio_config.device_write_bps.*.rate": rate("device_write_bps", rate=2048),
    "services.*.blkio_config.device_write_iops.*.path": rate("device_write_iops", path="/dev/sdb"),
    "services.*.blkio_config.device_write_iops.*.rate": rate("device_write_iops", rate=2048),
    "services.*.privileged": web(privileged=True),
    "services.*.security_opt": web(security_opt=["no-new-privileges:false"]),
    "services.*.group_add": web(group_add=["audio"]),
    "services.*.userns_mode": web(userns_mode="host"),
    "services.*.pid": with_store(pid="service:store"),
    "services.*.ipc": with_store({"ipc": "shareable"}, ipc="service:store"),
    "services.*.cgroup": web(cgroup="host"),
    "services.*.cgroup_parent": web(cgroup_parent="/shop"),
    "services.*.runtime": web(runtime="runsc"),
    "services.*.devices.*.source": web(devices=[{"source": "/dev/fuse"}]),
    "services.*.devices.*.target": changed(
        {"devices": [{"source": "/dev/fuse"}]}, {"devices": [{"source": "/dev/fuse", "target": "/dev/other"}]}
    ),
    "services.*.devices.*.permissions": changed(
        {"devices": [{"source": "/dev/fuse"}]}, {"devices": [{"source": "/dev/fuse", "permissions": "r"}]}
    ),
    "services.*.device_cgroup_rules": web(device_cgroup_rules=["c 10:229 rwm"]),
    "services.*.gpus.*.capabilities": web(gpus=[{"capabilities": ["utility"]}]),
    "services.*.gpus.*.count": web(gpus=[{"count": 1}]),
    "services.*.gpus.*.device_ids": web(gpus=[{"device_ids": ["0"]}]),
    "services.*.gpus.*.driver": web(gpus=[{"driver": "nvidia"}]),
    "services.*.gpus.*.options": web(gpus=[{"options": {"virtualization": "false"}}]),
    "services.*.storage_opt": web(storage_opt={"size": "1G"}),
    "services.*.mac_address": web(mac_address="02:42:ac:11:00:02"),
    "services.*.stdin_open": web(stdin_open=True),
    "services.*.tty": web(tty=True),
    "services.*.volumes_from": with_store(volumes_from=["store:ro"]),
    "networks": Example(after={"networks": {"back": {}}}),
    "networks.*.name": network(name="shop-edge"),
    "networks.*.driver": network(driver="macvlan"),
    "networks.*.driver_opts": network(driver_opts={"com.docker.network.bridge.enable_icc": "false"}),
    "networks.*.ipam.driver": network(ipam={"driver": "custom"}),
    "networks.*.ipam.config.*.subnet": network(ipam={"config": [{"subnet": "172.28.0.0/16"}]}),
    "networks.*.ipam.config.*.ip_range": in_subnet(ip_range="172.28.5.0/24"),
    "networks.*.ipam.config.*.gateway": in_subnet(gateway="172.28.5.254"),
    "networks.*.ipam.config.*.aux_addresses": in_subnet(aux_addresses={"printer": "172.28.1.5"}),
    "networks.*.ipam.options": network(ipam={"options": {"foo": "bar"}}),
    "networks.*.external": Example(
        before={"networks": {"edge": {"name": "outside"}}}, after={"networks": {"edge": {"external": True}}}
    ),
    "networks.*.internal": network(internal=True),
    "networks.*.enable_ipv6": network(enable_ipv6=True),
    "networks.*.labels": network(labels={"tier": "front"}),
    "volumes": Example(after={"volumes": {"data": {}}}),
    "volumes.*.name": volume(name="shop-data"),
    "volumes.*.driver": volume(driver="rexray"),
    "volumes.*.driver_opts": volume(driver_opts={"type": "nfs", "device": ":/data", "o": "addr=10.0.0.9"}),
    "volumes.*.external": volume({"name": "outside"}, external=True),
    "volumes.*.labels": volume(labels={"tier": "data"}),
    "secrets": declared("secrets"),
    "secrets.*.environment": valued("secrets", environment=("ONE", "OTHER")),
    "secrets.*.file": valued("secrets", file=(EXAMPLE_FILE, "Makefile")),
    "configs": declared("configs"),
    "configs.*.content": valued("configs", content=("one", "other")),
    "configs.*.environment": valued("configs", environment=("ONE", "OTHER")),
    "configs.*.file": valued("configs", file=(EXAMPLE_FILE, "Makefile")),
}
"""Pattern of a key -> an example of it."""
