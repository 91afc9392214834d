"""Logging and alerting themselves: whether lines arrive, are kept, and whether somebody is told."""

from typing import Final

from observability import producers
from observability.alerts.owners import AT_ONCE, PROMETHEUS_EVERYWHERE, minutes
from observability.description import Alert, Severity

_HEAP: Final = 'elasticsearch_jvm_memory_used_bytes{area="heap"} / elasticsearch_jvm_memory_max_bytes{area="heap"}'
_DISK: Final = "elasticsearch_filesystem_data_available_bytes / elasticsearch_filesystem_data_size_bytes"
_BUSY_HOUR: Final = "max_over_time(count_over_time((logs_documents > 10)[1h:5m])[1d:10m]) >= 12"
"""Streams that within a day had a whole hour with more than ten lines every ten minutes.

The day keeps the alert for a stream that is dead: over the hour before alone it would end, as if lines came again.
Every look of the hour, one each five minutes, has to find them: a job that writes a lot once an hour, or only when it
starts, is not silent between its runs. An hour has 13 looks in Prometheus 2, and 12 in Prometheus 3, which leaves its
begin out.
"""

LOGGING: tuple[Alert, ...] = (
    Alert(
        name="ElasticsearchRed",
        producers=(producers.ELASTICSEARCH,),
        condition='elasticsearch_cluster_health_status{color="red"} == 1',
        lasting=minutes(1),
        severity=Severity.CRITICAL,
        summary="Elasticsearch is red",
        detail="At least one primary shard is missing: its documents are neither found nor taken.",
        runbook="elasticsearch-red",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="ElasticsearchHeapHigh",
        producers=(producers.ELASTICSEARCH,),
        condition=f"{_HEAP} > 0.8",
        lasting=minutes(15),
        severity=Severity.WARNING,
        summary="The heap of {{ $labels.name }} is {{ $value | humanizePercentage }} full",
        detail="More than 80 % for 15 minutes.",
        runbook="elasticsearch-heap",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="ElasticsearchHeapFull",
        producers=(producers.ELASTICSEARCH,),
        condition=f"{_HEAP} > 0.9",
        lasting=minutes(5),
        severity=Severity.CRITICAL,
        summary="The heap of {{ $labels.name }} is {{ $value | humanizePercentage }} full",
        detail="More than 90 % for five minutes: requests are refused by the circuit breaker next.",
        runbook="elasticsearch-heap",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="ElasticsearchDiskLow",
        producers=(producers.ELASTICSEARCH,),
        condition=f"{_DISK} < 0.2",
        lasting=minutes(5),
        severity=Severity.WARNING,
        summary="{{ $labels.name }} has {{ $value | humanizePercentage }} of its disk left",
        detail="Less than 20 %. From 15 % on, no new shards are placed there.",
        runbook="elasticsearch-disk",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="ElasticsearchDiskFull",
        producers=(producers.ELASTICSEARCH,),
        condition=f"{_DISK} < 0.1",
        lasting=minutes(1),
        severity=Severity.CRITICAL,
        summary="{{ $labels.name }} has {{ $value | humanizePercentage }} of its disk left",
        detail="Less than 10 %. At 5 % Elasticsearch makes every index read-only, and lines wait at the shippers.",
        runbook="elasticsearch-disk",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="StreamSilent",
        producers=(producers.COUNTS,),
        condition=f'logs_documents == 0 and ({_BUSY_HOUR} or logs_documents{{service="{producers.COUNTS}"}})',
        lasting=minutes(2),
        severity=Severity.WARNING,
        summary="No line of {{ $labels.stream }} has arrived for at least ten minutes",
        detail="For an hour of the last day it had more than ten every ten minutes, or it is the count exporter's own.",
        runbook="stream-silent",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="FailureStoreNotEmpty",
        producers=(producers.COUNTS,),
        condition="logs_failure_store_documents > 0",
        lasting=AT_ONCE,
        severity=Severity.WARNING,
        summary="{{ $value }} documents of {{ $labels.stream }} were refused",
        detail="They are in its failure store, not in the stream: searches do not find them.",
        runbook="failure-store",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="UnparsedLines",
        producers=(producers.COUNTS,),
        condition="sum by (service) (logs_unparsed_lines) > 10",
        lasting=minutes(10),
        severity=Severity.WARNING,
        summary="{{ $value }} lines of {{ $labels.service }} could not be parsed",
        detail="They are kept as they came, with error.message; fields that rules count are missing.",
        runbook="unparsed-lines",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="CountQueryFails",
        producers=(producers.COUNTS,),
        condition="logs_count_query_success == 0",
        lasting=minutes(5),
        severity=Severity.WARNING,
        summary="The count query {{ $labels.query }} fails",
        detail="Alerts over it see nothing.",
        runbook="count-query-fails",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="ShipperDropsLines",
        producers=(producers.FLUENT_BIT,),
        condition="increase(fluentbit_output_dropped_records_total[10m]) > 0",
        lasting=AT_ONCE,
        severity=Severity.CRITICAL,
        summary="Fluent Bit gave lines up",
        detail="A chunk could not be delivered and was dropped: its lines are lost.",
        runbook="shipper-drops-lines",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="NotificationsFail",
        producers=(producers.ALERTMANAGER,),
        condition="increase(alertmanager_notifications_failed_total[10m]) > 0",
        lasting=AT_ONCE,
        severity=Severity.CRITICAL,
        summary="Alertmanager cannot deliver to {{ $labels.integration }}",
        detail="Somebody is not told of an alert that fires.",
        runbook="notifications-fail",
        owner=PROMETHEUS_EVERYWHERE,
    ),
)
