"""The images that the dev stack builds: small, without what a running container has no use for."""

import json

import pytest

from tests.docker.conftest import Stack

pytestmark = pytest.mark.slow

OWN_LAYERS_MB = {"backend": 40, "frontend": 2}
"""Service -> upper bound of what its Dockerfile adds to its base, in MB (10^6 bytes)."""

WHOLE_MB = {"backend": 220, "frontend": 220}
"""Service -> upper bound of the whole image, its official base or a stand-in for that included."""

SETUID = {
    "/usr/bin/chage",
    "/usr/bin/chfn",
    "/usr/bin/chsh",
    "/usr/bin/expiry",
    "/usr/bin/gpasswd",
    "/usr/bin/mount",
    "/usr/bin/newgrp",
    "/usr/bin/passwd",
    "/usr/bin/su",
    "/usr/bin/umount",
    "/usr/sbin/unix_chkpwd",
    "/usr/lib/openssh/ssh-keysign",
}
"""Debian's own, which every official base brings; `no-new-privileges` and the dropped capabilities make them idle."""

COMPILERS = ("cc", "gcc", "g++", "clang", "make", "ld", "as", "go", "rustc", "node", "npm", "npx")
INSTALLERS = ("pip", "pip3", "uv", "npm", "npx", "yarn")
CACHES = ("/root/.cache", "/root/.npm", "/var/cache/apt/archives/*.deb", "/var/lib/apt/lists/*_Packages*", "/tmp/*")

services = pytest.mark.parametrize("service", ["backend", "frontend"])


def image(stack: Stack, service: str) -> str:
    return str(stack.project.inspect(f"{service}-1")["Image"])


def inside(stack: Stack, service: str, script: str) -> list[str]:
    """Lines that a shell says in a fresh container of the image, as root and without the stack's limits."""
    options = ("--rm", "--user", "0", "--network", "none", "--entrypoint", "sh")
    return stack.project.docker("run", *options, image(stack, service), "-c", script).splitlines()


@services
def test_an_image_is_no_larger_than_stated(stack: Stack, service: str) -> None:
    found = json.loads(stack.project.docker("image", "inspect", image(stack, service)))[0]
    assert found["Size"] <= WHOLE_MB[service] * 10**6
    shown = stack.project.docker("history", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", found["Id"])
    layers = [line.split(" ", 1) for line in shown.splitlines()]
    # Ours are those above the base's own command.
    base = next(index for index, (_, made_by) in enumerate(layers) if made_by.startswith("CMD") and index > 0)
    assert sum(int(size) for size, _ in layers[:base]) <= OWN_LAYERS_MB[service] * 10**6


@services
def test_an_image_has_no_compiler_and_nothing_that_installs(stack: Stack, service: str) -> None:
    names = " ".join({*COMPILERS, *INSTALLERS})
    found = inside(stack, service, f"for name in {names}; do command -v $name; done; true")
    assert found == []


@services
def test_an_image_holds_no_package_cache(stack: Stack, service: str) -> None:
    found = inside(stack, service, f"for path in {' '.join(CACHES)}; do [ -e $path ] && echo $path; done; true")
    assert found == []


@services
def test_files_that_run_as_their_owner_are_debian_s_own(stack: Stack, service: str) -> None:
    found = inside(stack, service, "find / -xdev -perm /6000 -type f")
    assert set(found) <= SETUID


@services
def test_an_image_says_what_it_is_and_runs_without_rights(stack: Stack, service: str) -> None:
    config = json.loads(stack.project.docker("image", "inspect", image(stack, service)))[0]["Config"]
    assert config["User"].split(":")[0] not in ("", "0", "root")
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert {"org.opencontainers.image.title", "org.opencontainers.image.description"} <= set(config["Labels"])
