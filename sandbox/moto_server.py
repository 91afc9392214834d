"""The process that is the cloud: moto's server on loopback with the handlers that it lacks and a control endpoint.

    python -m sandbox.moto_server --port 0 --region eu-central-1 --token WORD --ready FILE --parent PID

The control endpoint is below /sandbox-api/: `identity`, `resources`, `leftovers` (GET), `hosted-zones` (POST),
`injections` (GET, POST, DELETE), `answers` (DELETE).
"""

import argparse
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from threading import Lock
from types import FrameType
from typing import Any, cast

os.environ.setdefault("MOTO_ACM_VALIDATION_WAIT", "0")

from flask import Flask
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from sandbox import inventory, moto_cleanup, moto_handlers
from sandbox.account import Account
from sandbox.answers import Remembering, Wsgi
from sandbox.aws_error import CRASH_HEADER
from sandbox.faults import ordered
from sandbox.files import write_json
from sandbox.injections import Injections, Silence, parse

CONTROL = "/sandbox-api/"
HOST = "127.0.0.1"
AFTERWARDS = "sandbox.afterwards"
"""Of a request's environment: what is to be waited for between its turn and its answer."""


class Control:
    """Answers the control endpoint and hands everything else to moto."""

    def __init__(self, cloud: Wsgi, account: Account, injections: Injections, token: str) -> None:
        self.cloud = Remembering(cloud)
        self.account = account
        self.token = token
        self.injections = injections

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """WSGI."""
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(CONTROL):
            order = ordered(self.injections, environ)
            if isinstance(order, Silence):
                environ[AFTERWARDS] = partial(self.injections.withhold, order)
            answer = order if isinstance(order, Response) else self.cloud
            return answer(environ, start_response)
        return self.answer(path.removeprefix(CONTROL), Request(environ))(environ, start_response)

    def answer(self, name: str, request: Request) -> Response:
        """Answers one control request; 400 with what is wrong, 404 for an unknown one."""
        match (request.method, name):
            case ("GET", "identity"):
                return _json({"pid": os.getpid(), "token": self.token})
            case ("GET", "resources"):
                return _json(inventory.resources())
            case ("GET", "leftovers"):
                return _json(self.account.leftovers())
            case ("POST", "hosted-zones"):
                self.account.ensure_hosted_zone(request.get_json())
                return _json({})
            case ("GET", "injections"):
                return _json(self.injections.listed())
            case ("POST", "injections"):
                try:
                    self.injections.add(parse(request.get_json()))
                except ValueError as error:
                    return _json({"error": str(error)}, status=400)
                return _json({})
            case ("DELETE", "answers"):
                self.cloud.forget(but=request.get_json())
                return _json({})
            case ("DELETE", "injections"):
                self.injections.clear()
                return _json({})
            case _:
                return _json({"error": f"no {request.method} {CONTROL}{name}"}, status=404)


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")


def explained(error: Exception) -> Response | HTTPException:
    """In place of werkzeug's page: 501 where moto lacks something, else 500 with the exception in a header."""
    if isinstance(error, HTTPException):
        return error
    lacking = isinstance(error, NotImplementedError)
    cause = " ".join(f"{type(error).__name__}: {error}".split()).encode("ascii", "replace").decode()[:300]
    traceback.print_exception(error)
    return Response("<!doctype html>", status=501 if lacking else 500, headers={CRASH_HEADER: cause})


class OneAtATime:
    """A WSGI application whose requests take turns: moto's backends are plain dictionaries without locks."""

    def __init__(self, application: Wsgi) -> None:
        self._application = application
        self._turn = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """WSGI."""
        with self._turn:
            answer = list(self._application(environ, start_response))
        if AFTERWARDS in environ:
            environ[AFTERWARDS]()
        return answer


def create_app(service: str) -> Flask:
    """moto's application of a service, with `explained` errors."""
    application: Flask = create_backend_app(cast("Any", service))
    application.register_error_handler(Exception, explained)
    return application


def make(port: int, region: str, token: str) -> BaseWSGIServer:
    """The server, bound to loopback and ready to serve. Raises OSError when the port is taken."""
    injections = Injections()
    moto_handlers.add_all(injections)
    moto_cleanup.add_cleanup()
    application = Control(
        DomainDispatcherApplication(create_app), Account(DEFAULT_ACCOUNT_ID, region), injections, token
    )
    with socket.create_server((HOST, port)) as listening:
        # Given its socket, werkzeug does not end the process when the port is taken.
        handler, descriptor = MotoRequestHandler, listening.fileno()
        return make_server(HOST, port, OneAtATime(application), threaded=True, request_handler=handler, fd=descriptor)


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> int:
    """Serves until it is told to end. Exit code 98: the port is taken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 lets the system choose")
    parser.add_argument("--region", required=True)
    parser.add_argument("--token", required=True, help="told back by `identity`")
    parser.add_argument("--ready", type=Path, required=True, help="file to write the port to")
    parser.add_argument("--parent", type=int, required=True, help="the process that waits for the file")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        server = make(options.port, options.region, options.token)
    except OSError as error:
        print(f"port {options.port}: {error}", file=sys.stderr)
        return 98
    if os.getppid() != options.parent:
        return 0  # It was killed meanwhile: nobody would know of this server.
    os.environ["MOTO_PORT"] = str(server.port)
    write_json(options.ready, {"pid": os.getpid(), "port": server.port, "token": options.token})
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
