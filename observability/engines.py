"""The engines of a stack, as the parts of an application that they are. Pure: no resource is declared here."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from observability import exporters, jobs, watching
from observability.catalogue import describe
from observability.description import Description, DescriptionError, Part, Target
from observability.elasticsearch import service as elasticsearch
from observability.engine import INSIDE, OUTSIDE, Engine
from observability.fluent_bit import service as fluent_bit
from observability.grafana import service as grafana
from observability.kibana import service as kibana
from observability.logstash import service as logstash
from observability.parts import own_services
from observability.prometheus import services as prometheus
from observability.receivers import Receivers
from observability.settings import ObservabilitySettings, Page
from services.model import Application, Network, Secret, Volume

VARIABLE_PREFIX = "OBSERVABILITY_"


@dataclass(frozen=True, kw_only=True)
class Engines:
    """What is watched, and the engines that watch it, by their services' names."""

    description: Description
    engines: Mapping[str, Engine]
    variables: Mapping[str, str]
    """Secret -> variable of the stack, for secrets whose values are the user's own."""

    def generated(self, application: Application) -> Sequence[str]:
        """The secrets that the graph makes, but for those of certificates."""
        named = {secret for engine in self.engines.values() for secret in engine.named_secrets}
        return sorted(named - self.variables.keys() - application.secrets.keys())

    @property
    def certificates(self) -> Mapping[str, Sequence[str]]:
        """Engine -> the names that its certificate is for."""
        return {
            name: (name, *engine.aliases) for name, engine in self.engines.items() if engine.certificate is not None
        }

    def check_variables(self, application: Application, given: Collection[str]) -> None:
        """Refuse variables of the stack under names that the graph gives to what it makes.

        Raises:
            DescriptionError: There is one.
        """
        _refuse_taken("services:variables", map(variable, self._made(application)), given)

    def _made(self, application: Application) -> Sequence[str]:
        """Every secret whose value the graph makes, each once."""
        certificates = {secret for name, engine in self.engines.items() for secret in engine.own_secrets(name).values()}
        return sorted({*self.generated(application), *certificates})

    def added_to(self, application: Application) -> Application:
        """The application with the engines in it. Who watches is a service as every other.

        Raises:
            DescriptionError: The application has something of a name that the engines need.
        """
        added: dict[str, Mapping[str, object]] = {
            "services": {name: engine.service(name) for name, engine in self.engines.items()},
            "networks": {INSIDE: Network(internal=True), OUTSIDE: Network()},
            "volumes": {volume: Volume() for engine in self.engines.values() for volume in engine.volumes},
            "configs": {
                key: config for name, engine in self.engines.items() for key, config in engine.configs(name).items()
            },
            "secrets": {
                **{name: Secret(environment=variable(name)) for name in self._made(application)},
                **{name: Secret(environment=named) for name, named in self.variables.items()},
            },
        }
        for kind, items in added.items():
            _refuse_taken(kind, items, getattr(application, kind))
        return application.model_copy(update={kind: {**getattr(application, kind), **added[kind]} for kind in added})


def variable(secret: str) -> str:
    """The variable that holds a secret of ours."""
    return f"{VARIABLE_PREFIX}{secret.upper().replace('-', '_')}"


def _refuse_taken(kind: str, names: Iterable[str], taken: Collection[str]) -> None:
    if found := sorted(set(names) & set(taken)):
        raise DescriptionError(
            f"{kind}.{found[0]}: the stack's own logging and monitoring has one of this name: give yours another, "
            "or take observability:parts out of the stack"
        )


def engines(application: Application, settings: ObservabilitySettings, told: Receivers, *, stack: str) -> Engines:
    """The engines that watch an application in a stack.

    Raises:
        DescriptionError: A label or the name of a service is not allowed, or parts do not fit together.
    """
    watched, nodes = tuple(watching.watched(application)), settings.elasticsearch.nodes
    own = own_services(watched, Target.DOCKER, settings.parts, nodes)
    _refuse_taken("services", (item.name for item in own), application.services)
    description = describe(watched, stack, Target.DOCKER, settings.parts, nodes, settings.metrics_retention_days)
    return Engines(
        description=description,
        engines=dict(_engines(application, settings, told, description)),
        variables=told.secrets if Part.METRICS in settings.parts else {},
    )


def _engines(
    application: Application, settings: ObservabilitySettings, told: Receivers, description: Description
) -> Iterator[tuple[str, Engine]]:
    if Part.LOGS in settings.parts:
        yield from elasticsearch.nodes(settings.elasticsearch).items()
        yield from jobs.engines(description, settings.elasticsearch.nodes, settings.accept_shorter_retention).items()
        yield logstash.NAME, logstash.engine(description)
        yield kibana.NAME, kibana.engine(settings.port(Page.KIBANA))
        yield fluent_bit.NAME, fluent_bit.engine(description, settings.docker.data_root)
    if Part.METRICS in settings.parts:
        networks = watching.networks(application)
        yield from prometheus.engines(description, settings, told.receivers, tuple(told.secrets), networks).items()
        yield from exporters.engines(description, settings.docker, application).items()
        yield Page.GRAFANA, grafana.engine(description, settings.port(Page.GRAFANA))
