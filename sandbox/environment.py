"""The environment that the engine, the program and the reader's shell get; and the refusal of real accounts.

The sandbox is for this machine only: an environment that could reach an account is refused, not overridden, because
the reader may believe to be working on it.
"""

import os
import shlex
from collections.abc import Mapping
from urllib.parse import urlsplit

from sandbox.errors import BadInputError
from sandbox.files import SandboxFiles, write_private

FAKE_ACCESS_KEY = "sandbox-access-key"
FAKE_CREDENTIALS: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": FAKE_ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": "sandbox-secret-key",
    "AWS_SESSION_TOKEN": "sandbox-session",
}
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})

REAL_CREDENTIAL_SOURCES = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Variables that make an AWS SDK find credentials of an account."""


def is_loopback(url: str) -> bool:
    """Whether the URL names this machine and nothing else."""
    try:
        return urlsplit(url).hostname in LOOPBACK_HOSTS
    except ValueError:
        return False


def refuse_real_cloud(environ: Mapping[str, str]) -> None:
    """Raises BadInputError when the environment holds an endpoint elsewhere or credentials that may be real."""
    offending = [name for name in REAL_CREDENTIAL_SOURCES if environ.get(name)]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        if environ.get(name) and environ[name] != FAKE_CREDENTIALS[name]:
            offending.append(name)
    offending += sorted(
        name
        for name, value in environ.items()
        if name.startswith("AWS_ENDPOINT_URL") and value and not is_loopback(value)
    )
    if not offending:
        return
    unset = " ".join(f"-u {name}" for name in offending)
    raise BadInputError(
        f"The sandbox refuses to run beside a real account: {', '.join(offending)} is set in this shell.\n"
        "It works on this machine only, with fake credentials. Leave them out for this command:\n"
        f"    env {unset} make up"
    )


def engine_environment(files: SandboxFiles, *, endpoint_url: str, region: str, stack: str) -> dict[str, str]:
    """What the CLI, the program's hooks and other tools need to work on the sandbox's cloud; no secret is in it."""
    no_proxy = ",".join(dict.fromkeys([*filter(None, os.environ.get("NO_PROXY", "").split(",")), *LOOPBACK_HOSTS]))
    return {
        **FAKE_CREDENTIALS,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": str(files.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": str(files.aws_config),
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        **pulumi_environment(files, stack),
    }


def pulumi_environment(files: SandboxFiles, stack: str) -> dict[str, str]:
    """What the CLI needs to find the sandbox's state, and nobody else's."""
    return {
        "PULUMI_BACKEND_URL": f"file://{files.state}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(files.passphrase),
        "PULUMI_HOME": str(files.home),
        "PULUMI_STACK": stack,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
    }


SCRUBBED = frozenset(
    {
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_CONFIG",
        "PULUMI_SKIP_CHECKPOINTS",
        "PULUMI_OPTION_CWD",
    }
)
"""Variables of the reader's shell that would change what the engine does here."""


def write_env_file(files: SandboxFiles, variables: Mapping[str, str]) -> None:
    """Writes .sandbox/env, to be sourced by a POSIX shell."""
    lines = [
        "# Points the aws CLI, boto3 and pulumi at the sandbox:  source .sandbox/env",
        "# Written anew by every `up`. The credentials are fake; nothing here reaches an account.",
        "unset " + " ".join([*REAL_CREDENTIAL_SOURCES, *sorted(SCRUBBED)]),
        *(f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items())),
        "# pulumi works on the copy of the stack files: in the checkout it would write its salt into yours.",
        f"export PULUMI_OPTION_CWD={shlex.quote(str(files.work))}",
        f'export PATH={shlex.quote(str(files.project / ".tools"))}:"$PATH"',
    ]
    write_private(files.env, "\n".join(lines) + "\n")
