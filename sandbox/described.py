"""The application that a stack deploys, as far as the sandbox must know it before the program runs."""

from collections.abc import Collection
from pathlib import Path
from typing import cast

from sandbox.errors import BadInputError
from sandbox.workspace import load_yaml


def required_variables(project: Path, stack: str) -> Collection[str]:
    """Names of the variables that the secrets and configs of a stack's application take their values from.

    Nothing where the stack has no file: who asks for the stack is told that.

    Raises:
        BadInputError: The stack names Compose files that cannot be loaded.
    """
    # They bring the program's whole model, which `--help` can do without.
    from services import rules
    from services.application import described_by
    from services.compose import ComposeError
    from services.problems import ApplicationError

    file = project / f"Pulumi.{stack}.yaml"
    written = load_yaml(file).get("config") if file.exists() else None
    config = cast("dict[str, object]", written) if isinstance(written, dict) else dict[str, object]()
    try:
        return rules.required_variables(described_by(config))
    except (ComposeError, ApplicationError) as error:
        raise BadInputError(str(error)) from None
