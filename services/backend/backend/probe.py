"""`python -m backend.probe PATH`: exit 0 when this container's server answers 200, 1 otherwise."""

import http.client
import sys

from backend.__main__ import PORT


def main() -> int:
    """Ask once, on loopback, for at most three seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=3)
    try:
        connection.request("GET", sys.argv[1])
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
