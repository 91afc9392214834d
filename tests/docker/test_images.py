"""The images that this repository builds: small, without what a running container has no use for."""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.docker_types.base import repository
from tests.docker.conftest import TestEngine
from tests.dockerfiles import DOCKERFILES, PROJECT, Dockerfile
from tools.docker_engine.stand_ins import BUSYBOX, ensure_stand_ins

pytestmark = pytest.mark.slow


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What an image may be. Sizes are in MB (10^6 bytes)."""

    own_layers_mb: float
    """Upper bound of what its Dockerfile adds to its base."""
    whole_mb: float
    """Upper bound of the whole image, its official base or a stand-in for that included."""
    is_job: bool = False
    """It ends by itself, and so has no HEALTHCHECK; every other image serves, and has one."""
    why_root: str | None = None
    """What its program can do as root alone; every other image names another user."""


LIMITS: Mapping[str, Limits] = {
    "observability/bootstrap/Dockerfile": Limits(own_layers_mb=10, whole_mb=190),
    "services/backend/Dockerfile": Limits(own_layers_mb=40, whole_mb=220),
    "services/frontend/Dockerfile": Limits(own_layers_mb=2, whole_mb=220),
    "services/on_aws/mount_files/Dockerfile": Limits(
        own_layers_mb=0.01, whole_mb=5, is_job=True, why_root="gives files to the user of the task's service"
    ),
}
"""By Dockerfile."""

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


@dataclass(frozen=True, kw_only=True)
class Built:
    """An image that was built, and the engine that holds it."""

    dockerfile: Dockerfile
    engine: TestEngine
    reference: str

    @property
    def limits(self) -> Limits:
        """What it may be."""
        return LIMITS[self.dockerfile.path]

    def docker(self, *arguments: str) -> str:
        """A docker command's standard output."""
        return docker(self.engine, *arguments)

    def inspected(self) -> dict[str, Any]:
        """What the engine tells of it."""
        return json.loads(self.docker("image", "inspect", self.reference))[0]

    def inside(self, script: str) -> list[str]:
        """Lines that a shell says in a fresh container of it, as root and without a stack's limits."""
        options = ("--rm", "--user", "0", "--network", "none", "--entrypoint", "sh")
        return self.docker("run", *options, self.reference, "-c", script).splitlines()


def docker(engine: TestEngine, *arguments: str) -> str:
    done = subprocess.run(
        ["docker", *arguments],
        cwd=PROJECT,
        env={**os.environ, **engine.variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr}"
    return done.stdout


@pytest.fixture(scope="module", params=DOCKERFILES, ids=str)
def image(engine: TestEngine, request: pytest.FixtureRequest) -> Iterator[Built]:
    """Each image, built as a stack builds it."""
    dockerfile: Dockerfile = request.param
    if engine.own is not None:
        ensure_stand_ins(engine.own, [BUSYBOX])
    reference = f"tested-image:{secrets.token_hex(3)}"
    options = ["--load", "--tag", reference, "--file", dockerfile.path]
    for base in dockerfile.bases:
        if stand_in := engine.stand_ins.get(repository(base)):
            options += ["--build-context", f"{base}=docker-image://{stand_in}"]
    docker(engine, "buildx", "build", *options, dockerfile.context)
    yield Built(dockerfile=dockerfile, engine=engine, reference=reference)
    docker(engine, "image", "rm", reference)


def test_the_limits_of_every_image_are_stated() -> None:
    assert set(LIMITS) == {dockerfile.path for dockerfile in DOCKERFILES}


def test_an_image_is_no_larger_than_stated(image: Built) -> None:
    assert image.inspected()["Size"] <= image.limits.whole_mb * 10**6
    shown = image.docker("history", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", image.reference)
    layers = [line.split(" ", 1) for line in shown.splitlines()]
    # Ours are those above the base's own command.
    base = next(index for index, (_, made_by) in enumerate(layers) if made_by.startswith("CMD") and index > 0)
    assert sum(int(size) for size, _ in layers[:base]) <= image.limits.own_layers_mb * 10**6


def test_an_image_has_no_compiler_and_nothing_that_installs(image: Built) -> None:
    names = " ".join({*COMPILERS, *INSTALLERS})
    assert image.inside(f"for name in {names}; do command -v $name; done; true") == []


def test_an_image_holds_no_package_cache(image: Built) -> None:
    assert image.inside(f"for path in {' '.join(CACHES)}; do [ -e $path ] && echo $path; done; true") == []


def test_files_that_run_as_their_owner_are_debian_s_own(image: Built) -> None:
    assert set(image.inside("find / -xdev -perm /6000 -type f")) <= SETUID


def test_an_image_says_what_it_is(image: Built) -> None:
    labels = image.inspected()["Config"]["Labels"]
    assert {f"org.opencontainers.image.{name}" for name in ("title", "description", "base.name")} <= set(labels)


def test_an_image_runs_without_rights_unless_a_reason_is_stated(image: Built) -> None:
    is_root = image.inspected()["Config"]["User"].split(":")[0] in ("", "0", "root")
    assert is_root == (image.limits.why_root is not None)


def test_an_image_that_serves_checks_its_health_and_one_of_a_job_does_not(image: Built) -> None:
    config = image.inspected()["Config"]
    assert bool(config.get("ExposedPorts")) == (not image.limits.is_job)
    check = config.get("Healthcheck")
    assert check is None if image.limits.is_job else check["Test"][0] == "CMD"
