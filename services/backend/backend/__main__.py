"""Run the API server until SIGTERM."""

import signal
import sys
from threading import Thread
from types import FrameType

from backend.database import Database
from backend.server import make_server

PORT = 8000


def main() -> None:
    """Serve until SIGTERM or SIGINT; requests that were accepted are answered before the process ends."""
    server = make_server(("", PORT), Database.from_environment())

    def stop(_number: int, _frame: FrameType | None) -> None:
        Thread(target=server.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.serve_forever()
    server.server_close()
    sys.exit(0)


if __name__ == "__main__":
    main()
