"""What is watched, as typed data: the words that streams, alerts, probes and dashboards are described in.

Tables of these words are in `observability.streams`, `.producers`, `.queries`, `.alerts`, `.dashboards`;
`observability.catalogue.describe` joins them with the services of a stack, and checks that they fit together.
Everything that an engine reads (policies, templates, rules, dashboards) is rendered from the result.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

_PART = re.compile(r"[a-z0-9][a-z0-9_]{0,62}")


class DescriptionError(ValueError):
    """The description does not fit together; the text says what, where, and what to do."""


class Part(StrEnum):
    """What a stack can have of it: lines (Elasticsearch, Logstash, Kibana, Fluent Bit), and metrics (the others)."""

    LOGS = "logs"
    METRICS = "metrics"


EVERY_PART = frozenset(Part)

METRICS_RETENTION_DAYS = 31
"""Days that Prometheus keeps samples, unless a stack says otherwise."""


class ServiceKind(StrEnum):
    """What a service is to those who watch it."""

    HTTP = "http"
    NGINX = "nginx"
    POSTGRES = "postgres"
    JOB = "job"
    ELASTICSEARCH = "elasticsearch"
    LOGSTASH = "logstash"
    KIBANA = "kibana"
    TOOL = "tool"


class ProbeKind(StrEnum):
    """A module of the blackbox exporter: what is asked, and what is a good answer.

    `_2xx` wants success; `_answers` takes 200 to 499, as a load balancer does that is told no path. `https_foreign_` is
    for an application's own certificates, whose authority nobody here knows: they are not verified.
    """

    HTTP = "http_2xx"
    HTTP_ANSWERS = "http_answers"
    HTTPS = "https_2xx"
    HTTPS_AUTHENTICATED = "https_401"
    HTTPS_FOREIGN = "https_foreign_2xx"
    HTTPS_FOREIGN_ANSWERS = "https_foreign_answers"
    TCP = "tcp_connect"

    @property
    def scheme(self) -> str:
        """What is spoken: `http`, `https` or `tcp`."""
        return self.value.partition("_")[0]


@dataclass(frozen=True, kw_only=True)
class DatabaseLogin:
    """How a database's exporter logs in: `password` is the name of the application's secret that holds it."""

    user: str
    password: str
    database: str


@dataclass(frozen=True, kw_only=True)
class WatchedService:
    """A service of the model, as far as it is watched.

    `port` is where it answers (None: it listens nowhere); `probe` is how it is asked there, and `health_path` what an
    HTTP probe asks for; `metrics_path` is where Prometheus scrapes it (None: it has no metrics). `login` is for a
    database's exporter.
    """

    name: str
    kind: ServiceKind
    port: int | None = None
    probe: ProbeKind = ProbeKind.TCP
    health_path: str = "/"
    metrics_path: str | None = None
    login: DatabaseLogin | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?", self.name):
            raise DescriptionError(f"service {self.name!r}: small letters, digits, and - or _ between them")
        if self.kind is not ServiceKind.JOB and self.kind is not ServiceKind.TOOL and self.port is None:
            raise DescriptionError(f"service {self.name}: a service of kind {self.kind} needs the port it answers on")

    @property
    def dataset(self) -> str:
        """Its name as part of a data stream's name, where `-` separates the parts."""
        return stream_part(self.name)


class LogFormat(StrEnum):
    """How a service writes its lines; each has an ingest pipeline of this name."""

    JSON = "json"
    NGINX = "nginx"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, kw_only=True)
class RetentionClass:
    """How long documents of a class stay, counted from the rollover of the index they are in, and why."""

    name: str
    days: int
    why: str
    rollover_age_days: int = 1
    rollover_size_gb: int = 10


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A data stream `logs-<dataset>-<namespace>`.

    An entry stream is where a service's lines arrive; its pipeline moves those of another retention on to `siblings`.
    """

    service: str
    dataset: str
    namespace: str
    retention: str
    pipeline: str | None = None

    @property
    def name(self) -> str:
        """The data stream's name."""
        return f"logs-{self.dataset}-{self.namespace}"


class Target(StrEnum):
    """Where a stack runs."""

    DOCKER = "docker"
    AWS = "aws"


class Owner(StrEnum):
    """Who evaluates an alert."""

    PROMETHEUS = "prometheus"
    CLOUDWATCH = "cloudwatch"


class Severity(StrEnum):
    """Critical wakes somebody; a warning waits for working hours; the heartbeat only proves that alerting works."""

    CRITICAL = "critical"
    WARNING = "warning"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True, kw_only=True)
class Producer:
    """A program that Prometheus scrapes, and the metrics of it that rules and dashboards may use.

    It runs where a stack has all of its `parts`. One that is `secured` speaks TLS, and to who knows the password only.
    """

    name: str
    port: int | None
    metrics: frozenset[str]
    targets: frozenset[Target] = frozenset(Target)
    path: str = "/metrics"
    parts: frozenset[Part] = frozenset({Part.METRICS})
    secured: bool = True


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A rule: `condition` is PromQL, true for `lasting` before it fires; `runbook` is a page of docs/runbooks/.

    `summary` and `detail` are Prometheus templates. `producers` are those whose metrics the condition reads.
    """

    name: str
    producers: tuple[str, ...]
    condition: str
    lasting: timedelta
    severity: Severity
    summary: str
    detail: str
    runbook: str
    owner: Mapping[Target, Owner]


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A series that Prometheus computes ahead, at an interval: `expression` is PromQL.

    It reads metrics of `producers`, and what is recorded already. `name` has the form level:metric:operations, and no
    metric of a producer has a colon. Source: Prometheus, "Recording rules", naming.
    """

    name: str
    expression: str
    every: timedelta
    producers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CountQuery:
    """A gauge of the count exporter: how many documents that arrived in the last `window` a query finds, by stream.

    `filters` are clauses of an Elasticsearch `bool.filter`; `classes` are the retention classes it looks at;
    `failures` counts in the failure store instead. `by` adds a label from a keyword field.
    """

    metric: str
    help: str
    window: timedelta
    classes: frozenset[str]
    filters: tuple[Mapping[str, object], ...] = ()
    failures: bool = False


@dataclass(frozen=True, kw_only=True)
class Probe:
    """An endpoint that is asked from outside its container."""

    service: str
    kind: ProbeKind
    target: str


@dataclass(frozen=True, kw_only=True)
class Revealing:
    """A line, and what of it must be hidden."""

    line: str
    hidden: str


@dataclass(frozen=True, kw_only=True)
class Redaction:
    """Text that must not be kept: what matches `pattern` (Java's and Python's common subset) becomes `replacement`.

    `replacement` may name groups of the pattern as `$1`.
    """

    name: str
    pattern: str
    replacement: str
    examples: tuple[Revealing, ...]


class Unit(StrEnum):
    """The unit of a panel's values, in Grafana's names."""

    SHORT = "short"
    PERCENT = "percentunit"
    SECONDS = "s"
    BYTES = "bytes"
    REQUESTS_PER_SECOND = "reqps"
    PER_SECOND = "cps"
    DAYS = "d"


class PanelKind(StrEnum):
    """How values are drawn."""

    LINES = "timeseries"
    NUMBER = "stat"
    TABLE = "table"
    TIMELINE = "state-timeline"


class Bad(StrEnum):
    """On which side of a panel's thresholds values are bad."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Part of a Grafana dashboard: PromQL by legend. Width in columns of 24.

    `thresholds` ascend: one parts good values from bad ones, two have those between them that want a look.
    """

    title: str
    kind: PanelKind
    unit: Unit
    queries: Mapping[str, str]
    producers: tuple[str, ...]
    width: int = 12
    thresholds: tuple[float, ...] = ()
    bad: Bad = Bad.ABOVE

    def __post_init__(self) -> None:
        if len(self.thresholds) > 2 or list(self.thresholds) != sorted(set(self.thresholds)):
            raise DescriptionError(
                f"panel {self.title!r}: thresholds {self.thresholds}: give one or two, the smaller one first"
            )


@dataclass(frozen=True, kw_only=True)
class MetricsDashboard:
    """A Grafana dashboard; `slug` is its fixed id."""

    slug: str
    title: str
    question: str
    panels: tuple[Panel, ...]


class LogPanelKind(StrEnum):
    """How documents are shown in Kibana."""

    COUNT_OVER_TIME = "count_over_time"
    TOP_VALUES = "top_values"
    PERCENTILE_OVER_TIME = "percentile_over_time"
    LINES = "lines"


@dataclass(frozen=True, kw_only=True)
class LogPanel:
    """Part of a Kibana dashboard: documents that match `query` (KQL), split by `field` where the kind needs one.

    Those of a list begin with the greatest value of `first_by`.
    """

    title: str
    kind: LogPanelKind
    query: str = ""
    field: str | None = None
    columns: tuple[str, ...] = ()
    first_by: str = "@timestamp"
    width: int = 24


@dataclass(frozen=True, kw_only=True)
class LogDashboard:
    """A Kibana dashboard; `slug` is part of its fixed id. Width of panels in columns of 48."""

    slug: str
    title: str
    question: str
    panels: tuple[LogPanel, ...]


@dataclass(frozen=True, kw_only=True)
class Description:
    """Everything that is watched in one stack; made and checked by `observability.catalogue.describe`."""

    namespace: str
    target: Target
    parts: frozenset[Part]
    services: tuple[WatchedService, ...]
    retention: Mapping[str, RetentionClass]
    streams: tuple[Stream, ...]
    producers: Mapping[str, Producer]
    queries: tuple[CountQuery, ...]
    alerts: tuple[Alert, ...]
    recordings: tuple[Recording, ...]
    metrics_retention_days: int
    probes: tuple[Probe, ...]
    redactions: tuple[Redaction, ...]
    log_dashboards: tuple[LogDashboard, ...]
    metrics_dashboards: tuple[MetricsDashboard, ...]

    def streams_of(self, classes: frozenset[str]) -> tuple[Stream, ...]:
        """The streams whose retention class is one of these."""
        return tuple(stream for stream in self.streams if stream.retention in classes)


def stream_part(name: str) -> str:
    """A name as one part of a data stream's name: `-` separates parts there, so it becomes `_`.

    Raises:
        DescriptionError: The name has other characters than small letters, digits, `-` and `_`, or too many.
    """
    part = name.replace("-", "_")
    if not _PART.fullmatch(part):
        raise DescriptionError(f"{name!r} is no part of a data stream's name: use a-z, 0-9 and -, at most 63 of them")
    return part
