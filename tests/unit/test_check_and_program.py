"""The check command and the program judge alike: what one accepts, the other deploys."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from pulumi import RunError

from graph.capture import capture
from graph.resource import Graph
from services.check import CheckOptions, check
from services.compose_file import ComposeOptions, options_of
from services.placeholders import CANARY, placeholder
from tests.unit.compose.corpus import cases
from tests.unit.compose.reference import Request
from tests.unit.services.test_check import MANAGED

STACKS: Final = {"docker": "dev", "aws": "prod"}
REFUSALS: Final = frozenset({"RunError", "ComposeError", "ApplicationError"})


def is_accepted(files: list[str], case: Request, target: str) -> bool:
    options = ComposeOptions(
        files=files, profiles=case.profiles, env_files=env_files(case), variables=case.variables or {}
    )
    return not check(options, [target], CheckOptions(allow_image_tags=True)).is_refused


def is_deployed(files: list[str], case: Request, target: str) -> bool:
    """Whether the program takes it. An error that is no refusal is a traceback for the user: it is raised."""
    config: Mapping[str, Any] = {
        "services:compose": files,
        "services:profiles": list(case.profiles) or None,
        "services:env_files": env_files(case),
        "services:variables": case.variables or None,
        "services:replicas": None,
        "observability:parts": None,
        "services:allow_image_tags": True,
    }
    try:
        _ = capture(STACKS[target], config=config, placeholders=False)
    except Exception as error:
        if not any(cls.__name__ in REFUSALS for cls in type(error).__mro__):
            raise
        return False
    return True


def env_files(case: Request) -> list[str] | None:
    return None if case.env_files is None else [str(case.directory / file) for file in case.env_files]


def passwords(graph: Graph) -> list[str]:
    """What managed services are told as their passwords."""
    return [
        str(resource.inputs[name])
        for resource in graph
        for name in ("password", "authToken")
        if resource.inputs.get(name) and resource.type.startswith(("aws:rds/", "aws:elasticache/"))
    ]


@pytest.mark.parametrize("service", MANAGED)
def test_managed_services_with_secrets_that_the_check_accepts_are_deployed(tmp_path: Path, service: str) -> None:
    file = tmp_path / "compose.yaml"
    _ = file.write_text(MANAGED[service])
    config: dict[str, Any] = {"services:compose": str(file), "services:variables": {"KEY": {"secure": "v1:xyz"}}}
    options = options_of(config)
    assert options is not None
    assert not check(options, ["aws"], CheckOptions()).is_refused
    graph = capture("prod", config={**config, "services:replicas": None, "observability:parts": None})
    assert passwords(graph) == [placeholder("services:variables.KEY")]
    assert [str(item) for item in graph for _, text in item.plain_texts() if CANARY in text] == []


PASSWORD_FILES: Final = {
    "with newlines": ("long-enough-password\n\n", "long-enough-password"),
    "too short without its newlines": ("short\n\n\n\n\n\n\n\n\n\n\n\n", None),
    "with a space at its end": ("long-enough-password \n", None),
    "of Windows": ("long-enough-password\r\n", None),
    "of two lines": ("long-enough\npassword", None),
    "with a sign of URLs": ("bad/pass@word-that-is-long\n", None),
}
"""What a password's file holds -> what the managed service is told; None: it is refused."""


@pytest.mark.parametrize(("content", "told"), PASSWORD_FILES.values(), ids=PASSWORD_FILES)
@pytest.mark.parametrize("service", ["mariadb", "valkey"])
def test_a_password_in_a_file_is_what_the_image_would_read(
    tmp_path: Path, service: str, content: str, told: str | None
) -> None:
    _ = (tmp_path / "password").write_bytes(content.encode())
    file = tmp_path / "compose.yaml"
    _ = file.write_text(MANAGED[service].replace("{environment: KEY}", "{file: ./password}"))
    options = ComposeOptions(files=[str(file)], variables={})
    verdict = check(options, ["aws"], CheckOptions()).verdicts[0]
    assert (verdict.refusals == []) == (told is not None), verdict.refusals
    config: dict[str, Any] = {"services:compose": str(file), "services:replicas": None, "observability:parts": None}
    if told is None:
        with pytest.raises(RunError, match="in a password: choose such a one"):
            _ = capture("prod", config=config)
    else:
        assert passwords(capture("prod", config=config)) == [told]


def test_a_password_in_a_variable_of_the_stack_that_the_image_would_read_from_a_file_is_told_alike(
    tmp_path: Path,
) -> None:
    _ = (tmp_path / "compose.yaml").write_text(MANAGED["mariadb"])
    variables = {"KEY": "long-enough-password\n", "OTHER": {"secure": "v1:xyz"}}
    config: dict[str, Any] = {"services:compose": str(tmp_path / "compose.yaml"), "services:variables": variables}
    graph = capture("prod", config={**config, "services:replicas": None, "observability:parts": None})
    assert passwords(graph) == ["long-enough-password"]


@pytest.mark.slow
@pytest.mark.parametrize("target", STACKS)
def test_what_the_check_accepts_is_what_the_program_deploys(target: str) -> None:
    ends: Counter[bool] = Counter()
    differing: list[str] = []
    for case in cases():
        files = [str(case.directory / file) for file in case.files]
        accepted = is_accepted(files, case, target)
        ends[accepted] += 1
        if is_deployed(files, case, target) != accepted:
            differing.append(case.name)
    assert differing == []
    assert min(ends.values()) > 40
