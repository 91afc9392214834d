"""What the sandbox knows of an application before the program runs, without the keys to its secrets."""

from pathlib import Path

import pytest

from sandbox.described import required_variables
from sandbox.errors import BadInputError

STACK = "config: {{'services:compose': '{file}', 'services:variables': {{KEY: {{secure: v1:xyz}}}}}}"


def described(folder: Path, compose: str) -> set[str]:
    (folder / "compose.yaml").write_text(compose)
    (folder / "Pulumi.prod.yaml").write_text(STACK.format(file=folder / "compose.yaml"))
    return set(required_variables(folder, "prod"))


def test_secret_variables_are_no_reason_to_refuse_a_file(tmp_path: Path) -> None:
    compose = (
        "services: {web: {image: 'web:1', secrets: [token], environment: {URL: 'redis://:${KEY}@cache:6379/0'}}}\n"
        "secrets: {token: {environment: TOKEN}}"
    )
    assert described(tmp_path, compose) == {"TOKEN"}


def test_a_secret_in_a_command_is_refused_for_what_it_is(tmp_path: Path) -> None:
    compose = "services: {cache: {image: 'valkey/valkey:8', command: 'valkey-server --requirepass ${KEY}'}}"
    with pytest.raises(BadInputError, match=r"services\.cache\.command: is built from a secret variable"):
        described(tmp_path, compose)
