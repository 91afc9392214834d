"""Bad input is one clear error with exit code 2: no traceback, nothing touched in the cloud or the state."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.project import Project

Change = Callable[[Project], None]


def setting(key: str, value: object) -> Change:
    """A key of the stack file has this value."""
    return lambda project: project.configure(key, value)


def application(old: str, new: str) -> Change:
    """The application's description says something else."""
    return lambda project: project.edit("services/application.py", old, new)


def no_throwaway_secrets(project: Project) -> None:
    """The sandbox does what plain Pulumi does: it makes up no value for a secret that has none."""
    project.edit("sandbox/cli.py", ", required_variables=required_variables(PROJECT, stack))", ")")


def a_cycle(project: Project) -> None:
    project.edit("services/application.py", "import Application,", "import Application, Dependency,")
    project.edit(
        "services/application.py",
        '"database": database()',
        '"database": database().model_copy(update={"depends_on": {"backend": Dependency()}})',
    )


def an_odd_size(project: Project) -> None:
    project.edit("services/frontend/service.py", "import Route,", "import Route, Size,")
    project.edit(
        "services/frontend/service.py",
        "x_aws=ServiceOnAws(",
        "x_aws=ServiceOnAws(size=Size(cpu_units=256, memory_mib=4096),",
    )


CASES = {
    "an unknown setting": (
        setting("components:network.cidrr", "10.0.0.0/16"),
        ("components:network.cidrr", "did you mean 'cidr'?"),
    ),
    "a misspelt namespace": (setting("componets:protection", True), ("componets:protection", "did you mean")),
    "a misspelt value": (setting("components:network.nat", "both"), ("components:network.nat", "none, single, per_az")),
    "a CIDR block too small for the zones": (
        setting("components:network.cidr", "10.0.0.0/26"),
        ("components:network.cidr", "10.0.0.0/26"),
    ),
    "no CIDR block": (setting("components:network.cidr", "10.0.0.0/33"), ("components:network.cidr", "10.0.0.0/33")),
    "an overlapping secondary CIDR block": (
        setting("components:network.secondary_cidrs", ["10.0.128.0/20"]),
        ("components:network.secondary_cidrs", "10.0.128.0/20", "10.0.0.0/16"),
    ),
    "a size that Fargate does not offer": (an_odd_size, ("frontend", "256", "4096")),
    "a dependant that waits for health without a health check": (
        application('"backend": backend()', '"backend": backend().model_copy(update={"healthcheck": None})'),
        ("services.frontend.depends_on.backend", "no healthcheck"),
    ),
    "a cycle in depends_on": (a_cycle, ("depends_on: a cycle", "database -> backend -> database")),
    "two services behind one route": (
        application('"backend": backend()', '"backend": backend().model_copy(update={"ports": frontend().ports})'),
        ("services.frontend.x-aws.route.path", "'/*' belongs to services.backend", "choose another path"),
    ),
    "a secret that has no value": (
        no_throwaway_secrets,
        ("DATABASE_PASSWORD", "pulumi config set --secret --path 'services:variables.DATABASE_PASSWORD'"),
    ),
    "an image override of no service": (
        setting("services:images.bakend", f"r.example.com/b@sha256:{'0' * 64}"),
        ("services:images.bakend", "known:"),
    ),
    "a public service without a domain": (setting("components:edge", None), ("components:edge",)),
    "a stack file without a region": (setting("aws:region", None), ("aws:region", "pulumi config set")),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project whose cloud is up and empty."""
    copy = Project.copy(tmp_path_factory.mktemp("bad-input") / "project")
    copy.start_cloud()
    yield copy
    copy.discard()


@pytest.fixture
def calm(shared: Project) -> Iterator[Project]:
    """The shared project, its files put back afterwards."""
    yield shared
    shared.restore()


def refused(project: Project, *told: str, command: str = "up", stack: str = "prod", **variables: str) -> None:
    """The command says one error that has all of these words, and nothing is touched."""
    before = project.cloud.resources()
    outcome = project.run(command, "--stack", stack, **variables)
    assert outcome.code == 2, outcome.text
    assert outcome.err.startswith("error: ")
    assert outcome.text.count("error:") == 1, outcome.text
    assert "Traceback" not in outcome.text
    assert 'File "' not in outcome.text
    for words in told:
        assert words in outcome.err
    assert project.cloud.resources() == before
    assert outcome.done == outcome.planned == frozenset()


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_refused_by_up_and_nothing_is_touched(calm: Project, case: str) -> None:
    change, told = CASES[case]
    change(calm)
    refused(calm, *told)


def test_a_preview_refuses_what_up_refuses(calm: Project) -> None:
    calm.configure("components:network.cidrr", "10.0.0.0/16")
    refused(calm, "components:network.cidrr", command="preview")


@pytest.mark.parametrize("command", ["up", "preview", "refresh", "status", "down"])
def test_a_stack_that_does_not_exist_is_refused_with_those_that_do(calm: Project, command: str) -> None:
    refused(calm, "There is no stack `prd`", "dev, prod", command=command, stack="prd")


def test_credentials_of_an_account_are_refused(calm: Project) -> None:
    refused(calm, "refuses to run beside a real account", "env -u AWS_ACCESS_KEY_ID", AWS_ACCESS_KEY_ID="AKIAREAL")


def test_a_missing_cli_is_told_with_what_to_do(calm: Project, tmp_path: Path) -> None:
    tools = calm.folder / ".tools"
    before = tools.readlink()
    tools.unlink()
    tools.symlink_to(tmp_path)
    try:
        outcome = calm.run("up")
    finally:
        tools.unlink()
        tools.symlink_to(before)
    assert outcome.code == 1
    assert "There is no Pulumi CLI" in outcome.err
    assert "make setup" in outcome.err
    assert "Traceback" not in outcome.text
