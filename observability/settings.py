"""Settings of logging and monitoring: the `observability:` keys of `Pulumi.<stack>.yaml`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, Self, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from observability.description import METRICS_RETENTION_DAYS, Part, Severity
from services.model import Name, VariableName

HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$")]
HostAndPort = Annotated[str, StringConstraints(pattern=r"^[^\s:]+:\d{1,5}$")]
AbsolutePath = Annotated[str, StringConstraints(pattern=r"^/\S*$")]
LifecycleName = Annotated[str, StringConstraints(pattern=r"^logs-[a-z0-9_]+$")]
PortNumber = Annotated[int, Field(ge=1, le=65535)]

FORMS: Final[Mapping[str, str]] = {
    r"^https?://[^\s/]+\S*$": "an address that begins with http:// or https://; write it whole",
    r"^[^\s:]+:\d{1,5}$": "HOST:PORT; write both, as in smtp.example.com:587",
    r"^/\S*$": "an absolute path; write it from / on",
    r"^logs-[a-z0-9_]+$": "logs- and the name of a retention class, or logs-failures; copy it from "
    "docs/reference/observability.md",
}
"""Pattern -> the form of text that it means, and what to do."""


class Page(StrEnum):
    """An engine that people look at: published on loopback."""

    KIBANA = "kibana"
    GRAFANA = "grafana"
    PROMETHEUS = "prometheus"
    ALERTMANAGER = "alertmanager"


PORTS: Final[Mapping[Page, int]] = {
    Page.KIBANA: 5601,
    Page.GRAFANA: 3000,
    Page.PROMETHEUS: 9090,
    Page.ALERTMANAGER: 9093,
}


def _names_of(kind: type[StrEnum]) -> BeforeValidator:
    """A list of names, each once; a name that there is not is refused with those that there are."""

    def check(value: object) -> object:
        if not isinstance(value, list):
            return value
        items = cast("list[object]", value)
        for item in items:
            if item not in set(kind):
                raise ValueError(f"{item!r} is not allowed; allowed: {', '.join(kind)}; choose among them")
        return frozenset(map(kind, items))

    return BeforeValidator(check)


Parts = Annotated[frozenset[Part], _names_of(Part)]
Severities = Annotated[frozenset[Severity], _names_of(Severity), Field(min_length=1)]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class WebhookSettings(_Settings):
    """A program that Alertmanager posts JSON to."""

    url: HttpUrl | None = Field(
        default=None, description="Where to, when the address is no secret; this or `url_variable`, exactly one."
    )
    url_variable: VariableName | None = Field(
        default=None,
        description="Variable of `services:variables` with the address, when who knows it may write there, as with "
        "Discord, Teams and Healthchecks.",
    )
    severities: Severities = Field(description="What it is told: some of `critical`, `warning`, `heartbeat`.")
    token_variable: VariableName | None = Field(
        default=None, description="Variable of `services:variables` with the bearer token; none is sent when unset."
    )

    @model_validator(mode="after")
    def _has_one_address(self) -> Self:
        if (self.url is None) == (self.url_variable is None):
            found = "neither url nor url_variable is set" if self.url is None else "both url and url_variable are set"
            raise ValueError(
                f"{found}; write url for an address that is no secret, or url_variable, "
                f"the name of a secret variable, exactly one of them"
            )
        return self


class SlackSettings(_Settings):
    """A Slack channel."""

    channel: str = Field(min_length=1, description="The channel, as `#alerts`.")
    severities: Severities = Field(description="What it is told: some of `critical`, `warning`, `heartbeat`.")
    url_variable: VariableName = Field(
        description="Variable of `services:variables` with the address of the incoming webhook, which is a secret."
    )


class EmailSettings(_Settings):
    """A mail address, over SMTP with STARTTLS."""

    to: str = Field(min_length=3, description="The address that is written to.")
    sender: str = Field(min_length=3, description="The address that it comes from.")
    smarthost: HostAndPort = Field(description="The mail server as HOST:PORT.")
    severities: Severities = Field(description="What it is told: some of `critical`, `warning`, `heartbeat`.")
    user: str | None = Field(default=None, description="Who logs in at the mail server; nobody when unset.")
    password_variable: VariableName | None = Field(
        default=None, description="Variable of `services:variables` with that user's password."
    )


class ReceiversSettings(_Settings):
    """Who Alertmanager tells, by a name of your choice."""

    webhook: Mapping[Name, WebhookSettings] = Field(default={}, description="Name -> webhook.")
    slack: Mapping[Name, SlackSettings] = Field(default={}, description="Name -> Slack channel.")
    email: Mapping[Name, EmailSettings] = Field(default={}, description="Name -> mail address.")


class ElasticsearchSettings(_Settings):
    """The size of Elasticsearch."""

    nodes: Literal[1, 3] = Field(
        default=1, description="Nodes: one, or three, of which one may be lost. On Docker all are on one machine."
    )
    memory_mib: Annotated[int, Field(ge=1024)] = Field(
        default=2048, description="Memory of a node in MiB; half of it is the heap."
    )


class DockerSettings(_Settings):
    """Where the engine keeps its things, on the machine that it runs on."""

    data_root: AbsolutePath = Field(
        default="/var/lib/docker", description="The engine's data root: `docker info --format '{{.DockerRootDir}}'`."
    )
    socket: AbsolutePath = Field(
        default="/var/run/docker.sock", description="The engine's socket, which cAdvisor asks."
    )


class ObservabilitySettings(_Settings):
    """The `observability:` keys."""

    parts: Parts = Field(
        default=frozenset(),
        description="What the stack has: `logs` (Elasticsearch, Logstash, Kibana, Fluent Bit), `metrics` (Prometheus, "
        "Alertmanager, Grafana, exporters). Nothing when unset. On Docker alone.",
    )
    elasticsearch: ElasticsearchSettings = Field(
        default=ElasticsearchSettings(), description="The size of Elasticsearch."
    )
    receivers: ReceiversSettings = Field(default=ReceiversSettings(), description="Who is told of alerts.")
    runbooks_url: HttpUrl | None = Field(
        default=None,
        description="Address under which your forge or wiki shows the pages of docs/runbooks/, as "
        "`https://git.example.com/infra/blob/main/docs/runbooks`: alerts link to their page below it in `runbook_url`. "
        "When unset they name the page's path in the repository in `runbook`.",
    )
    ports: Mapping[Page, PortNumber] = Field(
        default={},
        description="Ports on loopback in place of kibana 5601, grafana 3000, prometheus 9090, alertmanager 9093.",
    )
    metrics_retention_days: Annotated[int, Field(ge=1)] = Field(
        default=METRICS_RETENTION_DAYS,
        description="Days that Prometheus keeps samples; not less than rules and panels look back.",
    )
    accept_shorter_retention: tuple[LifecycleName, ...] = Field(
        default=(),
        description="Lifecycle policies that may become shorter than they are, and `logs-failures`, the failure "
        "stores: documents are deleted by it.",
    )
    docker: DockerSettings = Field(default=DockerSettings(), description="Where the Docker engine keeps its things.")

    def port(self, page: Page) -> int:
        """The port on loopback of an engine that people look at."""
        return self.ports.get(page, PORTS[page])
