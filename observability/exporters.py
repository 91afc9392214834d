"""Programs that tell Prometheus of what has no metrics of its own."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from observability import files, producers
from observability.description import Description, Part, Target, WatchedService
from observability.elasticsearch.roles import METRICS_MONITOR
from observability.elasticsearch.service import URL
from observability.engine import DONE, INSIDE, Engine, refused, with_passwords
from observability.images import IMAGES
from observability.parts import BOOTSTRAP_ELASTICSEARCH, exporter_name
from observability.prometheus.services import NOBODY, SECURED
from observability.settings import DockerSettings
from services.model import Application
from services.on_docker.values import SERVICE_LABEL

_MACHINE: Final = "/rootfs"
"""Where cAdvisor looks for the machine's files."""


def engines(description: Description, docker: DockerSettings, application: Application) -> Mapping[str, Engine]:
    """The exporters of what the stack has, by their services' names."""
    found = {producers.NODE: _node()}
    if description.target is Target.DOCKER:
        found[producers.CADVISOR] = _cadvisor(docker)
    if Part.LOGS in description.parts:
        found[producers.ELASTICSEARCH] = _elasticsearch()
    for service in description.services:
        if service.login is not None:
            found[exporter_name(service.name)] = _postgres(service, application)
    return found


def _node() -> Engine:
    return Engine(
        image=IMAGES[producers.NODE].reference,
        memory_mib=64,
        command=("--path.rootfs=/host", "--log.format=json", SECURED),
        secrets=(files.WEB_CONFIG,),
        certificate=files.FOLDER,
        port=9100,
        health=refused("localhost:9100/"),
        binds={"/": "/host"},
        user=NOBODY,
        # Processes, and mounts by the path of process 1, are the machine's.
        pid="host",
    )


def _cadvisor(docker: DockerSettings) -> Engine:
    """It is told of containers by the engine, whose socket is as good as root: nobody but Prometheus reaches it.

    An engine that keeps its images in containerd leaves a container's root to be asked for there.
    """
    return Engine(
        image=IMAGES[producers.CADVISOR].reference,
        memory_mib=256,
        command=(
            "--docker_only=true",
            "--housekeeping_interval=15s",
            "--store_container_labels=false",
            f"--whitelisted_container_labels={SERVICE_LABEL}",
            f"--containerd={_MACHINE}/run/containerd/containerd.sock",
        ),
        port=8080,
        health="wget -q -O /dev/null http://localhost:8080/healthz",
        binds={
            "/": _MACHINE,
            "/sys": "/sys",
            docker.socket: "/var/run/docker.sock",
            # Under the name that the engine tells it.
            docker.data_root: docker.data_root,
        },
    )


def _elasticsearch() -> Engine:
    return Engine(
        image=IMAGES[producers.ELASTICSEARCH].reference,
        memory_mib=64,
        entrypoint=("/bin/sh", "-c"),
        command=with_passwords(
            {"ES_PASSWORD": METRICS_MONITOR.password},
            f"/bin/elasticsearch_exporter --es.uri={URL} --es.ca={files.path(files.AUTHORITY)} --es.all"
            f" --log.format=json {SECURED}",
        ),
        environment={"ES_USERNAME": METRICS_MONITOR.name},
        secrets=(files.WEB_CONFIG, METRICS_MONITOR.password),
        certificate=files.FOLDER,
        port=9114,
        health=refused("localhost:9114/"),
        depends_on={BOOTSTRAP_ELASTICSEARCH: DONE},
        user=NOBODY,
    )


def _postgres(service: WatchedService, application: Application) -> Engine:
    assert service.login is not None
    return Engine(
        image=IMAGES[producers.POSTGRES].reference,
        memory_mib=64,
        command=("--log.format=json", SECURED),
        environment={
            # The network to the container is the application's own; the official image speaks no TLS.
            "DATA_SOURCE_URI": f"{service.name}:{service.port}/{service.login.database}?sslmode=disable",
            "DATA_SOURCE_USER": service.login.user,
            "DATA_SOURCE_PASS_FILE": files.path(service.login.password),
        },
        secrets=(files.WEB_CONFIG, service.login.password),
        certificate=files.FOLDER,
        port=9187,
        networks=(INSIDE, *application.services[service.name].networks),
        health=refused("localhost:9187/"),
        starts_within=timedelta(seconds=30),
        user=NOBODY,
    )
