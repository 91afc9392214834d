"""What must hold between the parts of a model. Source: compose-go `validation/` and `loader/validate.go`."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from services.compose.canonical import walk
from services.compose.errors import RefusalError
from services.compose.patterns import Rules, rules_of
from services.compose.short_forms import is_ip
from services.compose.values import Path, Value, list_of, mapping_of, sprint, text_of

Check: TypeAlias = Callable[[Value, Path], Value]


def _volume(value: Value, path: Path) -> Value:
    resource = mapping_of(value)
    if resource.get("external") is True:
        for key in resource:
            if key not in ("name", "external") and not key.startswith("x-"):
                raise RefusalError((*path, key), "cannot be set on a volume that is external")
    return value


def _file_object(*sources: str) -> Check:
    def check(value: Value, path: Path) -> Value:
        resource = mapping_of(value)
        given = [source for source in sources if source in resource]
        if len(given) > 1:
            raise RefusalError(path, f"has {' and '.join(given)}: set only one of them")
        if not given and "driver" not in resource and "external" not in resource:
            raise RefusalError(path, f"needs one of {', '.join(sources)}")
        return value

    return check


def _port_address(value: Value, path: Path) -> Value:
    address = mapping_of(value).get("host_ip")
    if address is not None and not (isinstance(address, str) and is_ip(address)):
        raise RefusalError((*path, "host_ip"), f"{sprint(address)!r} is no IP address", address)
    return value


def _device_request(value: Value, path: Path) -> Value:
    if {"count", "device_ids"} <= mapping_of(value).keys():
        raise RefusalError(path, "has both count and device_ids: set only one of them")
    return value


def _not_blank(value: Value, path: Path) -> Value:
    if value == "":
        raise RefusalError(path, "must not be empty")
    return value


_CHECKS: Rules[Check] = rules_of(
    {
        "volumes.*": _volume,
        "configs.*": _file_object("file", "environment", "content"),
        "secrets.*": _file_object("file", "environment"),
        "services.*.ports.*": _port_address,
        "services.*.develop.watch.*.path": _not_blank,
        "services.*.deploy.resources.reservations.devices.*": _device_request,
        "services.*.gpus.*": _device_request,
    }
)


def check_resources(model: dict[str, Value]) -> dict[str, Value]:
    """Judges each resource of a canonical model by itself.

    Raises:
        RefusalError: Two of its keys exclude each other, or one is missing.
    """
    walk(model, _CHECKS)
    return model


def check_project(
    project: Mapping[str, Value], disabled: Mapping[str, Value], disabled_jobs: Mapping[str, Value]
) -> Iterator[RefusalError]:
    """What does not hold in the finished project: everything that is named exists, nothing waits for itself."""
    services, jobs = mapping_of(project.get("services")), mapping_of(project.get("jobs"))
    for name, service in services.items():
        yield from _Service(name, mapping_of(service), project, disabled).check()
    for name in (*jobs, *disabled_jobs):
        if name in services or name in disabled:
            yield RefusalError(("jobs", name), "is also the name of a service")
    for name, job in jobs.items():
        for other, dependency in mapping_of(mapping_of(job).get("depends_on")).items():
            optional = mapping_of(dependency).get("required") is not True and other in disabled
            if other not in jobs and other not in services and not optional:
                path = ("jobs", name, "depends_on", other)
                about = [("jobs", other), ("services", other)]
                yield RefusalError(path, f"there is no service or job {other!r}", about=about)
    for name, secret in mapping_of(project.get("secrets")).items():
        keys = mapping_of(secret)
        if not keys.get("external") and not keys.get("file") and not keys.get("environment"):
            yield RefusalError(("secrets", name), "needs file or environment")
    yield from _cycles(services)


def _cycles(services: Mapping[str, Value]) -> Iterator[RefusalError]:
    done: set[str] = set()
    for start in services:
        waiting: list[tuple[str, Iterator[str]]] = []
        _enter(start, services, waiting, done)
        while waiting:
            _, children = waiting[-1]
            child = next(children, None)
            if child is None:
                done.add(waiting.pop()[0])
                continue
            names = [name for name, _ in waiting]
            if child in names:
                circle = " -> ".join((*names[names.index(child) :], child))
                yield RefusalError(("services", child, "depends_on"), f"the services wait for each other: {circle}")
                continue
            _enter(child, services, waiting, done)


def _enter(name: str, services: Mapping[str, Value], waiting: list[tuple[str, Iterator[str]]], done: set[str]) -> None:
    if name in services and name not in done:
        waiting.append((name, iter(mapping_of(mapping_of(services[name]).get("depends_on")))))


_EMPTY: Mapping[str, str] = {
    "networks": "{}",
    "volumes": "{}",
    "configs": "{file: ./FILE}",
    "secrets": "{file: ./FILE}",
    "models": "{model: NAME}",
}
"""Section of the model -> the least that declares a name in it."""


class _Service:
    """The checks of one enabled service."""

    def __init__(
        self, name: str, service: dict[str, Value], project: Mapping[str, Value], disabled: Mapping[str, Value]
    ) -> None:
        self.path: Path = ("services", name)
        self.service = service
        self.project = project
        self.disabled = disabled
        self.services = mapping_of(project.get("services"))

    def check(self) -> Iterator[RefusalError]:
        if not {"build", "image", "provider"} & self.service.keys():
            yield RefusalError(self.path, "needs image or build")
        yield from self.build()
        yield from self.references()
        yield from self.dependencies()
        yield from self.scale()
        yield from self.limits()
        yield from self.watches()
        yield from self.mounts()

    def refuse(self, text: str, *keys: str | int, about: Path = ()) -> RefusalError:
        return RefusalError((*self.path, *keys), text, about=(about,) if about else ())

    def build(self) -> Iterator[RefusalError]:
        build = mapping_of(self.service.get("build"))
        if build.get("dockerfile") and build.get("dockerfile_inline"):
            yield self.refuse("has dockerfile and dockerfile_inline: set only one of them", "build")
        for name, context in mapping_of(build.get("additional_contexts")).items():
            kind, found, target = text_of(context).partition("service:")
            if not found or kind:
                continue
            other = self.services.get(target, self.disabled.get(target))
            if other is None or "build" not in mapping_of(other):
                yield self.refuse(
                    f"there is no service {target!r} with a build",
                    *("build", "additional_contexts", name),
                    about=("services", target, "build"),
                )
        platforms, platform = list_of(build.get("platforms")), self.service.get("platform")
        if platforms and platform and platform not in platforms:
            yield self.refuse(f"lacks the service's own platform {platform}", "build", "platforms")

    def references(self) -> Iterator[RefusalError]:
        if self.service.get("network_mode") and self.service.get("networks"):
            yield self.refuse("excludes networks: set only one of them", "network_mode")
        for section in ("networks", "models"):
            for name in mapping_of(self.service.get(section)):
                yield from self.known(section, name, section, name)
        for index, mount in enumerate(list_of(self.service.get("volumes"))):
            keys = mapping_of(mount)
            if keys.get("type") == "volume" and keys.get("source"):
                yield from self.known("volumes", text_of(keys["source"]), "volumes", index)
        for section in ("configs", "secrets"):
            for index, mount in enumerate(list_of(self.service.get(section))):
                yield from self.known(section, text_of(mapping_of(mount).get("source")), section, index)
        for index, mount in enumerate(list_of(mapping_of(self.service.get("build")).get("secrets"))):
            yield from self.known("secrets", text_of(mapping_of(mount).get("source")), "build", "secrets", index)

    def known(self, section: str, name: str, *keys: str | int) -> Iterator[RefusalError]:
        if name not in mapping_of(self.project.get(section)):
            remedy = f"declare it there, as in '{section}: {{{name}: {_EMPTY[section]}}}', or name one that is"
            yield self.refuse(
                f"{name!r} is not among the {section} at the top of the file: {remedy}", *keys, about=(section, name)
            )

    def dependencies(self) -> Iterator[RefusalError]:
        tests = list_of(mapping_of(self.service.get("healthcheck")).get("test"))
        if tests and tests[0] not in ("CMD", "CMD-SHELL", "NONE"):
            yield self.refuse("must begin with CMD, CMD-SHELL or NONE", "healthcheck", "test")
        for name, dependency in mapping_of(self.service.get("depends_on")).items():
            if name in self.services or (name in self.disabled and mapping_of(dependency).get("required") is not True):
                continue
            if name in self.disabled:
                profiles = ", ".join(map(sprint, list_of(mapping_of(self.disabled[name]).get("profiles"))))
                reason = f"{name!r} is only there with one of the profiles {profiles}"
            elif name in mapping_of(self.project.get("jobs")):
                reason = f"{name!r} is a job: a service can only depend on services"
            else:
                reason = f"there is no service {name!r}"
            yield self.refuse(reason, "depends_on", name, about=("services", name))
        shared = text_of(self.service.get("network_mode"))
        other = shared.removeprefix("service:")
        if other != shared and other not in self.services:
            yield self.refuse(f"there is no service {other!r}", "network_mode", about=("services", other))

    def scale(self) -> Iterator[RefusalError]:
        deploy = self.service.get("deploy")
        scale = self.service.get("scale")
        if isinstance(deploy, dict) and scale is not None:
            if deploy.get("replicas") not in (None, scale):
                yield self.refuse("differs from deploy.replicas: set only one of them", "scale")
            deploy["replicas"] = scale
        replicas = mapping_of(deploy).get("replicas")
        for keys, count in ((("scale",), scale), (("deploy", "replicas"), replicas)):
            if isinstance(count, int) and count < 0:
                yield self.refuse(f"{count} is less than 0", *keys)
                break
        count = scale if scale is not None else replicas
        if isinstance(count, int) and count > 1 and self.service.get("container_name"):
            yield self.refuse(f"is one name for {count} containers: leave it out", "container_name")

    def limits(self) -> Iterator[RefusalError]:
        resources = mapping_of(mapping_of(self.service.get("deploy")).get("resources"))
        for key, kind, other in (
            ("cpus", "limits", "cpus"),
            ("mem_limit", "limits", "memory"),
            ("mem_reservation", "reservations", "memory"),
            ("pids_limit", "limits", "pids"),
        ):
            value = self.service.get(key)
            if value is not None and kind in resources and mapping_of(resources[kind]).get(other) != value:
                yield self.refuse(
                    f"differs from deploy.resources.{kind}.{other}: set only one of them",
                    key,
                    about=(*self.path, "deploy", "resources", kind, other),
                )

    def watches(self) -> Iterator[RefusalError]:
        for index, watch in enumerate(list_of(mapping_of(self.service.get("develop")).get("watch"))):
            keys = mapping_of(watch)
            if not keys.get("target") and keys.get("action") not in ("rebuild", "restart"):
                yield self.refuse(f"the action {sprint(keys.get('action'))} needs a target", "develop", "watch", index)

    def mounts(self) -> Iterator[RefusalError]:
        targets: set[str] = set()
        tmpfs = [
            ("tmpfs", index, text_of(one).split(":")[0]) for index, one in enumerate(list_of(self.service.get("tmpfs")))
        ]
        volumes = [
            ("volumes", index, text_of(mapping_of(one).get("target")))
            for index, one in enumerate(list_of(self.service.get("volumes")))
        ]
        for key, index, target in (*tmpfs, *volumes):
            if target in targets:
                yield self.refuse(f"{target!r} is mounted twice", key, index)
            targets.add(target)
