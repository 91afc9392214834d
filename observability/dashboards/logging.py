"""Logging itself: whether lines arrive, and whether there is room for them."""

from typing import Final

from observability import producers
from observability.description import Bad, MetricsDashboard, Panel, PanelKind, Unit

_COUNTS: Final = (producers.COUNTS,)
_ELASTICSEARCH: Final = (producers.ELASTICSEARCH,)

LOGGING: tuple[MetricsDashboard, ...] = (
    MetricsDashboard(
        slug="elk",
        title="Logging itself",
        question="Does every line arrive, and is there room for more?",
        panels=(
            Panel(
                title="Cluster is red",
                kind=PanelKind.NUMBER,
                unit=Unit.SHORT,
                queries={"red": 'elasticsearch_cluster_health_status{color="red"}'},
                producers=_ELASTICSEARCH,
                width=6,
                thresholds=(1,),
            ),
            Panel(
                title="Documents in failure stores, 24 hours",
                kind=PanelKind.NUMBER,
                unit=Unit.SHORT,
                queries={"refused": "sum(logs_failure_store_documents)"},
                producers=_COUNTS,
                width=6,
                thresholds=(1,),
            ),
            Panel(
                title="Unparsed lines in ten minutes",
                kind=PanelKind.NUMBER,
                unit=Unit.SHORT,
                queries={"unparsed": "sum(logs_unparsed_lines)"},
                producers=_COUNTS,
                width=6,
                thresholds=(10,),
            ),
            Panel(
                title="Documents indexed",
                kind=PanelKind.NUMBER,
                unit=Unit.PER_SECOND,
                queries={"indexed": "sum(rate(elasticsearch_indices_indexing_index_total[5m]))"},
                producers=_ELASTICSEARCH,
                width=6,
            ),
            Panel(
                title="Documents in ten minutes, by stream",
                kind=PanelKind.LINES,
                unit=Unit.SHORT,
                queries={"{{stream}}": "logs_documents"},
                producers=_COUNTS,
            ),
            Panel(
                title="Fluent Bit: lines read and delivered",
                kind=PanelKind.LINES,
                unit=Unit.PER_SECOND,
                queries={
                    "read {{name}}": "rate(fluentbit_input_records_total[5m])",
                    "delivered {{name}}": "rate(fluentbit_output_proc_records_total[5m])",
                    "retries {{name}}": "rate(fluentbit_output_retries_total[5m])",
                },
                producers=(producers.FLUENT_BIT,),
            ),
            Panel(
                title="Heap of Elasticsearch",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={
                    "{{name}}": 'elasticsearch_jvm_memory_used_bytes{area="heap"}'
                    ' / elasticsearch_jvm_memory_max_bytes{area="heap"}'
                },
                producers=_ELASTICSEARCH,
                thresholds=(0.8, 0.9),
            ),
            Panel(
                title="Disk of Elasticsearch, free",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={
                    "{{name}}": "elasticsearch_filesystem_data_available_bytes"
                    " / elasticsearch_filesystem_data_size_bytes"
                },
                producers=_ELASTICSEARCH,
                thresholds=(0.1, 0.2),
                bad=Bad.BELOW,
            ),
        ),
    ),
)
