"""A loaded project, and the last steps to it: values decoded, profiles applied, files of variables and labels read."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from services.compose.consistency import check_project
from services.compose.env_file import FORMATS, EnvFileError, Lookup
from services.compose.errors import ComposeError, Notice, Position, RefusalError
from services.compose.interpolation import names_in
from services.compose.keys import PROJECT
from services.compose.refusals import Stages
from services.compose.secret_texts import SecretTexts
from services.compose.values import Path, Value, list_of, mapping_of, text_of
from services.compose.yaml_reader import decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A Compose project in canonical form."""

    name: str
    directory: FilePath
    """The project directory, absolute: relative paths of the model started here."""
    files: tuple[FilePath, ...]
    """The files that were named, absolute; not those that they include."""
    model: Mapping[str, Value]
    """Everything that is enabled, as compose-go's JSON has it, plus `models` and the extension fields (`x-...`)."""
    disabled: Mapping[str, Value]
    """Services that no active profile enables."""
    disabled_jobs: Mapping[str, Value]
    """Jobs that no active profile enables."""
    variables: Mapping[str, str]
    """What variables were replaced by; `environment` of secrets and configs names entries of it."""
    secrets: SecretTexts
    """Which texts of the model hold the value of a secret variable."""
    notices: tuple[Notice, ...]
    """What is allowed but hardly meant."""
    locate: Callable[[Path], Position]
    """Where a path of the model stands, for messages of later steps: `locate(("services", "web", "image"))`."""
    written: Callable[[Path], str | None]
    """The text at a path as it is written, its variables not replaced; None where none stands at that very path."""

    def variables_at(self, path: Path) -> tuple[str, ...]:
        """The names of the variables in the text at a path."""
        return names_in(self.written(path) or "")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A model after its profiles, services and jobs parted into enabled and disabled."""

    model: dict[str, Value]
    disabled: dict[str, Value]
    disabled_jobs: dict[str, Value]


def decode_model(
    model: Mapping[str, Value],
    profiles: Iterable[str],
    variables: Mapping[str, str],
    secrets: SecretTexts,
    stages: Stages,
) -> Decoded:
    """The canonical model with each value of its final kind, judged as a whole.

    Raises:
        RefusalError: A value does not stand for what it must, or the parts of the model do not fit.
        ComposeError: A file of variables or labels is missing or cannot be read.
    """
    decoded = stages.run(dict(model), lambda it: mapping_of(PROJECT.decode(it, ())))
    decoded.pop("include", None)
    for config in mapping_of(decoded.get("configs")).values():
        if mapping_of(config).get("environment"):
            mapping_of(config).pop("content", None)
    active = list(profiles)
    disabled = _disable(mapping_of(decoded.get("services")), active)
    disabled_jobs = _disable(mapping_of(decoded.get("jobs")), active)
    if not decoded.get("jobs"):
        decoded.pop("jobs", None)
    stages.judge(check_project(decoded, disabled, disabled_jobs))
    return Decoded(stages.run(decoded, lambda it: _with_files(it, variables, secrets)), disabled, disabled_jobs)


def _with_files(model: dict[str, Value], variables: Mapping[str, str], secrets: SecretTexts) -> dict[str, Value]:
    """The model with what `env_file` and `label_file` say."""
    for name, service in mapping_of(model["services"]).items():
        if isinstance(service, dict):
            _resolve_files(service, ("services", name), variables, secrets)
            for index, hook in enumerate(list_of(service.get("pre_start"))):
                if isinstance(hook, dict):
                    _resolve_files(hook, ("services", name, "pre_start", index), variables, secrets)
    return model


def _disable(containers: dict[str, Value], active: list[str]) -> dict[str, Value]:
    disabled: dict[str, Value] = {}
    for name, container in list(containers.items()):
        declared = list_of(mapping_of(container).get("profiles"))
        if declared and "*" not in active and not any(profile in active for profile in declared):
            disabled[name] = containers.pop(name)
    return disabled


def _resolve_files(container: dict[str, Value], path: Path, variables: Mapping[str, str], secrets: SecretTexts) -> None:
    """Reads `env_file` and `label_file` of a container; what it says itself wins."""
    own = mapping_of(container.get("environment"))
    given = {name: variables.get(name) if value is None else text_of(value) for name, value in own.items()}
    explicit = {name: value for name, value in given.items() if value is not None}
    environment = dict(explicit)

    def surroundings(name: str) -> str | None:
        return variables[name] if name in variables else explicit.get(name)

    for index, entry in enumerate(list_of(container.get("env_file"))):
        keys = mapping_of(entry)
        file = FilePath(text_of(keys.get("path")))
        place = (*path, "env_file", index)
        if not os.path.exists(file):  # noqa: PTH110 - Path.exists raises for a name that is too long
            if keys.get("required", True) is True:
                raise RefusalError(place, f"there is no file {str(file)!r}; 'required: false' makes it optional")
            continue
        with secrets.watching(surroundings, environment) as watched:
            _read_variables(file, text_of(keys.get("format")), environment, watched, place)
    merged: dict[str, Value] = {**environment, **given}
    if merged:
        container["environment"] = merged
    labels: dict[str, str] = {}
    for index, entry in enumerate(list_of(container.get("label_file"))):
        file, place = FilePath(text_of(entry)), (*path, "label_file", index)
        if not os.path.exists(file):  # noqa: PTH110 - as above
            raise RefusalError(place, f"there is no file {str(file)!r}")
        found: dict[str, str] = {}
        _read_variables(file, "", found, labels.get, place)
        labels |= found
    if labels:
        container["labels"] = {**labels, **mapping_of(container.get("labels"))}


def _read_variables(file: FilePath, form: str, variables: dict[str, str], lookup: Lookup, path: Path) -> None:
    if form not in FORMATS:
        raise RefusalError((*path, "format"), f"{form!r} is none of {', '.join(filter(None, FORMATS))}")
    read_variables(file, FORMATS[form], variables, lookup, lambda reason: RefusalError(path, reason))


def read_variables(
    file: FilePath,
    parse: Callable[[str, dict[str, str], Lookup], None],
    variables: dict[str, str],
    lookup: Lookup,
    refusal: Callable[[str], Exception],
) -> None:
    """Adds the variables of a file. `refusal` makes the error for a file that cannot be opened.

    Raises:
        ComposeError: A line of the file cannot be read; it names the line.
    """
    try:
        content = file.read_bytes()
    except (OSError, ValueError) as error:
        raise refusal(f"{str(file)!r} cannot be read: {error}") from error
    try:
        parse(decode(str(file), content), variables, lookup)
    except EnvFileError as error:
        raise ComposeError.at(Position(str(file), error.line, 1), str(error)) from error
