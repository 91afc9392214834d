"""Who is told of alerts: the stack's settings as Alertmanager's receivers, with their secrets."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from observability import files
from observability.description import DescriptionError
from observability.prometheus.routing import Email, Receiver, Slack, Webhook
from observability.settings import ReceiversSettings


@dataclass(frozen=True, kw_only=True)
class Receivers:
    """The receivers, and secret -> variable of the stack for what they must know."""

    receivers: tuple[Receiver, ...]
    secrets: Mapping[str, str]


def receivers(settings: ReceiversSettings, variables: Collection[str]) -> Receivers:
    """The receivers of a stack whose variables have these names.

    Raises:
        DescriptionError: A variable has no value; the text has a line for each.
    """
    needed = dict(_needed(settings))
    if missing := [(key, name) for key, (_, name) in needed.items() if name not in variables]:
        lines = "".join(
            f"\n  - {key}: {name} has no value: pulumi config set --secret --path 'services:variables.{name}'"
            for key, name in missing
        )
        raise DescriptionError(f"observability has {len(missing)} problem{'s' * (len(missing) > 1)}:{lines}")
    return Receivers(receivers=tuple(_described(settings)), secrets=dict(needed.values()))


def _needed(settings: ReceiversSettings) -> Iterator[tuple[str, tuple[str, str]]]:
    """Key of a setting -> secret, and the variable that the setting names."""
    prefix = "observability:receivers"
    for name, webhook in settings.webhook.items():
        if webhook.url_variable is not None:
            yield f"{prefix}.webhook.{name}.url_variable", (_secret("address", name), webhook.url_variable)
        if webhook.token_variable is not None:
            yield f"{prefix}.webhook.{name}.token_variable", (_secret("webhook", name), webhook.token_variable)
    for name, slack in settings.slack.items():
        yield f"{prefix}.slack.{name}.url_variable", (_secret("slack", name), slack.url_variable)
    for name, email in settings.email.items():
        if email.password_variable is not None:
            yield f"{prefix}.email.{name}.password_variable", (_secret("email", name), email.password_variable)


def _secret(kind: str, name: str) -> str:
    return f"alerts-{kind}-{name}"


def _file(kind: str, name: str, variable: str | None) -> str | None:
    return None if variable is None else files.path(_secret(kind, name))


def _described(settings: ReceiversSettings) -> Iterator[Receiver]:
    for name, webhook in settings.webhook.items():
        yield Webhook(
            name=f"webhook-{name}",
            severities=webhook.severities,
            url=webhook.url,
            url_file=_file("address", name, webhook.url_variable),
            token_file=_file("webhook", name, webhook.token_variable),
        )
    for name, slack in settings.slack.items():
        yield Slack(
            name=f"slack-{name}",
            severities=slack.severities,
            channel=slack.channel,
            url_file=files.path(_secret("slack", name)),
        )
    for name, email in settings.email.items():
        yield Email(
            name=f"email-{name}",
            severities=email.severities,
            to=email.to,
            sender=email.sender,
            smarthost=email.smarthost,
            user=email.user,
            password_file=_file("email", name, email.password_variable),
        )
