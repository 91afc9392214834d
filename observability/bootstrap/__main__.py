"""`python -m observability.bootstrap elasticsearch|kibana CONTENT`: one of the two jobs, to its end.

Environment: URL, CA_FILE, USER_NAME, SECRETS_FOLDER (/run/secrets), DEADLINE_SECONDS (300), ACCEPT_SHORTER_RETENTION
(names of lifecycle policies and `logs-failures`, separated by commas). Exit 0: everything is there. Exit 1, and one
line: it is not.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from observability.bootstrap import elasticsearch, kibana
from observability.bootstrap.client import Deadline, Engine
from observability.bootstrap.errors import BootstrapError
from observability.bootstrap.report import Done, summary

PASSWORD: Final = "bootstrap-password"  # noqa: S105  # the secret's name


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run a job, and tell of each object."""
    parser = argparse.ArgumentParser(prog="bootstrap", description="Make what the description says.")
    parser.add_argument("engine", choices=("elasticsearch", "kibana"))
    parser.add_argument("content", type=Path, help="the rendered content, a JSON file")
    chosen = parser.parse_args(arguments)
    job = f"bootstrap-{chosen.engine}"
    begun = time.monotonic()
    done: list[Done] = []
    try:
        for item in _run(chosen.engine, _content(chosen.content), environment):
            done.append(item)
            print(item, flush=True)
    except BootstrapError as error:
        print(f"{job} failed: {error}", file=sys.stderr)
        return 1
    print(summary(job, done, time.monotonic() - begun))
    return 0


def _run(engine_name: str, content: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[Done]:
    secrets = Path(environment.get("SECRETS_FOLDER", "/run/secrets"))
    ca_file = environment.get("CA_FILE")
    engine = Engine(
        name=engine_name,
        url=_required(environment, "URL"),
        ca_file=Path(ca_file) if ca_file else None,
        user=_required(environment, "USER_NAME"),
        password=_secret(secrets, PASSWORD),
        deadline=Deadline(seconds=_seconds(environment)),
        headers=kibana.HEADERS if engine_name == "kibana" else None,
    )
    try:
        if engine_name == "kibana":
            yield from kibana.make(engine, content["saved_objects"])
            return
        users = (*content["users"].values(), *content["built_in_users"].values())
        passwords = {entry["password"]: _secret(secrets, entry["password"]) for entry in users}
        accepted = frozenset(filter(None, environment.get("ACCEPT_SHORTER_RETENTION", "").split(",")))
        yield from elasticsearch.make(engine, content, passwords, accepted)
    finally:
        engine.close()


def _content(path: Path) -> Mapping[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise BootstrapError(f"the content {path} cannot be read: {error}") from None


def _required(environment: Mapping[str, str], name: str) -> str:
    if not environment.get(name):
        raise BootstrapError(f"the environment variable {name} is not set")
    return environment[name]


def _seconds(environment: Mapping[str, str]) -> float:
    text = environment.get("DEADLINE_SECONDS", "300")
    if not text.isdigit() or int(text) == 0:
        raise BootstrapError(f"DEADLINE_SECONDS={text!r} is not allowed; allowed: whole seconds, 1 or more")
    return float(text)


def _secret(folder: Path, name: str) -> str:
    path = folder / name
    try:
        value = path.read_text().rstrip("\n")
    except OSError as error:
        raise BootstrapError(f"the secret {path} cannot be read: {error.strerror}") from None
    if not value:
        raise BootstrapError(f"the secret {path} is empty")
    return value


if __name__ == "__main__":
    sys.exit(main())
