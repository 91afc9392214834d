"""A whole application.

Source: compose-spec `03-compose-file.md`, `04-version-and-name.md`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import Field, PrivateAttr

from services.model.elements import Element, Name, Opaque, ResourceName
from services.model.networks import Network
from services.model.resources import Config, Secret, Volume
from services.model.runtime import Condition
from services.model.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsetVariable:
    """A variable without a value, which stood for an empty text: its name, and where a file refers to it."""

    name: str
    path: tuple[str | int, ...]
    place: str
    """`file:line:column: `."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The files that an application was read from."""

    locate: Callable[[tuple[str | int, ...]], str]
    """Answers where a key stands, as `file:line:column: `."""
    variables: Callable[[tuple[str | int, ...]], tuple[str, ...]]
    """Answers which variables the value of a key is built from, as far as its own text says."""
    notices: tuple[str, ...] = ()
    """What is allowed but hardly meant, each with its place."""
    unset_variables: tuple[UnsetVariable, ...] = ()


class Application(Element):
    """A whole Compose application.

    Names are unique within their kind by construction; `services.rules.check` says whether the parts fit together.
    """

    name: Name
    services: Mapping[Name, Service] = Field(min_length=1)
    networks: Mapping[ResourceName, Network] = {}
    volumes: Mapping[ResourceName, Volume] = {}
    secrets: Mapping[ResourceName, Secret] = {}
    configs: Mapping[ResourceName, Config] = {}
    jobs: Mapping[str, Opaque] = Field(default={}, description="Jobs with triggers of their own.")
    models: Mapping[str, Opaque] = Field(default={}, description="AI models.")
    directory: str = Field(
        default=".", exclude=True, description="Where relative paths of the model start, relative to the program."
    )

    _origin: Origin | None = PrivateAttr(default=None)

    def read_from(self, origin: Origin) -> "Application":
        """The same application, which knows the files that it was read from."""
        copy = self.model_copy()
        copy._origin = origin
        return copy

    def place(self, path: tuple[str | int, ...]) -> str:
        """Where a key stands, as `file:line:column: `; nothing for an application that was not read from files."""
        return "" if self._origin is None else self._origin.locate(path)

    def variables_at(self, path: tuple[str | int, ...]) -> tuple[str, ...]:
        """The variables that a key's value is built from, as far as the text at its place says."""
        return () if self._origin is None else self._origin.variables(path)

    @property
    def notices(self) -> tuple[str, ...]:
        """What its files say that is allowed but hardly meant, each with its place."""
        return () if self._origin is None else self._origin.notices

    @property
    def unset_variables(self) -> tuple[UnsetVariable, ...]:
        """Variables without a value that its files refer to."""
        return () if self._origin is None else self._origin.unset_variables

    @property
    def one_shot_services(self) -> frozenset[str]:
        """Services that run to their end: somebody waits for their successful completion, or `deploy.mode` says so."""
        awaited = {
            name
            for service in self.services.values()
            for name, dependency in service.depends_on.items()
            if dependency.condition is Condition.COMPLETED
        }
        return frozenset(awaited | {name for name, service in self.services.items() if service.deploy.is_job})

    def names_of(self, service: str) -> Mapping[str, tuple[str | int, ...]]:
        """Every name under which others find a service beside its own, with the key that gives it.

        These are network aliases, its container's name, and aliases of links: a link's alias holds for one service on
        Docker; here all names share one namespace.
        """
        element = self.services[service]
        found: dict[str, tuple[str | int, ...]] = {}
        for network, attachment in element.networks.items():
            for alias in attachment.aliases:
                found.setdefault(alias, ("services", service, "networks", network, "aliases"))
        if element.container_name is not None:
            found.setdefault(element.container_name, ("services", service, "container_name"))
        for name, other in self.services.items():
            for index, link in enumerate(other.links):
                linked, _, alias = link.partition(":")
                if alias and linked == service:
                    found.setdefault(alias, ("services", name, "links", index))
        found.pop(service, None)
        return found
