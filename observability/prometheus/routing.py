"""Alertmanager: who is told of what, how alerts are grouped, and which silence others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from observability import producers
from observability.description import DescriptionError, Severity
from observability.json_types import Json, Value
from observability.parts import ELASTICSEARCH
from observability.prometheus.rules import duration

_NOBODY: Final = "nobody"
_SLACK_RUNBOOK: Final = (
    "{{ with .Annotations.runbook_url }}<{{ . }}|runbook>{{ else }}{{ .Annotations.runbook }}{{ end }}"
)
_SLACK_TEXT: Final = "{{ range .Alerts }}{{ .Annotations.description }} (" + _SLACK_RUNBOOK + ")\n{{ end }}"


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """Alertmanager posts JSON to `url`, or to the address in `url_file`; `token_file` holds a bearer token."""

    name: str
    severities: frozenset[Severity]
    url: str | None = None
    url_file: str | None = None
    token_file: str | None = None


@dataclass(frozen=True, kw_only=True)
class Slack:
    """A Slack channel; the incoming webhook's address is a secret and lies in a file."""

    name: str
    severities: frozenset[Severity]
    channel: str
    url_file: str


@dataclass(frozen=True, kw_only=True)
class Email:
    """Mail over SMTP with STARTTLS; `smarthost` is `host:port`."""

    name: str
    severities: frozenset[Severity]
    to: str
    sender: str
    smarthost: str
    user: str | None = None
    password_file: str | None = None


Receiver = Webhook | Slack | Email

_FINDS_NOTHING: Final = 'alertname=~"CountQueryFails|StreamSilent"'
"""What follows when Elasticsearch finds no documents."""

INHIBITIONS: Final[Sequence[Json]] = (
    {
        "source_matchers": ['alertname="ProbeDown"'],
        "target_matchers": ['alertname=~"ServerErrors|SlowRequests|ErrorLogs|PostgresConnectionsHigh"'],
        "equal": ["service"],
    },
    {
        "source_matchers": ['alertname="CertificateExpiresNow"'],
        "target_matchers": ['alertname="CertificateExpiresSoon"'],
        "equal": ["instance"],
    },
    {
        "source_matchers": ['alertname="ElasticsearchHeapFull"'],
        "target_matchers": ['alertname="ElasticsearchHeapHigh"'],
        "equal": ["name"],
    },
    {
        "source_matchers": ['alertname="ElasticsearchDiskFull"'],
        "target_matchers": ['alertname="ElasticsearchDiskLow"'],
        "equal": ["name"],
    },
    # The only node. Three have numbers in their names, and one may be lost: ElasticsearchRed says when more is.
    {
        "source_matchers": ['alertname="ProbeDown"', f'service="{ELASTICSEARCH}"'],
        "target_matchers": [_FINDS_NOTHING],
        "equal": ["stack"],
    },
    {
        "source_matchers": ['alertname="ProbeDown"', f'service="{ELASTICSEARCH}"'],
        "target_matchers": ['alertname="TargetDown"', f'job="{producers.ELASTICSEARCH}"'],
        "equal": ["stack"],
    },
    {
        "source_matchers": ['alertname="ElasticsearchRed"'],
        "target_matchers": [_FINDS_NOTHING],
        "equal": ["stack"],
    },
)
"""What a worse alert already says is not told again."""


def routing(receivers: Iterable[Receiver]) -> Json:
    """`alertmanager.yml`. Without receivers alerts are shown in Alertmanager and Grafana, and told to nobody.

    Raises:
        DescriptionError: Two receivers have one name, or one is told of nothing.
    """
    listed = list(receivers)
    names = [receiver.name for receiver in listed]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DescriptionError(f"receivers: {', '.join(twice)}: named more than once; give each its own name")
    if idle := sorted(receiver.name for receiver in listed if not receiver.severities):
        raise DescriptionError(f"receiver {idle[0]}: severities is empty; name some of {', '.join(Severity)}")
    return {
        "route": {
            "receiver": _NOBODY,
            "group_by": ["alertname", "service"],
            "group_wait": "30s",
            **_told_every(timedelta(hours=4)),
            "routes": [_route(receiver, severity) for receiver in listed for severity in sorted(receiver.severities)],
        },
        "inhibit_rules": list(INHIBITIONS),
        "receivers": [{"name": _NOBODY}, *(_receiver(receiver) for receiver in listed)],
    }


def _route(receiver: Receiver, severity: Severity) -> Json:
    route: dict[str, Value] = {
        "receiver": receiver.name,
        "matchers": [f'severity="{severity}"'],
        "continue": True,
    }
    if severity is Severity.CRITICAL:
        route |= {"group_wait": "10s", **_told_every(timedelta(hours=1))}
    if severity is Severity.HEARTBEAT:
        # Who watches the heartbeat expects it every minute.
        route |= {"group_wait": "0s", **_told_every(timedelta(minutes=1), looked_at_every=timedelta(minutes=1))}
    return route


def _told_every(period: timedelta, *, looked_at_every: timedelta = timedelta(minutes=5)) -> Json:
    """How often a group is looked at for news, and told again without any.

    Alertmanager tells again only when it looks at a group, and only when more than `repeat_interval` has passed since
    it was last told, which is a moment after that look. An interval of exactly the period is not over yet at the look
    that it is meant for, and waits for the next one: a heartbeat of a minute would come every second minute.
    """
    return {
        "group_interval": duration(looked_at_every),
        "repeat_interval": duration(period - looked_at_every / 6),
    }


def _receiver(receiver: Receiver) -> Json:
    match receiver:
        case Webhook():
            address: Json = {"url": receiver.url} if receiver.url_file is None else {"url_file": receiver.url_file}
            webhook: dict[str, Value] = {**address, "send_resolved": True}
            if receiver.token_file is not None:
                webhook["http_config"] = {"authorization": {"credentials_file": receiver.token_file}}
            return {"name": receiver.name, "webhook_configs": [webhook]}
        case Slack():
            return {
                "name": receiver.name,
                "slack_configs": [
                    {
                        "api_url_file": receiver.url_file,
                        "channel": receiver.channel,
                        "send_resolved": True,
                        "title": "{{ .CommonAnnotations.summary }}",
                        "text": _SLACK_TEXT,
                    }
                ],
            }
        case Email():
            mail: dict[str, Value] = {
                "to": receiver.to,
                "from": receiver.sender,
                "smarthost": receiver.smarthost,
                "require_tls": True,
                "send_resolved": True,
            }
            if receiver.user is not None:
                mail |= {"auth_username": receiver.user, "auth_password_file": receiver.password_file}
            return {"name": receiver.name, "email_configs": [mail]}
