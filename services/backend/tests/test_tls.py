"""TLS to the database, as on AWS: the authority and the host's name are verified."""

import psycopg
import pytest

from backend.database import connection_parameters
from backend.settings import DatabaseSettings, SslMode
from services.backend.tests.cluster import Cluster
from services.backend.tests.servers import BACKEND, serving

RDS_BUNDLE = BACKEND / "rds-global-bundle.pem"


def verified(settings: DatabaseSettings, cluster: Cluster, host: str, mode: SslMode) -> DatabaseSettings:
    return settings.model_copy(update={"host": host, "sslmode": mode, "sslrootcert": cluster.authority})


def test_the_name_that_the_certificate_carries_is_accepted(application: DatabaseSettings, cluster: Cluster) -> None:
    settings = verified(application, cluster, "localhost", SslMode.VERIFY_FULL)
    with psycopg.connect(**connection_parameters(settings)) as connection:
        assert connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone() == (True,)
    with serving(settings) as server:
        assert server.client.get("/readyz").status_code == 200


def test_another_name_is_refused(application: DatabaseSettings, cluster: Cluster) -> None:
    settings = verified(application, cluster, "127.0.0.1", SslMode.VERIFY_FULL)
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        psycopg.connect(**connection_parameters(settings))


def test_another_authority_is_refused(application: DatabaseSettings, cluster: Cluster) -> None:
    settings = verified(application, cluster, "localhost", SslMode.VERIFY_CA)
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(**connection_parameters(settings.model_copy(update={"sslrootcert": RDS_BUNDLE})))
