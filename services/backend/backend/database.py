"""The way to PostgreSQL: how connections are made, the pool that lends them, and what is tried again."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeVar

import psycopg
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from backend import SERVICE_NAME
from backend.settings import DatabaseSettings

logger = logging.getLogger(__name__)

Connection = psycopg.AsyncConnection[DictRow]
Result = TypeVar("Result")

CONNECT_TIMEOUT_SECONDS: Final = 3
ATTEMPTS: Final = 3
"""How often a piece of work is tried."""

_RECONNECT_SECONDS: Final = 5.0
"""After that long the pool gives up on a connection, and the next request begins anew: psycopg doubles its pauses, and
without an end would sleep for minutes after a database that was away for minutes."""

_UNACKNOWLEDGED_MILLISECONDS: Final = 10_000
"""A peer that says nothing for that long is gone: a failover must not leave requests hanging."""

_WAITING_REQUESTS_PER_CONNECTION: Final = 20

_NO_SECOND_TRY: Final = (
    PoolTimeout,
    PoolClosed,
    TooManyRequests,
    psycopg.errors.QueryCanceled,
    psycopg.errors.LockNotAvailable,
)
"""What another try would only make worse."""

UNAVAILABLE: Final = (psycopg.OperationalError, psycopg.InterfaceError)
"""The database is away, overloaded or slow; the work may succeed later."""


def connection_parameters(settings: DatabaseSettings) -> dict[str, Any]:
    """Return libpq's parameters for a connection, the password among them."""
    return {
        "host": settings.host,
        "port": settings.port,
        "dbname": settings.name,
        "user": settings.user,
        "password": settings.password.get_secret_value(),
        "sslmode": settings.sslmode.value,
        "sslrootcert": None if settings.sslrootcert is None else str(settings.sslrootcert),
        "application_name": SERVICE_NAME,
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "tcp_user_timeout": _UNACKNOWLEDGED_MILLISECONDS,
    }


class Database:
    """A pool of connections, and work that is done on one."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            # Read for each connection: a new password needs no new process.
            kwargs=lambda: {**connection_parameters(settings), "row_factory": dict_row, "autocommit": True},
            min_size=1,
            max_size=settings.pool_max_size,
            max_waiting=settings.pool_max_size * _WAITING_REQUESTS_PER_CONNECTION,
            timeout=settings.pool_timeout_seconds,
            reconnect_timeout=_RECONNECT_SECONDS,
            open=False,
            name=SERVICE_NAME,
        )

    async def open(self) -> None:
        """Begin to connect, without waiting: a server without its database is alive, but not ready."""
        await self._pool.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def run(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Do work on a connection; a connection that breaks, a deadlock and the like are tried again.

        A broken connection may have done the work before it broke: `work` must come to the same when it is repeated.

        Raises:
            psycopg.OperationalError: The database is away, or too slow.
        """
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(_may_succeed_at_once),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.05, max=0.5),
            reraise=True,
        ):
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    # What broke one connection broke others; those that are idle are found out and replaced.
                    await self._pool.check()
                async with self._pool.connection() as connection:
                    return await work(connection)
        raise AssertionError("the last attempt returns or raises")

    def collector(self) -> Collector:
        """Return the pool's numbers for Prometheus."""
        return _PoolCollector(self._pool)


def _may_succeed_at_once(error: BaseException) -> bool:
    again = isinstance(error, UNAVAILABLE) and not isinstance(error, _NO_SECOND_TRY)
    if again:
        logger.warning("trying again: %s", str(error).strip())
    return again


_POOL_GAUGES: Final = (
    ("size", "pool_size", "Connections of the pool."),
    ("available", "pool_available", "Connections of the pool that are idle."),
    ("waiting", "requests_waiting", "Requests that wait for a connection."),
)
"""Name, the pool's own name for it, and what it is."""


class _PoolCollector(Collector):
    def __init__(self, pool: AsyncConnectionPool[Connection]) -> None:
        self._pool = pool

    def collect(self) -> Iterator[GaugeMetricFamily]:
        numbers = self._pool.get_stats()
        for name, key, what in _POOL_GAUGES:
            yield GaugeMetricFamily(f"{SERVICE_NAME}_database_pool_{name}", what, value=numbers.get(key, 0))
