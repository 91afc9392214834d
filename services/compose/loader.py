"""From Compose files to a project, in compose-go's order: each file is interpolated, includes, extends, merges over the
files before it, is judged and brought into long form; then come defaults, paths, names and profiles.

Deliberate differences from `docker compose`:
- Variables come from `.env` (or the files named instead) and from the caller; the shell's only where they are named,
  so that a laptop and a pipeline plan the same.
- `env_file.format: raw` is known, which the Compose command line adds to compose-go.
- Keys that begin with `x-` in mappings of the user's own names (environment, labels) are entries like any other;
  compose-go turns them into one entry called `#extensions`.
- A size that is a fraction (`mem_limit: 1.5`) is refused; compose-go drops it without a word.
- A config from a variable in an included file is kept; compose-go refuses it.
- SSH keys of a build are sorted, and print as `id=path`; compose-go cannot print a path as JSON.
- Remote files (Git, OCI) are not loaded.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

from services.compose import paths
from services.compose.aliases import promote_aliases, with_aliases
from services.compose.canonical import canonical, set_defaults
from services.compose.consistency import check_resources
from services.compose.env_file import parse
from services.compose.errors import ComposeError, Notice, Position, RefusalError, Sources
from services.compose.extends import Base, Extender
from services.compose.include import Include, environment_files, import_resources, read_includes
from services.compose.interpolation import interpolate
from services.compose.keys import PROJECT
from services.compose.locations import resolve
from services.compose.merge import merge_models
from services.compose.normalise import normalise, resolve_list_environment
from services.compose.project import Project, decode_model, read_variables
from services.compose.project_name import project_name
from services.compose.refusals import Gathering, RestError, Stages
from services.compose.resets import reset
from services.compose.secret_texts import SecretTexts
from services.compose.unique import enforce
from services.compose.values import Path, Value, clone_mapping, in_words, mapping_of
from services.compose.yaml_reader import MAX_BYTES, Document, read

MAX_INCLUDES = 50
"""How deep includes may nest: a circle through override files is otherwise endless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What holds while one group of files is loaded."""

    variables: Mapping[str, str]
    directory: str
    """What relative paths of these files become relative to; itself relative to the including project's directory."""
    lookup: FilePath
    """Where files that these files name are looked for."""
    included: tuple[str, ...] = ()
    is_base: bool = False
    """Whether these files are only there to be extended: then they are not judged, and include and extend nothing."""


@dataclass(slots=True)
class _Loader:
    """One load: the files that were read, where everything stands, what was noticed."""

    sources: Sources
    secrets: SecretTexts
    stages: Stages = field(default_factory=Stages)
    notices: dict[Notice, None] = field(default_factory=dict[Notice, None])
    documents: dict[str, tuple[Document, ...]] = field(default_factory=dict[str, tuple[Document, ...]])

    def read(self, file: str, path: Path) -> tuple[Document, ...]:
        if file not in self.documents:
            try:
                with FilePath(file).open("rb") as opened:
                    content = opened.read(MAX_BYTES + 1)
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                raise RefusalError(path, f"{file!r} cannot be read: {reason}", file) from error
            self.documents[file] = tuple(read(file, content))
        return self.documents[file]

    def load_files(self, files: Sequence[str], scope: Scope, path: Path = ()) -> dict[str, Value]:
        """A group of files as one model with defaults and resolved paths."""
        model: dict[str, Value] = {}
        for file in files:
            model = self.load_file(file, scope, model, path)[0]
        model = self.stages.run(model, set_defaults)
        model = self.stages.run(model, check_resources)
        model = self.stages.run(model, lambda it: resolve(it, scope.directory))
        resolve_list_environment(model, scope.variables)
        return model

    def load_file(
        self, file: str, scope: Scope, model: dict[str, Value], path: Path
    ) -> tuple[dict[str, Value], Sequence[Path]]:
        """One file over the model of those before it, and what its last document resets."""
        resets: tuple[Path, ...] = ()
        for document in self.read(file, path):
            self.sources.add(document.source)
            resets = with_aliases(document.resets)
            model = self.load_document(file, document, resets, scope, model)
        return model, resets

    def load_document(
        self, file: str, document: Document, resets: Sequence[Path], scope: Scope, model: dict[str, Value]
    ) -> dict[str, Value]:
        if not isinstance(document.value, dict):
            raise RefusalError((), f"a Compose file is a mapping, not {in_words(document.value)}")
        run = self.stages.run
        over = run(clone_mapping(document.value), lambda it: self.with_variables(it, scope.variables))
        if not scope.is_base:
            inner = replace(scope, included=(*scope.included, file))
            over = run(over, lambda it: self.include(it, inner, resets))
        reset(model, resets)
        if not scope.is_base:
            extender = Extender(file, resets, lambda name, where: self.open_base(name, scope, where))
            over = run(over, extender.apply)
        model = run(over, lambda it: merge_models(model, it))
        model = run(model, lambda it: enforce(_sensible(it)))
        if not scope.is_base:
            model = run(model, self.checked)
        model = run(model, canonical)
        return run(model, enforce)

    def with_variables(self, model: dict[str, Value], variables: Mapping[str, str]) -> dict[str, Value]:
        return promote_aliases(interpolate(model, variables, self.missing, self.secrets.substitute))

    def checked(self, model: dict[str, Value]) -> dict[str, Value]:
        PROJECT.check(model, ())
        if "version" in model:
            del model["version"]
            self.notice(("version",), "'version' has no meaning any more")
        return model

    def notice(self, path: Path, text: str, variable: str = "") -> None:
        self.notices[Notice(self.sources.locate(path), text, path, variable)] = None

    def missing(self, path: Path, name: str) -> None:
        self.notice(path, f"the variable {name} is not set: it becomes an empty text", name)

    def open_base(self, name: str, scope: Scope, path: Path) -> Base:
        """The services of a file that `extends` names; its paths become relative to the extending project."""
        file = paths.absolute(name, str(scope.lookup)) if name.startswith("/") else paths.join(str(scope.lookup), name)
        directory = paths.relative(str(FilePath(file).parent), str(scope.lookup))
        base = replace(scope, directory=directory, lookup=FilePath(file).parent, is_base=True)
        before = len(self.sources.documents)
        model, resets = self.load_file(file, base, {}, path)
        added = self.sources.documents[before:]
        self.sources.documents[:] = [*added, *self.sources.documents[:before]]
        services = model.get("services")
        if not isinstance(services, dict):
            raise RefusalError(path, f"{name!r} has no services to extend", name)
        return Base(mapping_of(resolve(model, directory)["services"]), resets)

    def include(self, model: dict[str, Value], scope: Scope, resets: Sequence[Path]) -> dict[str, Value]:
        for entry in read_includes(model.pop("include", None)):
            if len(scope.included) > MAX_INCLUDES:
                raise RefusalError(entry.path, f"files include each other more than {MAX_INCLUDES} deep")
            if entry.files:
                import_resources(self.load_include(entry, scope), model, resets)
        return model

    def load_include(self, entry: Include, scope: Scope) -> dict[str, Value]:
        files = [name if name.startswith("/") else paths.join(str(scope.lookup), name) for name in entry.files]
        if files[0] in scope.included:
            circle = " -> ".join((*scope.included, files[0]))
            raise RefusalError(entry.path, f"the files include each other in a circle: {circle}", entry.files[0])
        if entry.project_directory:
            project = FilePath(paths.absolute(entry.project_directory, str(scope.lookup)))
        else:
            project = FilePath(files[0]).parent
        directory = paths.relative(str(project), str(scope.lookup))
        variables = dict[str, str]()
        for file in environment_files(entry, scope.lookup, project):
            self.read_environment(file, variables, scope.variables, entry.path)
        inner = Scope(
            variables={**variables, **scope.variables},
            directory=str(project) if entry.project_directory.startswith("/") else directory,
            lookup=project,
            included=scope.included,
        )
        return self.load_files(files, inner, entry.path)

    def read_environment(
        self, file: FilePath, variables: dict[str, str], surroundings: Mapping[str, str], path: Path
    ) -> None:
        def lookup(name: str) -> str | None:
            return surroundings[name] if name in surroundings else variables.get(name)

        with self.secrets.watching(lookup, variables) as watched:
            read_variables(file, parse, variables, watched, lambda reason: RefusalError(path, reason))

    def project(
        self,
        files: Sequence[str],
        directory: str,
        name: str | None,
        profiles: Collection[str],
        variables: Mapping[str, str],
    ) -> Project:
        """The project of these files; paths are absolute, variables complete but for the project's name."""
        if not files:
            raise RefusalError((), "no Compose file is named")
        name = project_name((self.read(file, ()) for file in files), directory, name, variables)
        variables = {**variables, "COMPOSE_PROJECT_NAME": name}
        scope = Scope(variables=variables, directory=directory, lookup=FilePath(directory))
        model = self.load_files(files, scope)
        if not model:
            raise RefusalError((), "the file is empty")
        if not name:
            raise RefusalError(("name",), "the project has no name: set 'name'")
        model["name"] = name
        model = self.stages.run(model, lambda it: normalise(it, variables))
        active = list(profiles) or [part.strip() for part in variables.get("COMPOSE_PROFILES", "").split(",")]
        decoded = decode_model(model, active, variables, self.secrets, self.stages)
        return Project(
            name=name,
            directory=FilePath(directory),
            files=tuple(map(FilePath, files)),
            model=decoded.model,
            disabled=decoded.disabled,
            disabled_jobs=decoded.disabled_jobs,
            variables=variables,
            secrets=self.secrets,
            notices=tuple(self.notices),
            locate=self.sources.locate,
            written=self.sources.written,
        )


def _sensible(model: dict[str, Value]) -> dict[str, Value]:
    _refuse_nonsense(model, ())
    return model


def _refuse_nonsense(value: Value, path: Path) -> None:
    """Infinity and not-a-number have no JSON form."""
    if isinstance(value, float) and not abs(value) < float("inf"):
        raise RefusalError(path, f"{value} is no value that Compose can hold", value)
    if isinstance(value, dict):
        for key, entry in value.items():
            _refuse_nonsense(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            _refuse_nonsense(entry, (*path, index))


def load(
    files: Sequence[str | FilePath],
    *,
    project_directory: str | FilePath | None = None,
    project_name: str | None = None,
    profiles: Collection[str] = (),
    env_files: Sequence[str | FilePath] | None = None,
    variables: Mapping[str, str] | None = None,
    secret_variables: Collection[str] = (),
    shell: Collection[str] = (),
) -> Project:
    """Loads Compose files as `docker compose -f ... -f ...` does.

    Args:
        files: At least one; each overrides those before it.
        project_directory: Where relative paths start; the first file's directory unless given.
        project_name: Wins over COMPOSE_PROJECT_NAME, `name` in the files and the directory's name.
        profiles: The active ones; those of COMPOSE_PROFILES when there are none.
        env_files: Files of variables; `.env` in the project directory, if there is one, unless given.
        variables: Variables that win over those of the files.
        secret_variables: Names of variables whose values nobody may see; the project knows which texts hold them.
        shell: Names of variables that are taken from this process's own environment when `variables` lacks them.

    Raises:
        ComposeError: A file is missing, is no YAML, or is not what the Compose Specification allows. The error names
            the place and says what to do.
    """
    here = str(FilePath.cwd())
    named = [paths.absolute(str(file), here) for file in files]
    main = named[0] if named else "compose.yaml"
    directory = paths.clean(paths.absolute(str(project_directory or FilePath(main).parent), here))
    known = {name: os.environ[name] for name in shell if name in os.environ} | dict(variables or {})
    loader = _Loader(Sources(main), SecretTexts(set(secret_variables)))
    try:
        if env_files is None:
            default = FilePath(directory, ".env")
            env_files = [default] if default.is_file() else []
        found: dict[str, str] = {}
        for file in env_files:
            loader.read_environment(FilePath(paths.absolute(str(file), here)), found, known, ())
    except RefusalError as refusal:
        raise loader.sources.error(refusal) from refusal
    known = found | known
    try:
        return loader.project(named, directory, project_name, profiles, known)
    except RefusalError as refusal:
        first = loader.sources.error(refusal)
    except RecursionError:
        first = ComposeError.at(Position(main, 1, 1), "the files are nested too deeply")
    gathering = Gathering(Sources(main))
    again = replace(loader, sources=gathering.sources, stages=gathering, notices={})
    rest = gathering.hear(lambda: again.project(named, directory, project_name, profiles, known))
    if rest is not None and gathering.refusals:
        raise RestError(gathering, rest)
    raise gathering.error() if gathering.refusals else first
