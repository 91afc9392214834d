"""An example of every key that has an effect on AWS."""

from collections.abc import Mapping
from typing import Any, Final

from tests.unit.services.support_examples import IMAGE, Example, Tree, web

_CONTEXT: Final = "services/frontend"


def given(before: dict[str, Any], **keys: Any) -> Example:
    """An example of a key of a service that needs other keys of it."""
    return Example(before={"services": {"web": before}}, after={"services": {"web": keys}})


def build(**keys: Any) -> Example:
    """An example of a key of `build`."""
    return given({"build": {"context": _CONTEXT}}, build=keys)


def healthcheck(**keys: Any) -> Example:
    """An example of a key of `healthcheck`."""
    return given({"healthcheck": {"test": ["CMD", "true"]}}, healthcheck=keys)


def port(**keys: Any) -> Example:
    """An example of a key of a published port."""
    http = {"target": 8080, "app_protocol": "http"}
    return given({"ports": [http]}, ports=[{**http, **keys}])


def deploy(**keys: Any) -> Example:
    """An example of a key of `deploy`."""
    return web(deploy=keys)


def on_aws(**keys: Any) -> Example:
    """An example of a key of `x-aws` on a service that publishes HTTP."""
    return given({"ports": [{"target": 8080, "app_protocol": "http"}]}, **{"x-aws": keys})


def scaling(**keys: Any) -> Example:
    """An example of a key of `x-aws.scaling`."""
    return given({"x-aws": {"scaling": {"max_replicas": 3}}}, **{"x-aws": {"scaling": keys}})


def mounted(kind: str, value: Tree, **keys: Any) -> Example:
    """An example of how a secret or config is mounted."""
    mount = {"source": "app"}
    return Example(
        before={kind: {"app": value}, "services": {"web": {kind: [mount]}}},
        after={"services": {"web": {kind: [{**mount, **keys}]}}},
    )


def volume(**keys: Any) -> Example:
    """An example of a key of a named volume's mount."""
    mount = {"type": "volume", "source": "data", "target": "/data"}
    return Example(
        before={"volumes": {"data": {}, "other": {}}, "services": {"web": {"volumes": [mount]}}},
        after={"services": {"web": {"volumes": [{**mount, **keys}]}}},
    )


def mount(**keys: Any) -> Example:
    """An example of a mount."""
    return web(volumes=[keys])


_SECRET: Final[Tree] = {"environment": "TOKEN"}
_CONFIG: Final[Tree] = {"content": "a"}
_FILES: Final = {"ulimits": {"nofile": {"soft": 1024, "hard": 4096}}}
_SIZE: Final = {"x-aws": {"size": {"cpu_units": 512, "memory_mib": 2048}}}
_TWO_ROUTES: Final[Tree] = {"x-aws": {"route": {"path": "/web/*"}}}

EXAMPLES: Final[Mapping[str, Example]] = {
    "services": Example(after={"services": {"third": {"image": IMAGE, "networks": {"edge": {}}}}}),
    "services.*.image": web(image=f"shop/other:2@sha256:{'1' * 64}"),
    "services.*.build.context": web(build={"context": _CONTEXT}),
    "services.*.build.dockerfile": build(dockerfile="../backend/Dockerfile"),
    "services.*.build.dockerfile_inline": build(dockerfile_inline="FROM scratch"),
    "services.*.build.target": build(target="web"),
    "services.*.build.args": build(args={"A": "1"}),
    "services.*.build.additional_contexts": build(additional_contexts={"shared": "services/backend"}),
    "services.*.build.labels": build(labels={"a": "1"}),
    "services.*.build.network": build(network="none"),
    "services.*.build.platforms": build(platforms=["linux/arm64"]),
    "services.*.build.extra_hosts": build(extra_hosts=["db=10.0.0.1"]),
    "services.*.build.cache_from": build(cache_from=["shop/web:cache"]),
    "services.*.build.cache_to": build(cache_to=["type=inline"]),
    "services.*.build.no_cache": build(no_cache=True),
    "services.*.build.pull": build(pull=True),
    "services.*.build.secrets.*.source": Example(
        before={"secrets": {"app": _SECRET}, "services": {"web": {"build": {"context": _CONTEXT}}}},
        after={"services": {"web": {"build": {"secrets": [{"source": "app"}]}}}},
    ),
    "services.*.build.secrets.*.target": Example(
        before={
            "secrets": {"app": _SECRET},
            "services": {"web": {"build": {"context": _CONTEXT, "secrets": [{"source": "app"}]}}},
        },
        after={"services": {"web": {"build": {"secrets": [{"source": "app", "target": "id"}]}}}},
    ),
    "services.*.build.ssh": build(ssh=["default"]),
    "services.*.entrypoint": web(entrypoint=["/serve"]),
    "services.*.command": web(command=["serve"]),
    "services.*.environment": web(environment={"A": "1"}),
    "services.*.ports.*.target": port(target=8081),
    "services.*.ports.*.published": given(
        {"x-aws": {"expose": "internal"}, "ports": [{"target": 5000}]}, ports=[{"target": 5000, "published": 5001}]
    ),
    "services.*.ports.*.protocol": given(
        {"x-aws": {"expose": "internal"}, "ports": [{"target": 5000}], "expose": ["5001"]},
        ports=[{"target": 5000, "protocol": "udp"}],
    ),
    "services.*.ports.*.app_protocol": port(app_protocol="grpc"),
    "services.*.ports.*.host_ip": port(host_ip="127.0.0.1"),
    "services.*.expose.*.first": web(expose=["9000"]),
    "services.*.expose.*.last": given({"expose": ["9000"]}, expose=["9000-9001"]),
    "services.*.expose.*.protocol": given({"expose": ["9000"]}, expose=["9000/udp"]),
    "services.*.healthcheck.test": web(healthcheck={"test": ["CMD", "true"]}),
    "services.*.healthcheck.interval": healthcheck(interval="10s"),
    "services.*.healthcheck.timeout": healthcheck(timeout="10s"),
    "services.*.healthcheck.retries": healthcheck(retries=5),
    "services.*.healthcheck.start_period": healthcheck(start_period="10s"),
    "services.*.healthcheck.disable": healthcheck(disable=True),
    "services.*.depends_on": web(depends_on={"store": {}}),
    "services.*.depends_on.*.condition": given(
        {"depends_on": {"store": {}}}, depends_on={"store": {"condition": "service_completed_successfully"}}
    ),
    "services.*.networks": Example(
        before={"networks": {"other": {}}}, after={"services": {"web": {"networks": {"other": {}}}}}
    ),
    "services.*.networks.*.aliases": web(networks={"edge": {"aliases": ["www"]}}),
    "services.*.volumes.*.type": mount(type="tmpfs", target="/scratch"),
    "services.*.volumes.*.source": volume(source="other"),
    "services.*.volumes.*.target": volume(target="/elsewhere"),
    "services.*.volumes.*.read_only": volume(read_only=True),
    "services.*.volumes.*.tmpfs.mode": given(
        {"volumes": [{"type": "tmpfs", "target": "/scratch"}]},
        volumes=[{"type": "tmpfs", "target": "/scratch", "tmpfs": {"mode": 0o700}}],
    ),
    "services.*.tmpfs": web(tmpfs=["/tmp"]),
    "services.*.secrets.*.source": Example(
        before={"secrets": {"app": _SECRET}}, after={"services": {"web": {"secrets": [{"source": "app"}]}}}
    ),
    "services.*.secrets.*.target": mounted("secrets", _SECRET, target="token"),
    "services.*.secrets.*.uid": mounted("secrets", _SECRET, uid=7),
    "services.*.secrets.*.gid": mounted("secrets", _SECRET, gid=7),
    "services.*.secrets.*.mode": mounted("secrets", _SECRET, mode="0400"),
    "services.*.configs.*.source": Example(
        before={"configs": {"app": _CONFIG}}, after={"services": {"web": {"configs": [{"source": "app"}]}}}
    ),
    "services.*.configs.*.target": mounted("configs", _CONFIG, target="/etc/app.conf"),
    "services.*.configs.*.uid": mounted("configs", _CONFIG, uid=7),
    "services.*.configs.*.gid": mounted("configs", _CONFIG, gid=7),
    "services.*.configs.*.mode": mounted("configs", _CONFIG, mode="0400"),
    "services.*.deploy.mode": deploy(mode="replicated-job"),
    "services.*.deploy.replicas": deploy(replicas=2),
    "services.*.deploy.labels": deploy(labels={"team": "shop"}),
    "services.*.deploy.resources.limits.cpus": deploy(resources={"limits": {"cpus": 2}}),
    "services.*.deploy.resources.limits.memory": deploy(resources={"limits": {"memory": "1g"}}),
    "services.*.deploy.resources.reservations.cpus": deploy(resources={"reservations": {"cpus": 2}}),
    "services.*.deploy.resources.reservations.memory": deploy(resources={"reservations": {"memory": "1g"}}),
    "services.*.deploy.update_config.order": deploy(update_config={"order": "stop-first"}),
    "services.*.deploy.update_config.failure_action": deploy(update_config={"failure_action": "pause"}),
    "services.*.deploy.placement.constraints": deploy(placement={"constraints": ["node.platform.arch==arm64"]}),
    "services.*.user": web(user="7:7"),
    "services.*.read_only": web(read_only=True),
    "services.*.init": web(init=True),
    "services.*.cap_add": web(cap_add=["SYS_PTRACE"]),
    "services.*.cap_drop": web(cap_drop=["ALL"]),
    "services.*.stop_grace_period": web(stop_grace_period="30s"),
    "services.*.working_dir": web(working_dir="/srv"),
    "services.*.labels": web(labels={"a": "1"}),
    "services.*.container_name": web(container_name="www"),
    "services.*.links": web(links=["store:shelf"]),
    "services.*.logging.options": web(logging={"options": {"mode": "non-blocking"}}),
    "services.*.platform": web(platform="linux/arm64"),
    "services.*.scale": web(scale=2),
    "services.*.cpus": web(cpus=2),
    "services.*.mem_limit": web(mem_limit="1g"),
    "services.*.mem_reservation": web(mem_reservation="1g"),
    "services.*.ulimits.*.soft": given(_FILES, ulimits={"nofile": {"soft": 2048}}),
    "services.*.ulimits.*.hard": given(_FILES, ulimits={"nofile": {"hard": 8192}}),
    "services.*.ulimits": web(ulimits={"nofile": 1024}),
    "services.*.sysctls": web(sysctls={"net.core.somaxconn": "1024"}),
    "services.*.storage_opt": web(storage_opt={"size": "30g"}),
    "services.*.stdin_open": web(stdin_open=True),
    "services.*.tty": web(tty=True),
    "services.*.x-aws.managed": given(
        {
            "image": f"postgres:17@sha256:{'0' * 64}",
            "environment": {"POSTGRES_PASSWORD": "long-enough"},
            "tmpfs": ["/var/lib/postgresql"],
        },
        **{"x-aws": {"managed": "rds"}},
    ),
    "services.*.x-aws.expose": on_aws(expose="internal"),
    "services.*.x-aws.route.host": on_aws(route={"host": "shop.example.com"}),
    "services.*.x-aws.route.path": on_aws(route={"path": "/shop/*"}),
    "services.*.x-aws.route.health_path": on_aws(route={"health_path": "/healthz"}),
    "services.*.x-aws.scaling.max_replicas": scaling(max_replicas=4),
    "services.*.x-aws.scaling.cpu_percent": scaling(cpu_percent=50),
    "services.*.x-aws.scaling.memory_percent": scaling(memory_percent=50),
    "services.*.x-aws.size.cpu_units": given(_SIZE, **{"x-aws": {"size": {"cpu_units": 1024}}}),
    "services.*.x-aws.size.memory_mib": given(_SIZE, **{"x-aws": {"size": {"memory_mib": 4096}}}),
    "services.*.x-aws.environment": web(**{"x-aws": {"environment": {"A": "1"}}}),
    "services.*.x-aws.endpoints": web(**{"x-aws": {"endpoints": {"STORE": "store"}}}),
    "networks": Example(after={"networks": {"other": {}}}),
    "networks.*.internal": Example(after={"networks": {"edge": {"internal": True}}}),
    "volumes": Example(
        after={"volumes": {"data": {}}, "services": {"web": {"volumes": [{"source": "data", "target": "/data"}]}}}
    ),
    "secrets": Example(after={"secrets": {"app": _SECRET}, "services": {"web": {"secrets": [{"source": "app"}]}}}),
    "secrets.*.environment": Example(
        before={"secrets": {"app": _SECRET}, "services": {"web": {"secrets": [{"source": "app"}]}}},
        after={"secrets": {"app": {"environment": "OTHER"}}},
    ),
    "secrets.*.file": Example(
        before={"secrets": {"app": {"file": "Makefile"}}, "services": {"web": {"secrets": [{"source": "app"}]}}},
        after={"secrets": {"app": {"file": "Pulumi.yaml"}}},
    ),
    "configs": Example(after={"configs": {"app": _CONFIG}, "services": {"web": {"configs": [{"source": "app"}]}}}),
    "configs.*.content": Example(
        before={"configs": {"app": _CONFIG}, "services": {"web": {"configs": [{"source": "app"}]}}},
        after={"configs": {"app": {"content": "b"}}},
    ),
    "configs.*.file": Example(
        before={"configs": {"app": {"file": "Makefile"}}, "services": {"web": {"configs": [{"source": "app"}]}}},
        after={"configs": {"app": {"file": "Pulumi.yaml"}}},
    ),
}
"""Pattern of a key -> an example of it."""
