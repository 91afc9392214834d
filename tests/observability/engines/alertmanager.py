"""Alertmanager by itself: it is told of alerts as Prometheus tells it, and says what it does with them."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.observability.engines import debian
from tests.observability.engines.process import running, until
from tests.ports import free_port


@dataclass(frozen=True, kw_only=True)
class Alertmanager:
    """One that runs; `log` is what it writes."""

    url: str
    log: Path

    def tell(self, labels: Iterable[Mapping[str, str]], annotations: Mapping[str, str] | None = None) -> None:
        """Alerts that fire, of these labels."""
        sent = [{"labels": one, "annotations": annotations or {}} for one in labels]
        httpx.post(f"{self.url}/api/v2/alerts", json=sent).raise_for_status()

    def alerts(self) -> list[dict[str, Any]]:
        """What fires, with its status."""
        return httpx.get(f"{self.url}/api/v2/alerts").json()


@contextmanager
def started(programs: Path, folder: Path, configuration: Mapping[str, Any]) -> Generator[Alertmanager]:
    """It runs with this configuration until the block ends."""
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(configuration))
    address, log = f"127.0.0.1:{free_port()}", folder / "alertmanager.log"
    command = [
        *debian.alertmanager(programs),
        "--config.file=alertmanager.yml",
        f"--storage.path={folder / 'alertmanager'}",
        "--cluster.listen-address=",
        f"--web.listen-address={address}",
    ]
    url = f"http://{address}"
    with running(command, log=log, folder=folder) as process:
        until("Alertmanager", lambda: httpx.get(f"{url}/-/ready").is_success, process=process, log=log)
        yield Alertmanager(url=url, log=log)
