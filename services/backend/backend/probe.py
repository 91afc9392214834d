"""`python -m backend.probe PATH`: exit 0 when this container's server answers 200, 1 otherwise.

Run every few seconds: it imports nothing but the standard library.
"""

import http.client
import os
import sys
from typing import Final

TIMEOUT_SECONDS: Final = 3


def main() -> int:
    """Ask once, on loopback."""
    port = int(os.environ.get("BACKEND_LISTEN_PORT", "8000"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", sys.argv[1])
        return 0 if connection.getresponse().status == http.HTTPStatus.OK else 1
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
