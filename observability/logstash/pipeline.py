"""Logstash is thin: lines come in over TLS, wait in a queue on disk, and go to their data stream.

Elasticsearch's pipelines parse them. There is no dead-letter queue: what Elasticsearch refuses is in the stream's
failure store. The output names its index itself: with `data_stream => true` the plugin takes no document id.
"""

import json
from typing import Final

from observability.description import Description
from observability.elasticsearch.roles import LOGSTASH_WRITER
from observability.streams import UNCLASSIFIED

PORT: Final = 8080
SHIPPER: Final = "shipper"
"""The user that Fluent Bit is to Logstash."""
QUEUE_BYTES: Final = 1024 * 1024 * 1024


def pipeline(description: Description, *, elasticsearch_url: str) -> str:
    """`pipelines/main.conf`; passwords and files come from the environment of the container.

    `event.id` is the document's id, so a line that is delivered twice is refused the second time (409), which the
    output takes as done. A dataset that has no stream here goes to `unclassified`: the writer may write nowhere else.
    """
    datasets = [stream.dataset for stream in description.streams if stream.pipeline is not None]
    return f"""\
input {{
  http {{
    id => "shipper"
    host => "0.0.0.0"
    port => {PORT}
    codec => json {{ ecs_compatibility => "disabled" }}
    ecs_compatibility => "disabled"
    remote_host_target_field => "[@metadata][remote_host]"
    request_headers_target_field => "[@metadata][headers]"
    user => "{SHIPPER}"
    password => "${{SHIPPER_PASSWORD}}"
    ssl_enabled => true
    ssl_certificate => "${{CERTIFICATE_FILE}}"
    ssl_key => "${{KEY_FILE}}"
    ssl_supported_protocols => ["TLSv1.2", "TLSv1.3"]
  }}
}}
filter {{
  if [data_stream][dataset] not in {json.dumps(datasets)} {{
    mutate {{ replace => {{ "[data_stream][dataset]" => "{UNCLASSIFIED}" }} }}
  }}
  mutate {{
    replace => {{ "[data_stream][type]" => "logs" }}
    replace => {{ "[data_stream][namespace]" => "{description.namespace}" }}
    remove_field => ["@version"]
  }}
  if ![event][id] {{
    uuid {{ target => "[event][id]" }}
  }}
}}
output {{
  elasticsearch {{
    id => "streams"
    hosts => ["{elasticsearch_url}"]
    user => "{LOGSTASH_WRITER.name}"
    password => "${{WRITER_PASSWORD}}"
    ssl_enabled => true
    ssl_certificate_authorities => ["${{CA_FILE}}"]
    data_stream => "false"
    manage_template => false
    ilm_enabled => false
    action => "create"
    index => "logs-%{{[data_stream][dataset]}}-%{{[data_stream][namespace]}}"
    document_id => "%{{[event][id]}}"
    silence_errors_in_log => ["version_conflict_engine_exception"]
    ecs_compatibility => "disabled"
  }}
}}
"""


def settings() -> str:
    """`logstash.yml`: a queue on disk that is written to before the shipper is answered.

    Its own interface knows no password here: it is for the health check in the container alone.
    """
    return f"""\
pipeline.ecs_compatibility: disabled
pipeline.ordered: auto
queue.type: persisted
queue.max_bytes: {QUEUE_BYTES}
queue.checkpoint.writes: 1
dead_letter_queue.enable: false
api.http.host: 127.0.0.1
api.auth.type: none
xpack.monitoring.enabled: false
log.format: json
"""
