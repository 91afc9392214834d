"""The count exporter: asks Elasticsearch how many documents declared queries find, and tells Prometheus.

It needs httpx and nothing else of this project; its input is `observability.elasticsearch.counts`.
"""
