"""Services: whether they answer, fail, are slow; and the certificates that they show."""

from typing import Final

from observability import producers
from observability.alerts.owners import AT_ONCE, PROMETHEUS_EVERYWHERE, minutes
from observability.description import Alert, Severity

_DAY_SECONDS: Final = 24 * 60 * 60
FEWEST_FAILURES: Final = 5
"""Failed requests in five minutes below which nobody is woken: one a minute. At night two of twenty are 10 %, and say
nothing of a service that its probe finds well."""

AVAILABILITY: tuple[Alert, ...] = (
    Alert(
        name="ProbeDown",
        producers=(producers.BLACKBOX,),
        condition="probe_success == 0",
        lasting=minutes(1),
        severity=Severity.CRITICAL,
        summary="{{ $labels.service }} does not answer",
        detail="{{ $labels.instance }} has failed its probe for a minute.",
        runbook="probe-down",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="TargetDown",
        producers=(producers.PROMETHEUS,),
        condition="up == 0",
        lasting=minutes(2),
        severity=Severity.WARNING,
        summary="{{ $labels.job }} cannot be scraped",
        detail="{{ $labels.instance }} gives no metrics: what they would tell is not known.",
        runbook="target-down",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="CertificateExpiresSoon",
        producers=(producers.BLACKBOX,),
        condition=f"probe_ssl_earliest_cert_expiry - time() < {20 * _DAY_SECONDS}",
        lasting=minutes(10),
        severity=Severity.WARNING,
        summary="The certificate of {{ $labels.service }} expires in {{ $value | humanizeDuration }}",
        detail="{{ $labels.instance }}: less than 20 days are left.",
        runbook="certificate-expires",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="CertificateExpiresNow",
        producers=(producers.BLACKBOX,),
        condition=f"probe_ssl_earliest_cert_expiry - time() < {3 * _DAY_SECONDS}",
        lasting=AT_ONCE,
        severity=Severity.CRITICAL,
        summary="The certificate of {{ $labels.service }} expires in {{ $value | humanizeDuration }}",
        detail="{{ $labels.instance }}: less than 3 days are left.",
        runbook="certificate-expires",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="DeadMan",
        producers=(),
        condition="vector(1)",
        lasting=AT_ONCE,
        severity=Severity.HEARTBEAT,
        summary="Alerting works",
        detail="This alert always fires. When it stops arriving, no other alert arrives either.",
        runbook="dead-man",
        owner=PROMETHEUS_EVERYWHERE,
    ),
)

REQUESTS: tuple[Alert, ...] = (
    Alert(
        name="ServerErrors",
        producers=(producers.COUNTS,),
        condition=(
            "sum by (service) (logs_failed_requests) / (sum by (service) (logs_requests) > 0) > 0.05"
            f" and sum by (service) (logs_failed_requests) >= {FEWEST_FAILURES}"
        ),
        lasting=minutes(5),
        severity=Severity.CRITICAL,
        summary="{{ $value | humanizePercentage }} of the requests to {{ $labels.service }} fail",
        detail=f"More than 5 % of the requests, at least {FEWEST_FAILURES}, were answered with 5xx for five minutes.",
        runbook="server-errors",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="SlowRequests",
        producers=(producers.COUNTS,),
        condition="sum by (service) (logs_slow_requests) / (sum by (service) (logs_requests) > 0) > 0.05",
        lasting=minutes(10),
        severity=Severity.WARNING,
        summary="The 95th percentile of {{ $labels.service }} is above one second",
        detail="{{ $value | humanizePercentage }} of the requests took longer than one second for ten minutes.",
        runbook="slow-requests",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="ErrorLogs",
        producers=(producers.COUNTS,),
        condition="sum by (service) (logs_error_lines) > 10",
        lasting=AT_ONCE,
        severity=Severity.WARNING,
        summary="{{ $labels.service }} logged {{ $value }} errors in five minutes",
        detail="More than ten lines of level error or worse in five minutes.",
        runbook="error-logs",
        owner=PROMETHEUS_EVERYWHERE,
    ),
)
