"""Compose files from hypothesis: mostly valid, now and then not, in one file or two that merge."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

VARIABLES = {"SET": "value", "EMPTY": "", "NUMBER": "3", "YES": "yes"}


class Raw(str):
    """Text that is written without quotes."""

    __slots__ = ()


@dataclass(frozen=True)
class Tagged:
    """A value under `!reset` or `!override`."""

    tag: str
    value: Any


def emit(value: Any, indent: int = 0) -> str:
    """Block style, so that lines and columns mean something; JSON's quotes are YAML's too."""
    pad = "  " * indent
    if isinstance(value, Tagged):
        return f" {value.tag}{emit(value.value, indent)}"
    if isinstance(value, Raw):
        return f" {value}\n"
    if isinstance(value, Mapping) and value:
        entries = cast("Mapping[str, Any]", value).items()
        return "\n" + "".join(f"{pad}{_key(key)}:{emit(entry, indent + 1)}" for key, entry in entries)
    if isinstance(value, list) and value:
        return "\n" + "".join(f"{pad}-{emit(entry, indent + 1)}" for entry in cast("list[Any]", value))
    return f" {json.dumps(value)}\n"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[a-z][a-z_]*", key) and key not in ("null", "true", "false") else json.dumps(key)


Strategy = st.SearchStrategy[Any]


def fields(required: dict[str, Any], *, optional: dict[str, Any] | None = None) -> Strategy:
    """Mappings with these keys, and with any of the optional ones."""
    return st.fixed_dictionaries(required, optional=optional or {})


words: Strategy = st.sampled_from(
    (
        *(
            "x",
            "a b",
            "",
            "${SET}",
            "$SET-${UNSET:-d}",
            "${EMPTY:-e}",
            "${EMPTY-e}",
            "${SET:+p}${UNSET+q}",
            "$$x",
            "a=b",
        ),
        *("A", "${NUMBER}", "${UNSET:-${SET}}", "./p", "/q", "~", "yes", "1", "0.5", "#", "a: b", "- a", "${SET?m}"),
    )
)
raw: Strategy = st.sampled_from(
    tuple(
        Raw(text)
        for text in (
            *(
                "010",
                "0o17",
                "1e3",
                "1:30",
                "on",
                "off",
                "yes",
                "true",
                "True",
                "~",
                "null",
                "0x1F",
                "1_000",
                "-0",
                "08",
            ),
            *("1.50", ".5", "2001-01-02", "1.", "+1", "x", "!!str 5", "1e6", "'single'", "!custom 3"),
        )
    )
)
scalars: Strategy = st.one_of(words, st.integers(-5, 99999), st.booleans(), st.floats(0, 9, width=16), st.none(), raw)
junk: Strategy = st.one_of(
    scalars,
    st.lists(scalars, max_size=2),
    st.dictionaries(st.sampled_from(("a", "image", "x-a", "", "source", "target")), scalars, max_size=2),
)
names: Strategy = st.sampled_from(("A", "B", "SET", "a.b", "k-1", "UNSET"))
pairs = names.flatmap(lambda name: st.one_of(st.just(name), words.map(lambda word: f"{name}={word}")))
list_or_dict: Strategy = st.one_of(st.lists(pairs, max_size=4), st.dictionaries(names, scalars, max_size=3))
booleans: Strategy = st.one_of(
    st.booleans(), st.sampled_from(("yes", "no", "true", "off", "${YES}", "TRUE", Raw("on")))
)
integers: Strategy = st.one_of(st.integers(0, 70), st.sampled_from(("5", "${NUMBER}", Raw("0x10"), Raw("007"))))
sizes: Strategy = st.one_of(
    st.integers(0, 10**9),
    st.sampled_from((*("64m", "1.5g", "1gb", "0", "12 k", "5KiB", "1b", "-1", "${NUMBER}m") * 3, "x")),
)
durations: Strategy = st.sampled_from(
    (*("1s", "1m30s", "1.5h", "100ms", "0s", "2d", "1us", "1w1d", "90s", "${NUMBER}s") * 4, "5", "")
)
strings: Strategy = st.lists(words, max_size=3, unique=True)
services: Strategy = st.sampled_from(("a", "b", "c"))
networks: Strategy = st.sampled_from(("n", "m", "default"))
volumes: Strategy = st.sampled_from(("v", "w"))
targets: Strategy = st.sampled_from(("/a", "/b/", "/c//d", "e"))
ports: Strategy = st.one_of(
    st.integers(1, 65535),
    st.sampled_from(
        (
            *("80", "80:80", "8000-8002:80-82", "127.0.0.1:81:81/udp", "9000-9010:90", "[::1]:82:82", "83/tcp") * 3,
            *("x", "1-0:3"),
        )
    ),
    fields(
        {"target": st.sampled_from((80, "81", "${NUMBER}"))},
        optional={
            "published": st.sampled_from((80, "8080", "1-5")),
            "protocol": st.sampled_from(("tcp", "udp")),
            "host_ip": st.sampled_from(("127.0.0.1", "::1", "10.0.0.1", "h")),
            "mode": st.just("host"),
            "name": words,
            "x-port": scalars,
        },
    ),
)
mounts: Strategy = st.one_of(
    st.tuples(volumes, targets, st.sampled_from(("", ":ro", ":nocopy", ":z,ro"))).map(lambda t: f"{t[0]}:{t[1]}{t[2]}"),
    st.tuples(st.sampled_from((".", "./p", "../q", "/r", "~/s")), targets).map(":".join),
    targets,
    fields(
        {"type": st.sampled_from(("bind", "volume", "tmpfs")), "target": targets},
        optional={
            "source": st.sampled_from(("v", "./p", "/q")),
            "read_only": booleans,
            "bind": fields({}, optional={"create_host_path": booleans, "selinux": st.just("z")}),
            "volume": fields({}, optional={"nocopy": booleans, "labels": list_or_dict}),
            "tmpfs": fields({}, optional={"size": sizes, "mode": st.integers(0, 511)}),
        },
    ),
)
files: Strategy = st.one_of(
    st.just("s"),
    fields(
        {"source": st.just("s")},
        optional={"target": targets, "mode": st.one_of(st.integers(0, 511), st.just("0440")), "uid": words},
    ),
)
others: Strategy = st.sampled_from(("d", "e", "d", "e", "b"))
depends_on: Strategy = st.one_of(
    st.lists(others, max_size=2, unique=True),
    st.dictionaries(
        others,
        fields(
            {"condition": st.sampled_from(("service_started", "service_healthy", "service_completed_successfully"))},
            optional={"required": st.booleans(), "restart": booleans},
        ),
        max_size=2,
    ),
)
updates: Strategy = fields(
    {},
    optional={"parallelism": integers, "delay": durations, "max_failure_ratio": st.sampled_from((0, 0.3, "0.5"))},
)
devices: Strategy = fields(
    {"capabilities": st.just(["gpu"])}, optional={"count": st.sampled_from((1, "all", "2")), "driver": words}
)
deploy: Strategy = fields(
    {},
    optional={
        "replicas": integers,
        "labels": list_or_dict,
        "mode": words,
        "update_config": updates,
        "rollback_config": updates,
        "resources": fields(
            {},
            optional={
                "limits": fields(
                    {}, optional={"cpus": st.sampled_from(("0.5", 1, 0.1)), "memory": st.just("64m"), "pids": integers}
                ),
                "reservations": fields(
                    {}, optional={"memory": st.just("1m"), "devices": st.lists(devices, max_size=2)}
                ),
            },
        ),
        "restart_policy": fields({}, optional={"delay": durations, "max_attempts": integers}),
        "placement": fields({}, optional={"constraints": strings, "max_replicas_per_node": integers}),
    },
)
commands: Strategy = st.one_of(
    st.sampled_from(("", "a b", "sh -c 'x y'", "a | b", 'a "b', "echo $$(date)", "a\\ b", "x > y")), strings, st.none()
)
build: Strategy = st.one_of(
    st.sampled_from((".", "./dir", "https://github.com/a/b.git")),
    fields(
        {},
        optional={
            "context": st.sampled_from((".", "../up", "git@github.com:a/b")),
            "dockerfile": words,
            "args": list_or_dict,
            "labels": list_or_dict,
            "no_cache": booleans,
            "cache_from": strings,
            "additional_contexts": st.dictionaries(names, words, max_size=2),
            "provenance": st.one_of(st.booleans(), words),
            "tags": strings,
            "shm_size": sizes,
            "secrets": st.lists(files, max_size=2),
            "extra_hosts": st.sampled_from((["a=1.1.1.1"], {"b": "::1"}, {"c": ["1.1.1.1", "[::2]"]})),
            "target": words,
        },
    ),
)
limits: Strategy = st.one_of(integers, fields({"soft": integers, "hard": integers}))
hooks: Strategy = st.lists(fields({"command": commands}, optional={"environment": list_or_dict}), max_size=2)
network_settings: Strategy = st.one_of(
    st.none(),
    fields({}, optional={"aliases": strings, "priority": st.integers(0, 9), "ipv4_address": words}),
)
SIZES = ("mem_limit", "shm_size")
"""Where compose-go drops a fraction without a word, and we refuse it."""
SERVICE: dict[str, Strategy] = {
    "annotations": list_or_dict,
    "attach": booleans,
    "build": build,
    "cap_add": strings,
    "command": commands,
    "configs": st.lists(files, max_size=2),
    "container_name": st.sampled_from(("name", "n.1")),
    "cpu_shares": integers,
    "cpus": st.sampled_from((0.5, "1.5", 2, "${NUMBER}", 0.1)),
    "depends_on": depends_on,
    "deploy": deploy,
    "devices": st.lists(
        st.sampled_from(("/dev/a", "/dev/a:/dev/b:r", {"source": "/dev/c", "target": "/dev/d"})), max_size=2
    ),
    "dns": st.one_of(st.just("1.1.1.1"), st.just(["1.1.1.1", ""])),
    "entrypoint": commands,
    "env_file": st.sampled_from((["base.env"], "base.env", [{"path": "no.env", "required": False}])),
    "environment": list_or_dict,
    "expose": st.lists(st.sampled_from(("80", 81, "90-91")), max_size=2, unique=True),
    "extends": st.sampled_from(("d", {"service": "d"}, "e", "a")),
    "extra_hosts": st.sampled_from((["a:1.1.1.1", "b=::1"], {"c": "1.1.1.1"})),
    "group_add": st.lists(st.sampled_from(("mail", 1000)), max_size=2, unique=True),
    "healthcheck": fields(
        {},
        optional={
            "test": st.sampled_from(("true", ["CMD", "a"], ["CMD-SHELL", "b"], ["NONE"], [])),
            "interval": durations,
            "retries": integers,
            "start_period": durations,
            "disable": booleans,
        },
    ),
    "hostname": words,
    "image": words,
    "init": booleans,
    "labels": list_or_dict,
    "logging": fields({}, optional={"driver": words, "options": st.dictionaries(names, scalars)}),
    "mem_limit": sizes,
    "network_mode": st.sampled_from(("host", "none", "service:d")),
    "networks": st.one_of(
        st.lists(networks, max_size=2, unique=True), st.dictionaries(networks, network_settings, max_size=2)
    ),
    "pids_limit": integers,
    "ports": st.lists(ports, max_size=3),
    "post_start": hooks,
    "pre_stop": hooks,
    "privileged": booleans,
    "profiles": st.sampled_from(([], ["p"], ["q"], ["p", "q"])),
    "pull_policy": st.sampled_from(("always", "if_not_present", "daily", "every_5m")),
    "read_only": booleans,
    "restart": words,
    "scale": integers,
    "secrets": st.lists(files, max_size=2),
    "shm_size": sizes,
    "stop_grace_period": durations,
    "sysctls": list_or_dict,
    "tmpfs": st.one_of(targets, st.lists(targets, max_size=2)),
    "ulimits": st.dictionaries(st.sampled_from(("nofile", "nproc", "Big")), limits, max_size=2),
    "umask": st.sampled_from((Raw("022"), "0022", 18)),
    "user": words,
    "volumes": st.lists(mounts, max_size=3),
    "working_dir": words,
    "x-own": junk,
}
resource: Strategy = st.one_of(
    st.none(),
    fields(
        {},
        optional={
            "name": words,
            "driver": st.sampled_from(("local", "d")),
            "labels": list_or_dict,
            "driver_opts": st.dictionaries(names, st.one_of(words, st.integers(0, 9)), max_size=2),
            "x-own": junk,
        },
    ),
    st.just({"external": True}),
)


@st.composite
def service(draw: st.DrawFn, *, override: bool) -> Any:
    """One service: an image or a build, some keys, and sometimes a key that is wrong."""
    keys = draw(st.lists(st.sampled_from(tuple(SERVICE)), max_size=6, unique=True))
    made = {key: draw(SERVICE[key]) for key in keys}
    if not override and "build" not in made:
        made.setdefault("image", "x")
    fault = draw(st.integers(0, 29))
    if fault == 13 and keys and keys[0] not in SIZES:
        made[keys[0]] = draw(junk)
    if fault == 17:
        made[draw(st.sampled_from(("imag", "port", "x")))] = draw(junk)
    if override and keys and fault > 20:
        made[keys[-1]] = Tagged("!reset" if fault < 25 else "!override", made[keys[-1]])
    return made


base: Strategy = fields(
    {"image": words},
    optional={
        key: SERVICE[key]
        for key in ("environment", "labels", "ports", "volumes", "command", "deploy", "ulimits", "tmpfs")
    },
)


@st.composite
def compose_file(draw: st.DrawFn, *, override: bool = False) -> str:
    """A whole file as text."""
    model: dict[str, Any] = {"services": draw(st.dictionaries(services, service(override=override), min_size=1))}
    if not override:
        model["services"] = {name: model["services"].get(name, {"image": "x"}) for name in ("a", "b", "c")}
        model["services"] |= {"d": draw(base), "e": {"image": "y", "extends": "d", "labels": ["from=e"]}}
        model |= {"volumes": {"v": None, "w": {}}, "networks": {"n": None, "m": {}}}
        model |= {"secrets": {"s": {"file": "./s"}}, "configs": {"s": {"file": "./s"}}}
    for section, choice in (("volumes", volumes), ("networks", networks)):
        if draw(st.integers(0, 3)) == 2:
            model.setdefault(section, {})[draw(choice)] = draw(resource)
    if draw(st.integers(0, 5)) == 3:
        model["name"] = draw(words)
    if draw(st.integers(0, 60)) == 43:
        model[draw(st.sampled_from(("service", "x-top", "version", "name")))] = draw(junk)
    return emit(model).lstrip("\n")


groups: Strategy = st.one_of(
    compose_file().map(lambda text: (text,)),
    st.tuples(compose_file(), compose_file(override=True)),
)
"""The texts of one file, or of a file and its override."""


def collected(examples: int) -> list[tuple[str, ...]]:
    """What so many examples draw from `groups`."""
    made: list[tuple[str, ...]] = []

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(groups)
    def collect(texts: tuple[str, ...]) -> None:
        made.append(texts)

    collect()
    return made


if __name__ == "__main__":
    json.dump(collected(int(sys.argv[1])), sys.stdout)
