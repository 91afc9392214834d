"""The image chain: its workflow is pinned, least privileged and well-formed; its exceptions expire."""

import datetime
import fcntl
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from observability.description import EVERY_PART
from observability.engines import engines
from observability.receivers import Receivers
from observability.settings import ObservabilitySettings
from services.application import built_in

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
IMAGES = ROOT / ".github/workflows/images.yml"
EXCEPTIONS = ROOT / ".github/trivy-exceptions.yaml"
LONGEST_EXCEPTION = datetime.timedelta(days=90)
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")
VULNERABILITY = re.compile(r"^(CVE-\d{4}-\d{4,}|GHSA(-[0-9a-z]{4}){3})$")
PIN_TOOL = ROOT / "tools/pin_images.py"
DIGEST = "sha256:" + "a" * 64


def load(path: Path) -> dict[Any, Any]:
    return cast("dict[Any, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in load(path)["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_foreign_actions_are_pinned_by_a_whole_commit_with_its_version_beside(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert used
    assert [action for action in used if not PINNED.match(action)] == []
    versions: dict[str, set[str]] = {}
    for action, version in re.findall(r"uses: (\S+) # (v[\d.]+)\n", path.read_text(encoding="utf-8")):
        versions.setdefault(action, set()).add(version)
    assert set(versions) == set(used)
    assert all(len(found) == 1 for found in versions.values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_job_has_rights_that_it_does_not_name_or_an_endless_time(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert "write-all" not in str(job["permissions"])
        assert 0 < job["timeout-minutes"] <= 60


def test_nothing_that_others_write_is_pasted_into_a_script() -> None:
    for step in steps(IMAGES):
        assert "${{" not in step.get("run", ""), step.get("name")


def position(name: str) -> int:
    return next(index for index, step in enumerate(steps(IMAGES)) if name in step.get("name", ""))


def test_an_image_is_scanned_before_it_is_pushed_and_attested_after() -> None:
    order = ["Build", "List of contents", "Gate", "Role", "Push", "Proof of origin", "Keep the digest"]
    assert [position(name) for name in order] == sorted(position(name) for name in order)


def test_the_gate_fails_on_fixable_vulnerabilities_that_are_high_or_critical() -> None:
    gate = list(steps(IMAGES))[position("Gate")]
    assert gate["with"] | {"image-ref": ""} == {
        "image-ref": "",
        "format": "table",
        "severity": "HIGH,CRITICAL",
        "ignore-unfixed": True,
        "exit-code": "1",
    }
    assert "continue-on-error" not in gate
    assert "if" not in gate
    assert ROOT / gate["env"]["TRIVY_IGNOREFILE"] == EXCEPTIONS


def matrix() -> list[dict[str, Any]]:
    return load(IMAGES)["jobs"]["image"]["strategy"]["matrix"]["include"]


def test_every_image_that_services_are_built_of_is_built_and_scanned() -> None:
    watched = ObservabilitySettings(parts=EVERY_PART)
    whole = engines(built_in(), watched, Receivers(receivers=(), secrets={}), stack="dev").added_to(built_in())
    builds = {
        (service.build.context, f"{service.build.context}/{service.build.dockerfile}")
        for service in whole.services.values()
        if service.build is not None
    }
    assert {(entry["context"], entry["dockerfile"]) for entry in matrix()} == builds
    build = list(steps(IMAGES))[position("Build")]["run"]
    assert build.endswith('--file "$DOCKERFILE" "$CONTEXT"')
    events = load(IMAGES)[True]  # `on`, to YAML 1.1
    for event in ("pull_request", "push"):
        for context, _ in builds:
            assert f"{context.split('/')[0]}/**" in events[event]["paths"]


def test_an_image_that_no_stack_pins_is_pushed_only_where_its_repository_is_named() -> None:
    assert {entry["service"]: entry.get("optional", False) for entry in matrix()} == {
        "backend": False,
        "frontend": False,
        "observability": True,
    }
    for entry in matrix():
        assert entry["repository"] == f"${{{{ vars.REPOSITORY_{entry['service'].upper()} }}}}"


def test_credentials_come_from_oidc_alone_and_never_in_a_pull_request() -> None:
    text = IMAGES.read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "aws-access-key-id" not in text
    for name in ("Role", "Push"):
        step = list(steps(IMAGES))[position(name)]
        assert step["if"] == (
            "github.event_name != 'pull_request' && github.ref == 'refs/heads/main' "
            "&& !(matrix.optional && matrix.repository == '')"
        )


def problems(exceptions: list[dict[str, Any]], today: datetime.date) -> list[str]:
    """What is wrong with the exceptions on a day."""
    found: list[str] = []
    for item in exceptions:
        name = str(item.get("id"))
        if not VULNERABILITY.match(name):
            found.append(f"{name} is no identifier of a vulnerability")
        if len(str(item.get("statement", ""))) < 20:
            found.append(f"{name} gives no reason")
        end = item.get("expired_at")
        if not isinstance(end, datetime.date):
            found.append(f"{name} has no expired_at")
        elif end <= today:
            found.append(f"{name} has expired: mend the image, or say anew why not")
        elif end > today + LONGEST_EXCEPTION:
            found.append(f"{name} lasts longer than {LONGEST_EXCEPTION.days} days")
    return found


def test_every_exception_of_the_scan_has_a_reason_and_ends_soon() -> None:
    content = load(EXCEPTIONS)
    assert set(content) == {"vulnerabilities"}
    assert problems(content["vulnerabilities"], datetime.datetime.now(datetime.UTC).date()) == []


def test_exceptions_that_are_old_endless_or_unexplained_are_found() -> None:
    today = datetime.date(2026, 1, 10)
    reason = "Only the command-line tool is affected."
    good = {"id": "CVE-2026-1234", "statement": reason, "expired_at": datetime.date(2026, 2, 1)}
    assert problems([good], today) == []
    for change, told in (
        ({"expired_at": datetime.date(2026, 1, 10)}, "expired"),
        ({"expired_at": datetime.date(2027, 1, 10)}, "longer than 90 days"),
        ({"expired_at": None}, "no expired_at"),
        ({"statement": "later"}, "no reason"),
        ({"id": "everything"}, "no identifier"),
    ):
        (problem,) = problems([good | change], today)
        assert told in problem


def test_the_workflows_are_well_formed() -> None:
    """actionlint, built from tools/actionlint: expressions, contexts, inputs of actions, event filters."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("needs Go for actionlint")
    binary = ROOT / ".tools/actionlint"
    with (ROOT / ".tools/actionlint.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        package = "github.com/rhysd/actionlint/cmd/actionlint"
        build = [go, "build", "-C", str(ROOT / "tools/actionlint"), "-o", str(binary), package]
        subprocess.run(build, check=True, capture_output=True, text=True)
    done = subprocess.run([binary, *WORKFLOWS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    path = tmp_path / "Pulumi.prod.yaml"
    shutil.copy2(ROOT / "Pulumi.prod.yaml", path)
    return path


def pin(path: Path, *pins: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, PIN_TOOL, path, *pins], capture_output=True, text=True, check=False)


def test_digests_are_pinned_without_touching_anything_else(stack_file: Path) -> None:
    before = stack_file.read_text(encoding="utf-8")
    first, second = f"registry/app-backend@{DIGEST}", f"registry/app-backend@{DIGEST.replace('aa', 'bb')}"
    assert pin(stack_file, f"backend={first}", f"frontend={first}").returncode == 0
    assert pin(stack_file, f"backend={second}").returncode == 0
    assert load(stack_file)["config"]["services:images"] == {"backend": second, "frontend": first}
    assert stack_file.read_text(encoding="utf-8").startswith(before)


@pytest.mark.parametrize("wrong", ["backend", "backend=registry/app:latest", f"backend=registry/app@{DIGEST}x", "=x"])
def test_what_is_no_digest_is_refused_and_nothing_written(stack_file: Path, wrong: str) -> None:
    before = stack_file.read_bytes()
    done = pin(stack_file, wrong)
    assert (done.returncode, "is no SERVICE=REPOSITORY@sha256:DIGEST" in done.stderr) == (2, True)
    assert stack_file.read_bytes() == before
