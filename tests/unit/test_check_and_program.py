"""The check command and the program judge alike: what one accepts, the other deploys."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from graph.capture import capture
from services.check import CheckOptions, check
from services.compose import ComposeError
from services.compose_file import ComposeOptions, options_of
from services.placeholders import CANARY, placeholder
from services.problems import ApplicationError
from tests.unit.compose.corpus import cases
from tests.unit.compose.reference import Request
from tests.unit.services.test_check import MANAGED

STACKS: Final = {"docker": "dev", "aws": "prod"}
REFUSALS: Final = ("RunError", "ComposeError", "ApplicationError")


def is_accepted(files: list[str], case: Request, target: str) -> bool:
    options = ComposeOptions(
        files=files, profiles=case.profiles, env_files=env_files(case), variables=case.variables or {}
    )
    try:
        return not check(options, [target], CheckOptions(allow_image_tags=True)).is_refused
    except (ComposeError, ApplicationError):
        return False


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
        if type(error).__name__ not in REFUSALS:
            raise
        return False
    return True


def env_files(case: Request) -> list[str] | None:
    return None if case.env_files is None else [str(case.directory / file) for file in case.env_files]


@pytest.mark.parametrize("service", MANAGED)
def test_managed_services_with_secrets_that_the_check_accepts_are_deployed(tmp_path: Path, service: str) -> None:
    file = tmp_path / "compose.yaml"
    _ = file.write_text(MANAGED[service])
    config: dict[str, Any] = {"services:compose": str(file), "services:variables": {"KEY": {"secure": "v1:xyz"}}}
    options = options_of(config)
    assert options is not None
    assert not check(options, ["aws"], CheckOptions()).is_refused
    graph = capture("prod", config={**config, "services:replicas": None, "observability:parts": None})
    told = [
        str(resource.inputs[name])
        for resource in graph
        for name in ("password", "authToken")
        if resource.inputs.get(name) and resource.type.startswith(("aws:rds/", "aws:elasticache/"))
    ]
    assert told == [placeholder("services:variables.KEY")]
    assert [str(item) for item in graph for _, text in item.plain_texts() if CANARY in text] == []


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
