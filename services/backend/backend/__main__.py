"""Run the API server until SIGTERM."""

import logging
import sys

import uvicorn

from backend import application, logs
from backend.settings import DatabaseSettings, LogLevel, ServerSettings, SettingsError, load
from backend.shutdown import Server, Shutdown, exit_well_on_signals

logger = logging.getLogger("backend")

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays open: longer than the proxies before us keep theirs (nginx: 60)."""


def main() -> None:
    """Serve until SIGTERM or SIGINT; requests that were accepted are answered before the process ends.

    Exit codes: 0 after a signal, 2 when the environment is wrong, 3 when the port is taken.
    """
    exit_well_on_signals()
    logs.configure(LogLevel.INFO)
    try:
        settings, database = load(ServerSettings), load(DatabaseSettings)
    except SettingsError as error:
        logger.critical("the environment is wrong: %s", error)
        sys.exit(2)
    logs.configure(settings.log_level)
    shutdown = Shutdown()
    config = uvicorn.Config(
        application.create(database, shutdown),
        host=settings.listen_address,
        port=settings.listen_port,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.finish_seconds,
    )
    Server(config, shutdown, settings.drain_seconds).run()


if __name__ == "__main__":
    main()
