"""The program of the bootstrap image: makes in Elasticsearch and Kibana what the description says, and tells of it.

It needs httpx and tenacity and nothing else of this project; its input is `observability.elasticsearch.content`.
"""
