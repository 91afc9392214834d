"""The copy of the stack files that the engine works on, in .sandbox/work.

The engine rewrites the stack file that it is given (encryption salt, secrets provider); on a copy the repository's
files stay byte-identical. The reader's encryption is dropped there, because its keys are not at hand, and each secret
is replaced by a generated throwaway value that stays the same for the sandbox's whole life.
"""

import hashlib
import json
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from sandbox.errors import BadInputError, SandboxError
from sandbox.files import SandboxFiles, read_json, set_aside, write_json, write_private

ENCRYPTION_FIELDS = ("secretsprovider", "encryptedkey", "encryptionsalt", "environment")
"""Of a stack file: what ties it to keys and environments that the sandbox has no part in."""

VARIABLES = "services:variables"
PROTECTION = "components:protection"
EDGE = "components:edge"

_RANDOM_BYTES = 16
"""Of a throwaway value, which has 40 small letters, digits and hyphens then. Every managed service takes that: RDS for
MySQL 41 characters at most, ElastiCache no `_`."""

ConfigPath = tuple[str | int, ...]


@dataclass(frozen=True)
class StackCopy:
    """A stack's configuration as the engine gets it."""

    stack: str
    project: str
    region: str
    config: Mapping[str, object]
    """The plain part."""
    secret_paths: tuple[str, ...]
    """Pulumi configuration paths (`services:variables.NAME`) that get a throwaway value."""

    @property
    def identity(self) -> str:
        """Changes when the configuration does."""
        content = json.dumps([self.config, self.secret_paths], sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()


def stacks_of(project: Path) -> list[str]:
    """The names of the stacks that have a file, in order."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in project.glob("Pulumi.*.yaml"))


def load_yaml(path: Path) -> dict[str, object]:
    """The mapping in a YAML file. Raises BadInputError with the file, the line and what is wrong."""
    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadInputError(
            f"{path.name} is missing from {path.parent}. Put it back: git checkout -- {path.name}"
        ) from error
    except OSError as error:
        raise BadInputError(f"{path.name} cannot be read: {error.strerror}.") from error
    except yaml.MarkedYAMLError as error:
        # Without YAML's own excerpt of the file: it may show a secret.
        place = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise BadInputError(f"{path.name}{place}: this is not YAML: {error.problem}. Mend the file.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path.name} is not a YAML file in UTF-8. Mend the file.") from error
    return _mapping(content, path.name)


def _mapping(value: object, what: str) -> dict[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        form = "a list" if isinstance(value, list) else "a single value"
        raise BadInputError(f"{what} is {form}, but must be a mapping: names with a value each, `name: value`.")
    return cast("dict[str, object]", value)


def copy_stack(
    files: SandboxFiles, stack: str, *, required_variables: Collection[str] = (), protection: bool | None = None
) -> StackCopy:
    """Reads the repository's stack file into what the engine gets.

    required_variables: names of secret variables the application cannot do without; those that the stack file does
    not set get a generated value. protection: overrides `components:protection`, for teardown.
    Raises BadInputError for a stack without a file or a file that cannot be read.
    """
    if stack not in stacks_of(files.project):
        known = ", ".join(stacks_of(files.project)) or "none: Pulumi.<stack>.yaml is missing"
        raise BadInputError(f"There is no stack `{stack}`. The stacks of this project: {known}. Name one of them.")
    source = load_yaml(files.project / f"Pulumi.{stack}.yaml")
    project = load_yaml(files.project / "Pulumi.yaml").get("name")
    if not isinstance(project, str):
        raise BadInputError("Pulumi.yaml has no `name`: give the project one, as in `name: infra`.")
    config = _mapping(source.get("config"), f"Pulumi.{stack}.yaml: `config`")
    for key in _odd_keys(config):
        raise BadInputError(f"Pulumi.{stack}.yaml: the key {key!r} is not text. Write it in quotes, or take it out.")
    region = config.get("aws:region")
    if not isinstance(region, str) or not region:
        raise BadInputError(
            f"Pulumi.{stack}.yaml has no region in plain text. Write `aws:region: REGION` below `config:`, or:\n"
            f"    pulumi config set --stack {stack} aws:region eu-central-1"
        )
    secret_paths = {format_path(path) for path in _secure_paths(config)}
    plain = cast("dict[str, object]", _without_secure(config))
    set_plainly = _mapping(plain.get(VARIABLES), f"Pulumi.{stack}.yaml: `{VARIABLES}`")
    secret_paths |= {format_path((VARIABLES, name)) for name in required_variables if name not in set_plainly}
    if protection is not None:
        plain[PROTECTION] = protection
    return StackCopy(
        stack=stack,
        project=project,
        region=region,
        config=plain,
        secret_paths=tuple(sorted(secret_paths)),
    )


def write_work_files(files: SandboxFiles, copy: StackCopy) -> bool:
    """Writes Pulumi.yaml and Pulumi.<stack>.yaml of the work folder, without the secrets.

    Returns False when the folder already holds exactly this copy with its secrets encrypted, so that nothing is left
    to do. The encryption salt that the engine put into an earlier copy is kept: the state was encrypted with it.
    """
    project_file = files.work / "Pulumi.yaml"
    stack_file = files.work / f"Pulumi.{copy.stack}.yaml"
    write_private(project_file, (files.project / "Pulumi.yaml").read_text(encoding="utf-8"))
    if stack_file.exists() and _written_identity(files, copy.stack) == _identity(files, copy):
        return False
    _identity_file(files, copy.stack).unlink(missing_ok=True)
    content: dict[str, object] = {"config": copy.config}
    if stack_file.exists():
        salt = load_yaml(stack_file).get("encryptionsalt")
        if salt is not None:
            content["encryptionsalt"] = salt
    write_private(stack_file, yaml.safe_dump(content, sort_keys=False))
    return True


def mark_written(files: SandboxFiles, copy: StackCopy) -> None:
    """Records that the work folder holds this copy, secrets included."""
    write_private(_identity_file(files, copy.stack), _identity(files, copy) + "\n")


def format_path(path: ConfigPath) -> str:
    """A configuration path in Pulumi's words: `services:variables.NAME`, `a:b[0].c`, `a:b["odd.name"]`."""
    head, *rest = path
    text = str(head)
    for part in rest:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.replace("_", "").replace("-", "").isalnum():
            text += f".{part}"
        else:
            text += f"[{json.dumps(part)}]"
    return text


def _identity(files: SandboxFiles, copy: StackCopy) -> str:
    """Changes when the configuration does, and when the copy was edited (`pulumi config set` in a sandbox's shell)."""
    written = (files.work / f"Pulumi.{copy.stack}.yaml").read_bytes()
    return f"{copy.identity} {hashlib.sha256(written).hexdigest()}"


def _identity_file(files: SandboxFiles, stack: str) -> Path:
    return files.work / f".{stack}.identity"


def _written_identity(files: SandboxFiles, stack: str) -> str | None:
    try:
        return _identity_file(files, stack).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _odd_keys(value: object) -> Iterator[object]:
    """Keys that YAML does not read as text (`3`, `on`) where the engine would."""
    if isinstance(value, dict):
        for key, child in cast("dict[object, object]", value).items():
            if not isinstance(key, str):
                yield key
            yield from _odd_keys(child)
    elif isinstance(value, list):
        for child in cast("list[object]", value):
            yield from _odd_keys(child)


def _is_secure(value: object) -> bool:
    return isinstance(value, dict) and set(cast("dict[object, object]", value)) == {"secure"}


def _secure_paths(value: object, path: ConfigPath = ()) -> Iterator[ConfigPath]:
    if _is_secure(value):
        yield path
    elif isinstance(value, dict):
        for key, child in cast("dict[str, object]", value).items():
            yield from _secure_paths(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(cast("list[object]", value)):
            yield from _secure_paths(child, (*path, index))


def _without_secure(value: object) -> object:
    """The value without its secure entries; in a list an empty string keeps the place."""
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value).items()
        return {key: _without_secure(child) for key, child in entries if not _is_secure(child)}
    if isinstance(value, list):
        return ["" if _is_secure(child) else _without_secure(child) for child in cast("list[object]", value)]
    return value


def throwaway_values(files: SandboxFiles, copy: StackCopy) -> dict[str, str]:
    """A generated value for each of the copy's secrets: made once, then the same for the sandbox's whole life."""
    try:
        known = read_json(files.secrets) or {}
    except SandboxError:
        set_aside(files.secrets)
        known = {}
    of_stack = cast("dict[str, str]", known.setdefault(copy.stack, {}))
    missing = [path for path in copy.secret_paths if path not in of_stack]
    if missing:
        of_stack.update({path: "sandbox-" + secrets.token_hex(_RANDOM_BYTES) for path in missing})
        write_json(files.secrets, known)
    return {path: of_stack[path] for path in copy.secret_paths}
