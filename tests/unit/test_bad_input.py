"""Everything that a reader can get wrong before `up`: one clear error, and no resource is registered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.capture import PROJECT, capture
from graph.mocks import Recorder
from graph.run import record
from graph.stack_file import StackFileError, read_stack
from services.application import built_in
from services.model import Application, Condition, Dependency, NetworkAttachment, Port
from services.x_aws import Size
from settings import SettingsError, load

CURRENT = built_in()


def changed(service: str, **update: object) -> Application:
    """The built-in application with one service that is described otherwise."""
    services = {**CURRENT.services, service: CURRENT.services[service].model_copy(update=update)}
    return CURRENT.model_copy(update={"services": services})


def sized(cpu_units: int, memory_mib: int) -> Application:
    extension = CURRENT.services["backend"].x_aws
    size = Size(cpu_units=cpu_units, memory_mib=memory_mib)
    return changed("backend", x_aws=extension.model_copy(update={"size": size}))


@dataclass(frozen=True, kw_only=True)
class Mistake:
    what: str
    error: type[Exception]
    problem: str
    """The problem's whole line."""
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    application: Application | None = None
    placeholders: bool = True


def setting(what: str, key: str, value: object, problem: str) -> Mistake:
    """A mistake below one key of the stack file; `a:b.c.d` is written out as mappings."""
    head, *parts = key.split(".")
    for part in reversed(parts):
        value = {part: value}
    return Mistake(what=what, error=SettingsError, problem=problem, config={head: value})


def model(what: str, application: Application, problem: str) -> Mistake:
    return Mistake(what=what, error=pulumi.RunError, problem=problem, application=application)


MISTAKES = (
    setting(
        "a misspelt setting",
        "components:network.cidrr",
        "10.0.0.0/16",
        "components:network.cidrr: 'cidrr' is no setting; did you mean 'cidr'? "
        "known: cidr, flow_log_retention_days, nat, secondary_cidrs, zones",
    ),
    setting(
        "a misspelt key",
        "components:protecton",
        True,
        "components:protecton: 'protecton' is no setting; did you mean 'protection'? "
        "known: cache, database, edge, images, logs, network, permissions_boundary_arn, protection, tags",
    ),
    setting(
        "a misspelt namespace",
        "servces:target",
        "aws",
        "servces:target: 'servces' is no namespace; did you mean 'services'? known: aws, components, "
        "observability, services",
    ),
    setting(
        "a VPC too small for its zones",
        "components:network.cidr",
        "10.0.0.0/24",
        "components:network.cidr: '10.0.0.0/24' is too small for the zones: 4 tiers of 8 zone slots with at least 16 "
        "addresses each need /23 or larger; choose /16 to /23",
    ),
    setting(
        "a VPC of public addresses",
        "components:network.cidr",
        "8.8.0.0/16",
        "components:network.cidr: '8.8.0.0/16' is not private address space; choose a block inside one of 10.0.0.0/8, "
        "172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10",
    ),
    setting(
        "a secondary block that overlaps",
        "components:network.secondary_cidrs",
        ["10.0.128.0/17"],
        "components:network.secondary_cidrs: '10.0.128.0/17' overlaps '10.0.0.0/16'; choose a block that shares no "
        "address with it",
    ),
    setting(
        "one zone",
        "components:network.zones",
        ["a"],
        "components:network.zones: a is too few: load balancers and database subnet groups need at least two zones; "
        "name two or more of a, b, c, d, e, f, g, h",
    ),
    setting(
        "a mode of NAT that is none",
        "components:network.nat",
        "each",
        "components:network.nat: 'each' is not allowed; allowed: none, single, per_az; choose none (no way out), "
        "single (one NAT gateway) or per_az (one in each zone)",
    ),
    setting(
        "a period that CloudWatch does not offer",
        "components:logs.retention_days",
        100,
        "components:logs.retention_days: 100 is not allowed; allowed: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, "
        "400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653; choose one of the periods that CloudWatch Logs "
        "offers",
    ),
    setting(
        "a hosted zone that does not hold the domain",
        "components:edge.hosted_zone",
        "example.org",
        "components:edge.hosted_zone: 'example.org' does not hold the domain 'app.example.com'; name the hosted zone "
        "that the domain ends in",
    ),
    setting(
        "no region",
        "aws:region",
        None,
        "aws:region is not set. Write it in Pulumi.prod.yaml, or: pulumi config set --stack prod 'aws:region' VALUE",
    ),
    setting(
        "no hosted zone",
        "components:edge.hosted_zone",
        None,
        "components:edge.hosted_zone is not set. Write it in Pulumi.prod.yaml, or: "
        "pulumi config set --stack prod --path 'components:edge.hosted_zone' VALUE",
    ),
    setting(
        "a target that is none",
        "services:target",
        "cloud",
        "services:target: 'cloud' is not allowed; allowed: 'aws' or 'docker'; choose one of them",
    ),
    setting(
        "a region that is none",
        "aws:region",
        "europe",
        "aws:region: 'europe' is not allowed; write an AWS region, for example eu-central-1",
    ),
    setting(
        "a word where true or false is meant",
        "components:protection",
        "ja",
        "components:protection: 'ja' is not allowed; allowed: true, false; write one of them, without quotes",
    ),
    setting(
        "text that only begins like a mapping",
        "components:tags",
        "{owner",
        "components:tags: '{owner' is not allowed; allowed: a mapping of settings; write these below it: owner, "
        "cost_center, data_classification, repository",
    ),
    setting(
        "text where a list is meant",
        "components:network.zones",
        "ab",
        "components:network.zones: 'ab' is not allowed; allowed: a list; write one, as in [a, b]",
    ),
    setting(
        "a zone that is none, in a list",
        "components:network.zones",
        ["a", "q"],
        "components:network.zones[1]: 'q' is not allowed; allowed: a, b, c, d, e, f, g, h; write the letter that ends "
        "the zone's name",
    ),
    setting(
        "an empty list",
        "components:edge.ingress_cidrs",
        [],
        "components:edge.ingress_cidrs: [] is not allowed; allowed: 1 or more items; add one, or leave the key out",
    ),
    setting(
        "a number in quotes",
        "components:database.storage_gib",
        "20",
        "components:database.storage_gib: '20' is not allowed; allowed: a whole number; write its digits, without "
        "quotes",
    ),
    setting(
        "half a number",
        "components:database.storage_gib",
        20.5,
        "components:database.storage_gib: 20.5 is not allowed; allowed: a whole number; write its digits, without "
        "quotes",
    ),
    setting(
        "too little storage",
        "components:database.storage_gib",
        1,
        "components:database.storage_gib: 1 is not allowed; allowed: 20 or more; choose a larger number",
    ),
    setting(
        "too many images",
        "components:images.keep_images",
        5000,
        "components:images.keep_images: 5000 is not allowed; allowed: 1000 or less; choose a smaller number",
    ),
    setting(
        "a tag without text",
        "components:tags.owner",
        "",
        "components:tags.owner: '' is not allowed; allowed: 1 or more characters; write a longer text",
    ),
    setting(
        "a tag that is a number",
        "components:tags.cost_center",
        4711,
        "components:tags.cost_center: 4711 is not allowed; allowed: text; write it in quotes",
    ),
    setting(
        "a tag that is too long",
        "components:tags.owner",
        "o" * 300,
        f"components:tags.owner: '{'o' * 79}... is not allowed; allowed: at most 256 characters; write a shorter text",
    ),
    setting(
        "an image by tag",
        "services:images.backend",
        "backend:latest",
        "services:images.backend: 'backend:latest' is not allowed; allowed: REPOSITORY@sha256: and 64 hexadecimal "
        "digits; copy it from the registry",
    ),
    setting(
        "replicas of a service whose name can be none",
        "services:replicas",
        {"Back_end": 2},
        "services:replicas.Back_end: 'Back_end' is not allowed; allowed: small letters, digits, and hyphens between "
        "them; write the name that the service has",
    ),
    setting(
        "fewer replicas than none",
        "services:replicas.backend",
        -1,
        "services:replicas.backend: -1 is not allowed; allowed: 0 or more; choose a larger number",
    ),
    setting(
        "one number for all replicas",
        "services:replicas",
        3,
        "services:replicas: 3 is not allowed; allowed: a mapping; write names with a value each, as in {name: value}",
    ),
    setting(
        "a variable that is a number",
        "services:variables.PIN",
        123456,
        "services:variables.PIN: the value (not shown) is not allowed; allowed: text; write it in quotes",
    ),
    setting(
        "a variable whose name can be none",
        "services:variables",
        {"1ST": "x"},
        "services:variables.1ST: '1ST' is not allowed; allowed: letters, digits and _, no digit first; write the name "
        "that the model uses",
    ),
    setting(
        "a secret where none may be",
        "components:tags.owner",
        {"secure": "v1:abc"},
        "components:tags: only services:variables may hold secrets: write it in plain",
    ),
    Mistake(
        what="a secret without a value",
        error=pulumi.RunError,
        config={"services:variables": {"DATABASE_APP_PASSWORD": "x", "DATABASE_METRICS_PASSWORD": "x"}},
        placeholders=False,
        problem="secrets.database-password: has no value, its variable DATABASE_PASSWORD is not set: "
        "pulumi config set --secret --path 'services:variables.DATABASE_PASSWORD' (to check a file: "
        "--secret DATABASE_PASSWORD)",
    ),
    Mistake(
        what="an image for a service that is none",
        error=pulumi.RunError,
        config={"services:images": {"backnd": "repository@sha256:" + "0" * 64}},
        problem="services:images.backnd: there is no such service; known: backend, database, frontend, migrate",
    ),
    Mistake(
        what="published ports without a load balancer",
        error=pulumi.RunError,
        config={"components:edge": None},
        problem="services.frontend.ports: 8080 is published, but the stack has no load balancer: set "
        "components:edge.domain and components:edge.hosted_zone",
    ),
    model(
        "processor units that Fargate does not offer",
        sized(300, 512),
        "services.backend.x-aws.size: 300 CPU units are not a size of Fargate; the nearest are 256, 512: use one",
    ),
    model(
        "a pair that Fargate does not offer",
        sized(256, 4096),
        "services.backend.x-aws.size: 256 CPU units with 4096 MiB are not a size of Fargate; with 256 units the "
        "nearest is 2048 MiB: use that",
    ),
    model(
        "no health check where a dependant waits for health",
        changed("backend", healthcheck=None),
        "services.frontend.depends_on.backend: waits for health, but services.backend has no healthcheck: give it "
        "one, or wait for service_started",
    ),
    model(
        "a cycle",
        changed("database", depends_on={"backend": Dependency(condition=Condition.STARTED)}),
        "services.database.depends_on: a cycle, database -> backend -> database: take one of these dependencies out",
    ),
    model(
        "two services for the same requests",
        changed("backend", ports=(Port(target=8000, published=8080, app_protocol="http"),)),
        "services.frontend.x-aws.route.path: '/*' belongs to services.backend: choose another path",
    ),
    model(
        "a port that is not HTTP",
        changed("backend", ports=(Port(target=8000, published=9000),)),
        "services.backend.ports[0]: 9000/tcp is not published without being asked for: set app_protocol: http if HTTP "
        "is spoken on it, x-aws.expose to public (the internet) or internal (the stack's network), bind it to host_ip "
        "127.0.0.1, or move it to expose",
    ),
    model(
        "a network that is not declared",
        changed("backend", networks={"dta": NetworkAttachment()}),
        "services.backend.networks: 'dta' is not declared: declare it, or use one of: data, edge",
    ),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.what)
def test_a_mistake_is_one_clear_error_and_touches_nothing(mistake: Mistake) -> None:
    recorder = Recorder(region="eu-central-1")
    with pytest.raises(mistake.error) as error:
        _ = capture(
            "prod",
            config=mistake.config,
            application=mistake.application,
            placeholders=mistake.placeholders,
            recorder=recorder,
        )
    headline, *problems = str(error.value).splitlines()
    assert problems == [f"  - {mistake.problem}"]
    assert "1 problem" in headline
    assert recorder.registered_count == 0


def reported(key: str, value: object) -> str:
    """What the program says when a key of the stack file has this value; nothing when it is taken."""
    head, *parts = key.split(".")
    for part in reversed(parts):
        value = {part: value}
    try:
        _ = record(load, read_stack(PROJECT, "prod", overrides={head: value}))
    except SettingsError as error:
        return str(error)
    return ""


KEYS = (
    *("aws:region", "aws:profile", "components:network", "components:network.zones", "components:network.cidr"),
    *("components:protection", "components:tags.owner", "components:database.storage_gib", "components:edge.domain"),
    *("components:database.multi_az", "components:permissions_boundary_arn", "services:target", "services:images"),
    *("services:images.backend", "services:replicas", "services:replicas.backend", "components:logs.retention_days"),
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=400)
@given(key=st.sampled_from(KEYS), value=VALUES)
def test_any_value_is_taken_or_refused_in_the_readers_words(key: str, value: object) -> None:
    text = reported(key, value)
    assert re.search(r"Input should|String should|Tuple should|Cannot check|class '|\bdict\b", text) is None
    if text:
        problems = text.splitlines()[1:]
        assert problems
        for problem in problems:
            assert re.search(r"not allowed; |is not set\. |is no \w+; |is not an IPv4|too (few|small)|twice", problem)


@settings(max_examples=100)
@given(
    value=st.recursive(
        st.just("canary") | st.just(7), lambda inner: st.lists(inner) | st.fixed_dictionaries({"k": inner})
    )
)
def test_no_value_of_a_variable_is_ever_shown(value: object) -> None:
    assert "canary" not in reported("services:variables", value)
    assert "canary" not in reported("services:variables.PASSWORD", value)


def test_a_name_with_odd_characters_cannot_write_to_the_terminal() -> None:
    text = reported("services:replicas", {"a\x1b[2Jb": 1})
    assert '  - services:replicas["a\\u001b[2Jb"]: ' in text
    assert "\x1b" not in text


def test_a_profile_may_be_named_by_digits() -> None:
    assert reported("aws:profile", "123456789012") == ""


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("compose.yaml", ("compose.yaml",)),
        (["compose.yaml", "compose.aws.yaml"], ("compose.yaml", "compose.aws.yaml")),
        ("[odd].yaml", ("[odd].yaml",)),
    ],
)
def test_the_compose_file_may_be_one_or_a_list(written: object, read: tuple[str, ...]) -> None:
    found: list[tuple[str, ...] | None] = []
    config = read_stack(PROJECT, "prod", overrides={"services:compose": written})
    _ = record(lambda: found.append(load().services.compose), config)
    assert found == [read]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (7, "services:compose: 7 is not allowed; allowed: a list; write one, as in [a, b]"),
        (["a.yaml", 7], "services:compose[1]: 7 is not allowed; allowed: text; write it in quotes"),
        ([], "services:compose: [] is not allowed; allowed: 1 or more items; add one, or leave the key out"),
    ],
)
def test_compose_files_that_are_none_are_refused(written: object, problem: str) -> None:
    assert reported("services:compose", written).splitlines()[1:] == [f"  - {problem}"]


def test_every_required_key_of_a_missing_group_is_named() -> None:
    text = reported("components:tags", None)
    for name in ("owner", "cost_center", "data_classification", "repository"):
        assert f"pulumi config set --stack prod --path 'components:tags.{name}' VALUE" in text
    assert "4 problems" in text


def test_every_mistake_is_reported_at_once() -> None:
    wrong = {"components:network": {"cidr": "10.0.0.0/24", "nat": "each"}, "aws:region": None}
    with pytest.raises(SettingsError, match="3 problems") as error:
        _ = capture("prod", config=wrong)
    assert all(key in str(error.value) for key in ("network.cidr", "network.nat", "aws:region"))


def test_a_stack_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(StackFileError, match="there is no stack 'staging'; stacks of this project: dev, prod"):
        _ = capture("staging")
