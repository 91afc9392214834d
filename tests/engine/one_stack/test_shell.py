"""A shell that sources `.sandbox/env` is in the sandbox: boto3 sees its cloud, pulumi its stack, nothing of yours."""

import json
import os
import subprocess
import sys

import pytest

from tests.engine.project import REPOSITORY, Project

pytestmark = pytest.mark.slow

CLUSTERS = "import boto3; print(boto3.client('ecs').list_clusters()['clusterArns'])"


def in_a_shell(project: Project, *command: str) -> str:
    """What a command says in a shell of the project's folder, in which credentials of an account were set before."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
    ended = subprocess.run(
        ["sh", "-c", '. .sandbox/env && exec "$@"', "sh", *command],
        cwd=project.folder,
        env={**environ, "AWS_PROFILE": "work", "AWS_ACCESS_KEY_ID": "AKIAREAL", "PULUMI_ACCESS_TOKEN": "pul-real"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    return ended.stdout


def test_boto3_and_pulumi_in_a_shell_that_sources_the_environment_see_the_sandbox(prod: Project) -> None:
    assert "cluster/infra-prod" in in_a_shell(prod, sys.executable, "-c", CLUSTERS)
    (listed,) = json.loads(in_a_shell(prod, "pulumi", "stack", "ls", "--json"))
    assert listed["name"].split("/")[-1] == "prod"
    assert in_a_shell(prod, "pulumi", "stack", "output", "cluster") == "infra-prod\n"
    exported = json.loads(in_a_shell(prod, "pulumi", "stack", "export"))
    assert len(exported["deployment"]["resources"]) > 200
    in_a_shell(prod, "pulumi", "config", "set", "aws:region", "us-west-2")
    for path in REPOSITORY.glob("Pulumi*.yaml"):
        assert (prod.folder / path.name).read_bytes() == path.read_bytes(), (
            "the copy was changed, not the reader's file"
        )
    assert prod.well("preview").planned == frozenset()
