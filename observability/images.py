"""The images of the engines, by tag and digest: the tag is for readers, the digest is what is pulled.

Each digest is that of the index of all platforms. Where it was read, and how many independent places agree on it, is in
docs/decisions/0014-images-by-digest.md; `python -m tools.image_digests` asks the registries, and changes this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ELASTIC: Final = "9.5.1"
"""One version for Elasticsearch, Kibana and Logstash: Kibana refuses an Elasticsearch that is older than itself."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """A repository, a tag of it, and the SHA-256 (64 hexadecimal digits) of the index that the tag named."""

    repository: str
    tag: str
    sha256: str

    @property
    def reference(self) -> str:
        """What is pulled: `repository:tag@sha256:...`."""
        return f"{self.repository}:{self.tag}@sha256:{self.sha256}"


IMAGES: Mapping[str, Image] = {
    "elasticsearch": Image(
        repository="docker.elastic.co/elasticsearch/elasticsearch",
        tag=ELASTIC,
        sha256="b70b3017fbd35310bc57e7e3f8c0ca42ca0b94df3331f747b7cdcfddae430a5a",
    ),
    "logstash": Image(
        repository="logstash",
        tag=ELASTIC,
        sha256="290108309dd7a838c8774929b3bc1afdeaef35fe55bb0ec949e6b6b16af28cb1",
    ),
    "kibana": Image(
        repository="docker.elastic.co/kibana/kibana",
        tag=ELASTIC,
        sha256="f1e3cb03928b2c88590579445cd3ea3fad750a1b1ced653193ce4211051d2206",
    ),
    "fluent-bit": Image(
        repository="fluent/fluent-bit",
        tag="4.2.1",
        sha256="d0ba6ceea4ed1a7cecb15a9184c29cc23159240d8d19b32885268b62dd54155b",
    ),
    "prometheus": Image(
        repository="prom/prometheus",
        tag="v3.5.0",
        sha256="63805ebb8d2b3920190daf1cb14a60871b16fd38bed42b857a3182bc621f4996",
    ),
    "alertmanager": Image(
        repository="prom/alertmanager",
        tag="v0.28.1",
        sha256="27c475db5fb156cab31d5c18a4251ac7ed567746a2483ff264516437a39b15ba",
    ),
    "blackbox": Image(
        repository="prom/blackbox-exporter",
        tag="v0.27.0",
        sha256="a50c4c0eda297baa1678cd4dc4712a67fdea713b832d43ce7fcc5f9bea05094d",
    ),
    "node": Image(
        repository="prom/node-exporter",
        tag="v1.9.1",
        sha256="d00a542e409ee618a4edc67da14dd48c5da66726bbd5537ab2af9c1dfc442c8a",
    ),
    "cadvisor": Image(
        repository="ghcr.io/google/cadvisor",
        tag="v0.60.5",
        sha256="763aecf1c32c2be8a1a75f9abfc2fc461005c9dbbaa39cb356b354aac1296dbe",
    ),
    "postgres-exporter": Image(
        repository="quay.io/prometheuscommunity/postgres-exporter",
        tag="v0.17.1",
        sha256="38606faa38c54787525fb0ff2fd6b41b4cfb75d455c1df294927c5f611699b17",
    ),
    "elasticsearch-exporter": Image(
        repository="quay.io/prometheuscommunity/elasticsearch-exporter",
        tag="v1.11.0",
        sha256="a056739b095df4baaa076f0b31321394233da9a240eeada2623d1b028b7ee7a6",
    ),
    "grafana": Image(
        repository="grafana/grafana",
        tag="12.0.2",
        sha256="b5b59bfc7561634c2d7b136c4543d702ebcc94a3da477f21ff26f89ffd4214fa",
    ),
}
"""Engine -> its image. The bootstrap program and the count exporter have none: their image is built here."""
