"""The user's own Compose files as an application: loaded as `docker compose` does, then typed."""

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Final, cast

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from components.bad_values import fields_at, path_of, pattern, problem, unknown
from services import compose
from services.compose.errors import Position, RefusalError
from services.compose.keys import PROJECT as KEYS
from services.compose.kinds import Kind, ListOf, MapOf, Short, Struct
from services.compose.secret_texts import hiding
from services.compose.values import Path, Value, list_of, mapping_of
from services.loaded_forms import shape
from services.model import Application, EnvironmentName, Name, Origin, UnsetVariable, VariableName
from services.model.elements import AbsolutePath, Alias, ResourceName
from services.model.service import Restart
from services.placeholders import placeholder
from services.problems import ApplicationError, Problem, reasons
from services.remainder import remainder
from services.sources import PROJECT

_X_AWS: Final = "x-aws"
_DECLARATION: Final = 2
"""Length of the path of a declared name, as `services.web`."""

_FORMS: Final[Mapping[str, str]] = {
    pattern(Name): "small letters, digits, and hyphens and underscores between them; rename it",
    pattern(ResourceName): "letters, digits, and hyphens and underscores between them; rename it",
    pattern(Alias): "letters, digits, and dots, hyphens and underscores between them; rename it",
    pattern(EnvironmentName): "a name without spaces and '='; write it alone, and its value behind it",
    pattern(VariableName): "letters, digits and _, no digit first; rename the variable",
    pattern(AbsolutePath): "an absolute path; begin it with /",
    pattern(Restart): "'no', always, unless-stopped, on-failure or on-failure:TRIES; choose one of them",
}


@dataclass(frozen=True, kw_only=True)
class ComposeOptions:
    """What is loaded, and with which variables. Relative files are relative to `directory`."""

    files: Collection[str]
    profiles: Collection[str] = ()
    env_files: Collection[str] | None = None
    variables: Mapping[str, str]
    secret_variables: Collection[str] = ()
    shell: Collection[str] = ()
    directory: FilePath = PROJECT


def options_of(config: Mapping[str, object]) -> ComposeOptions | None:
    """Return how a stack's raw configuration says that its application is loaded; None for the built-in one.

    For tools that look at a stack without its keys: secret variables have a placeholder. The program itself reads
    settings (`ServicesSettings.compose_options`), which judge every value; here, what has another form counts as unset.
    """
    compose_files, variables = config.get("services:compose"), config.get("services:variables")
    files = [compose_files] if isinstance(compose_files, str) else _texts(compose_files)
    if not files:
        return None
    given = cast("dict[str, object]", variables) if isinstance(variables, dict) else dict[str, object]()
    env_files = config.get("services:env_files")
    return ComposeOptions(
        files=files,
        profiles=_texts(config.get("services:profiles")),
        env_files=None if env_files is None else _texts(env_files),
        variables={name: value if isinstance(value, str) else placeholder(name) for name, value in given.items()},
        secret_variables=[name for name, value in given.items() if not isinstance(value, str)],
        shell=_texts(config.get("services:shell_variables")),
    )


def _texts(value: object) -> list[str]:
    return [str(item) for item in cast("Sequence[object]", value)] if isinstance(value, list | tuple) else []


def load(options: ComposeOptions) -> Application:
    """Load Compose files as an application that knows where its keys stand.

    Raises:
        ComposeError: A file cannot be loaded; the error names the place and says what to do.
        ApplicationError: The files say what no target can do.
    """
    try:
        return _load(options)
    except (compose.ComposeError, ApplicationError) as error:
        hide = hiding(options.variables[name] for name in options.secret_variables if name in options.variables)
        error.hide(hide)
        raise


def _load(options: ComposeOptions) -> Application:
    try:
        project = compose.load(
            [options.directory / file for file in options.files],
            profiles=options.profiles,
            env_files=None if options.env_files is None else [options.directory / file for file in options.env_files],
            variables=options.variables,
            secret_variables=options.secret_variables,
            shell=options.shell,
        )
    except compose.RestError as error:
        raise _with_the_rest(error) from None
    return from_project(project)


class PartlyRefusedError(compose.ComposeError):
    """Files cannot be loaded as they are; `left` is an application of the keys that nothing is wrong with."""

    def __init__(self, error: compose.ComposeError, left: Application | None) -> None:
        super().__init__(*error.refusals)
        self.left = left


def _with_the_rest(error: compose.RestError) -> PartlyRefusedError:
    """The error with what is wrong with the rest of the project, too."""
    try:
        left = from_project(error.project)
    except ApplicationError as rest:
        left = rest.left
        problems = [RefusalError(problem.path, problem.text) for problem in rest.problems]
        error.gathering.hear(lambda: error.gathering.judge(problems))
    return PartlyRefusedError(error.gathering.error(), left)


def from_project(project: compose.Project) -> Application:
    """Type a loaded project.

    Raises:
        ApplicationError: A name, a number or an extension field is not what a target can take.
    """

    def place(path: Path) -> str:
        position = project.locate(path)
        if path[2:3] == ("environment",) and position == project.locate(path[:2]):
            position = project.locate((*path[:2], "env_file"))  # what a service does not say, its files may
        return _shown(position)

    problems: list[Problem] = []
    model = mapping_of(_without_extensions(dict(project.model), KEYS, (), problems))
    if not mapping_of(model.get("services")):
        problems.append(Problem(("services",), _nothing_runs(project)))
        raise ApplicationError(project.name, problems, place=place)
    directory = str(project.directory)
    left_out = list(_left_out(model))
    shape(model, project)
    application: Application | None = None
    try:
        application = Application.model_validate_json(json.dumps(model))
    except ValidationError as error:
        problems += _declared([Problem(path_of(details), _text(details)) for details in error.errors()])
    if problems or application is None:
        left = remainder(model)
        left = left and left.read_from(Origin(locate=place, variables=project.variables_at))
        raise ApplicationError(project.name, problems, place=place, left=left)
    application = application.model_copy(update={"directory": os.path.relpath(directory, PROJECT)})
    notices = [f"{_shown(notice.position)}{notice.text}" for notice in project.notices if not notice.variable]
    origin = Origin(
        locate=place,
        variables=project.variables_at,
        notices=(*dict.fromkeys(notices), *map(str, reasons(left_out, place))),
        unset_variables=tuple(_unset_variables(project)),
    )
    return _with_secrets(application, project, place).read_from(origin)


def _shown(position: Position) -> str:
    """A place as the reader would name it: the file as seen from the working directory or from the program."""
    file = position.file
    for folder in (FilePath.cwd(), PROJECT):
        if file.startswith(f"{folder}/"):
            file = file.removeprefix(f"{folder}/")
    return f"{file}:{position.line}:{position.column}: "


def _nothing_runs(project: compose.Project) -> str:
    profiles = {
        str(profile)
        for service in project.disabled.values()
        for profile in list_of(mapping_of(service).get("profiles"))
    }
    if not profiles:
        return "there is no service: declare one"
    return f"no service is in an active profile: name one of {', '.join(sorted(profiles))} in services:profiles"


def _unset_variables(project: compose.Project) -> Iterator[UnsetVariable]:
    """The variables without a value in what is deployed: services without an active profile may lack theirs."""
    for notice in project.notices:
        kind, *rest = notice.path or ("",)
        is_off = kind == "services" and bool(rest) and str(rest[0]) in project.disabled
        if notice.variable and not is_off and not str(kind).startswith("x-"):
            yield UnsetVariable(name=notice.variable, path=notice.path, place=_shown(notice.position))


def _left_out(model: Mapping[str, Value]) -> Iterator[Problem]:
    """Variables of containers that are only named: without a value here, `docker compose` leaves them out, too."""
    for service, keys in mapping_of(model.get("services")).items():
        for name, value in mapping_of(mapping_of(keys).get("environment")).items():
            if value is None:
                yield Problem(
                    ("services", service, "environment", name),
                    "has no value here and is left out: set it in .env or services:variables, or name it in "
                    "services:shell_variables",
                )


def _declared(problems: Sequence[Problem]) -> list[Problem]:
    """The problems without those of references to a name that is refused where it is declared."""
    names = {problem.text for problem in problems if len(problem.path) == _DECLARATION}
    return [problem for problem in problems if len(problem.path) == _DECLARATION or problem.text not in names]


def _text(details: ErrorDetails) -> str:
    path, kind = path_of(details), details["type"]
    if kind == "extra_forbidden":
        return unknown(str(path[-1]), fields_at(Application, path[:-1]), "key")
    if kind == "missing":
        return "is not set, and there is no default: set it"
    return problem(details, Application, _FORMS)


def _without_extensions(value: Value, kind: Kind | None, path: Path, misplaced: list[Problem]) -> Value:
    """A model without the extension fields of others. Ours may stand below a service alone."""
    match kind, value:
        case Short(long=long), _:
            return _without_extensions(value, long, path, misplaced)
        case Struct(keys=keys, extensible=extensible), dict():
            kept: dict[str, Value] = {}
            for key, entry in value.items():
                if key == _X_AWS and not (len(path) == 2 and path[0] == "services"):
                    misplaced.append(Problem((*path, key), "stands where nothing reads it: move it below a service"))
                elif not (extensible and key.startswith("x-")) or key == _X_AWS:
                    kept[key] = _without_extensions(entry, keys.get(key), (*path, key), misplaced)
            return kept
        case MapOf(item=item), dict():
            return {key: _without_extensions(one, item, (*path, key), misplaced) for key, one in value.items()}
        case ListOf(item=item), list():
            return [_without_extensions(one, item, (*path, index), misplaced) for index, one in enumerate(value)]
        case _:
            return value


def _with_secrets(application: Application, project: compose.Project, place: Callable[[Path], str]) -> Application:
    """Make texts that hold a secret variable secret where they may be, and refuse them elsewhere."""
    hidden = project.secrets
    whole = hidden.values(project.variables)
    commands = hidden.commands()
    services = {
        name: service.model_copy(
            update={
                "environment": {
                    variable: SecretStr(value)
                    if isinstance(value, str) and (value in hidden or value in whole)
                    else value
                    for variable, value in service.environment.items()
                }
            }
        )
        for name, service in application.services.items()
    }
    configs = {
        name: config.model_copy(update={"content": SecretStr(config.content)})
        if isinstance(config.content, str) and (config.content in hidden or config.content in whole)
        else config
        for name, config in application.configs.items()
    }
    result = application.model_copy(update={"services": services, "configs": configs})
    texts = _plain_texts(json.loads(result.model_dump_json(exclude_defaults=True)), ())
    lines = {path for path, text in texts if text in commands}
    problems = [
        Problem(
            path,
            "is built from a secret variable and would stand in plain: use the variable in environment or in a secret, "
            "or take it from .env instead of services:variables",
        )
        for path, text in texts
        if path in lines
        or (isinstance(text, str) and path[:-1] not in lines and hidden.in_plain(text, project.variables))
    ]
    if problems:
        raise ApplicationError(project.name, problems, place=place)
    return result


def _plain_texts(value: Value, path: Path) -> list[tuple[Path, Value]]:
    """Every text of a model, and every list: it may be a command line that was a text."""
    match value:
        case str():
            return [(path, value)]
        case dict():
            return [found for key, entry in value.items() for found in _plain_texts(entry, (*path, key))]
        case list():
            below = [found for index, entry in enumerate(value) for found in _plain_texts(entry, (*path, index))]
            return [(path, value), *below]
        case _:
            return []
