"""Ports on which well-known official images listen: what a service that declares none can be reached on.

Source: the `EXPOSE` lines of the images' own Dockerfiles.
"""

from collections.abc import Mapping
from typing import Final

WELL_KNOWN_PORTS: Final[Mapping[str, tuple[int, ...]]] = {
    "adminer": (8080,),
    "alertmanager": (9093,),
    "caddy": (80, 443),
    "cassandra": (9042,),
    "consul": (8500,),
    "couchdb": (5984,),
    "elasticsearch": (9200,),
    "grafana": (3000,),
    "haproxy": (80,),
    "httpd": (80,),
    "influxdb": (8086,),
    "kibana": (5601,),
    "logstash": (5044, 9600),
    "mariadb": (3306,),
    "memcached": (11211,),
    "mongo": (27017,),
    "mysql": (3306,),
    "nats": (4222,),
    "neo4j": (7474, 7687),
    "nginx": (80,),
    "phpmyadmin": (80,),
    "postgres": (5432,),
    "prometheus": (9090,),
    "rabbitmq": (5672,),
    "redis": (6379,),
    "tomcat": (8080,),
    "traefik": (80,),
    "valkey": (6379,),
    "wordpress": (80,),
    "zookeeper": (2181,),
}
"""Last part of an image's repository -> TCP ports."""


def image_name(reference: str) -> str:
    """Return the last part of an image's repository: `postgres` of `docker.io/library/postgres:17@sha256:...`."""
    return reference.partition("@")[0].rsplit("/")[-1].partition(":")[0]


def well_known_ports(reference: str) -> tuple[int, ...]:
    """Return the ports that an image is known to listen on; none for one that is not known."""
    return WELL_KNOWN_PORTS.get(image_name(reference), ())
