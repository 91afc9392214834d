"""A dead endpoint, all the way: blackbox exporter, Prometheus, Alertmanager, webhook; and who produces which metric."""

import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest
import yaml

from observability import producers
from observability.description import Description, Probe, ProbeKind, Severity
from observability.files import METRICS_USER, Files
from observability.prometheus.blackbox import modules
from observability.prometheus.routing import Webhook, routing
from observability.prometheus.rules import rules
from observability.prometheus.scraping import configuration
from observability.prometheus.web import web_config
from tests.observability.engines import certificates, debian
from tests.observability.engines.process import running, until
from tests.observability.told import Told, listening
from tests.ports import free_port

PASSWORD = "correct-horse"
_TOLD_SECONDS = 60
_METRIC_PAGES = {producers.PROMETHEUS: 0, producers.ALERTMANAGER: 1, producers.BLACKBOX: 2, producers.NODE: 3}


@pytest.fixture
def told() -> Iterator[Told]:
    with listening() as server:
        yield server


@dataclass(frozen=True, kw_only=True)
class Secured:
    """TLS and a password, as the stack has them between its own programs."""

    files: Files
    context: ssl.SSLContext

    def get(self, url: str, auth: tuple[str, str] | None = (METRICS_USER, PASSWORD)) -> httpx.Response:
        return httpx.get(url, auth=auth, verify=self.context)


def _secured(folder: Path) -> Secured:
    made = certificates.make(folder / "certificates")
    (folder / "password").write_text(PASSWORD)
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    (folder / "web.yml").write_text(web_config(hashed, certificate=str(made.certificate), key=str(made.key)))
    return Secured(
        files=Files(authority=str(made.authority), metrics_password=str(folder / "password")),
        context=ssl.create_default_context(cafile=made.authority),
    )


def _quick(rule_file: dict[str, Any]) -> dict[str, Any]:
    """The rules, with a second in place of every time that a condition must hold."""
    quick = deepcopy(rule_file)
    for rule in quick["groups"][0]["rules"]:
        rule.pop("for", None)
    return quick


def test_a_dead_endpoint_is_told_to_the_webhook(
    description: Description, metrics_programs: Path, tmp_path: Path, told: Told
) -> None:
    prometheus, alertmanager, blackbox, dead = (free_port() for _ in range(4))
    probes = (
        Probe(service="backend", kind=ProbeKind.HTTP, target=f"http://127.0.0.1:{dead}/healthz"),
        Probe(service="frontend", kind=ProbeKind.HTTP, target=f"{told.url}healthz"),
    )
    watched = replace(description, probes=probes)
    secured = _secured(tmp_path)
    settings = json.loads(json.dumps(configuration(watched, secured.files)))
    settings["global"] |= {"scrape_interval": "1s", "evaluation_interval": "1s", "scrape_timeout": "1s"}
    settings["rule_files"] = [str(tmp_path / "rules.yml")]
    settings["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{alertmanager}"]
    settings["scrape_configs"] = [job for job in settings["scrape_configs"] if job["job_name"].startswith("probe-")]
    settings["scrape_configs"][0]["relabel_configs"][-1]["replacement"] = f"127.0.0.1:{blackbox}"
    receiver = Webhook(name="hook", severities=frozenset(Severity), url=told.url)
    routes = json.loads(json.dumps(routing([receiver])))
    for route in (routes["route"], *routes["route"]["routes"]):
        route |= {"group_wait": "0s", "group_interval": "1s"}
    for name, body in (
        ("rules.yml", _quick(dict(rules(watched, "https://git.example.com/docs/runbooks/")))),
        ("prometheus.yml", settings),
        ("alertmanager.yml", routes),
        ("blackbox.yml", modules(secured.files.authority)),
    ):
        (tmp_path / name).write_text(yaml.safe_dump(body))
    with ExitStack() as stack:
        for name, port, command in (
            ("blackbox", blackbox, [metrics_programs / "prometheus-blackbox-exporter", "--config.file=blackbox.yml"]),
            (
                "alertmanager",
                alertmanager,
                [
                    *debian.alertmanager(metrics_programs),
                    "--config.file=alertmanager.yml",
                    f"--storage.path={tmp_path / 'alertmanager'}",
                    "--cluster.listen-address=",
                ],
            ),
            (
                "prometheus",
                prometheus,
                [
                    metrics_programs / "prometheus",
                    "--config.file=prometheus.yml",
                    f"--storage.tsdb.path={tmp_path / 'prometheus'}",
                    # It finds Alertmanager seconds after its first alerts; these are sent again after this.
                    "--rules.alert.resend-delay=1s",
                ],
            ),
        ):
            log = tmp_path / f"{name}.log"
            words = [*command, f"--web.listen-address=127.0.0.1:{port}", "--web.config.file=web.yml"]
            process = stack.enter_context(running(words, log=log, folder=tmp_path))
            url = f"https://127.0.0.1:{port}/-/healthy"
            until(name, lambda url=url: secured.get(url).is_success, process=process, log=log)
            assert secured.get(url, auth=None).status_code == 401
        waited = until(
            "the webhook",
            lambda: {"ProbeDown", "DeadMan"} <= {alert["labels"]["alertname"] for alert in told.alerts},
            seconds=_TOLD_SECONDS,
            log=tmp_path / "alertmanager.log",
        )
    print(f"\ndead endpoint -> Prometheus -> Alertmanager -> webhook: {waited:.1f} s after the start of all three")
    down = [alert for alert in told.alerts if alert["labels"]["alertname"] == "ProbeDown"]
    assert {alert["labels"]["service"] for alert in down} == {"backend"}
    assert down[0]["labels"]["severity"] == "critical"
    assert down[0]["labels"]["stack"] == "dev"
    assert down[0]["annotations"]["summary"] == "backend does not answer"
    assert down[0]["annotations"]["runbook_url"] == "https://git.example.com/docs/runbooks/probe-down.md"


def test_programs_produce_the_metrics_that_they_are_said_to(
    description: Description, metrics_programs: Path, tmp_path: Path
) -> None:
    """The programs that watch no engine; the exporters of engines are in test_exporters, cAdvisor cannot be had."""
    ports = {name: free_port() for name in (*_METRIC_PAGES, "told")}
    made = certificates.make(tmp_path / "certificates")
    (tmp_path / "blackbox.yml").write_text(yaml.safe_dump(modules(str(made.authority))))
    (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(routing(())))
    (tmp_path / "prometheus.yml").write_text(
        yaml.safe_dump(
            {
                "scrape_configs": [
                    {
                        "job_name": "self",
                        "scrape_interval": "1s",
                        "scrape_timeout": "1s",
                        "static_configs": [{"targets": [f"127.0.0.1:{ports[producers.PROMETHEUS]}"]}],
                    }
                ]
            }
        )
    )
    address = {name: f"--web.listen-address=127.0.0.1:{port}" for name, port in ports.items()}
    commands = {
        producers.PROMETHEUS: (
            metrics_programs / "prometheus",
            "--config.file=prometheus.yml",
            f"--storage.tsdb.path={tmp_path / 'db'}",
        ),
        producers.ALERTMANAGER: (
            *debian.alertmanager(metrics_programs),
            "--config.file=alertmanager.yml",
            f"--storage.path={tmp_path / 'am'}",
            "--cluster.listen-address=",
        ),
        producers.BLACKBOX: (metrics_programs / "prometheus-blackbox-exporter", "--config.file=blackbox.yml"),
        producers.NODE: (metrics_programs / "prometheus-node-exporter",),
    }
    with ExitStack() as stack:
        for name, command in commands.items():
            stack.enter_context(running([*command, address[name]], log=tmp_path / f"{name}.log", folder=tmp_path))
        pages = {name: f"http://127.0.0.1:{ports[name]}/metrics" for name in commands}
        answering = f"127.0.0.1:{ports[producers.PROMETHEUS]}"
        pages[producers.BLACKBOX] = (
            f"http://127.0.0.1:{ports[producers.BLACKBOX]}/probe?module=http_2xx&target=http://{answering}/-/healthy"
        )
        for name, url in pages.items():
            until(name, lambda url=url: httpx.get(url).is_success, log=tmp_path / f"{name}.log")
        found = {name: httpx.get(url).text for name, url in pages.items()}
        query = f"http://{answering}/api/v1/query?query=up"
        until("up", lambda: bool(httpx.get(query).json()["data"]["result"]))
    # `up` and the duration of scrapes are made by Prometheus itself; a certificate's end needs TLS.
    elsewhere = {"up", "scrape_duration_seconds", "probe_ssl_earliest_cert_expiry"}
    for name, page in found.items():
        names = {line.split("{")[0].split(" ")[0] for line in page.splitlines() if not line.startswith("#")}
        assert description.producers[name].metrics - elsewhere <= names | _of_help(page), name


def _of_help(page: str) -> set[str]:
    """Metrics that are declared and have no sample yet."""
    return {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")}
