"""What AWS refuses of an application, by its key and with a remedy."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from components.engines import ENGINES
from components.settings import ComponentsSettings
from services.application import built_in
from services.model import (
    Application,
    Build,
    Config,
    ConfigMount,
    Deploy,
    Healthcheck,
    Logging,
    NetworkAttachment,
    Placement,
    Port,
    Protocol,
    Reservations,
    ResourceLimits,
    Resources,
    RestartPolicy,
    SecretMount,
    Service,
    Ulimit,
    VolumeMount,
)
from services.on_aws import rules
from services.on_aws.managed_databases import contract_of
from services.on_aws.managed_errors import ManagedError
from services.on_aws.rules import problems
from services.problems import ApplicationError
from services.sources import PROJECT
from services.units import GIB, MIB
from services.x_aws import Route, Scaling, ServiceOnAws, Size
from tests.unit.services.on_aws.described import (
    FRONTEND,
    IMAGE,
    MARIADB,
    POSTGRES,
    RDS,
    bind,
    web,
    with_services,
)

TAGS = {"owner": "o", "cost_center": "1", "data_classification": "i", "repository": "r"}
EDGE = {"domain": "app.example.com", "hosted_zone": "example.com"}


def settings(edge: Mapping[str, str] | None = EDGE) -> ComponentsSettings:
    return ComponentsSettings.model_validate({"network": {"cidr": "10.0.0.0/16"}, "tags": TAGS, "edge": edge})


def check(application: Application, settings: ComponentsSettings, *, stack: str = "prod") -> None:
    rules.check(application, settings, project="infra", stack=stack)


def test_the_built_in_application_can_run_on_aws() -> None:
    check(built_in(), settings())


NEVER = RestartPolicy(condition="none")
AT_THE_DOMAIN = ServiceOnAws(route=Route(host="app.example.com"))
PUBLIC = ServiceOnAws(expose="public")
CACHE = ServiceOnAws(managed="elasticache")
CHECK = Healthcheck(test=("CMD", "true"))
REFUSED: list[tuple[str, Service, str]] = [
    (
        "interval",
        web(healthcheck=CHECK.model_copy(update={"interval": timedelta(seconds=1)})),
        r"services\.web\.healthcheck\.interval: 1 s is outside 5 to 300 s",
    ),
    (
        "timeout",
        web(healthcheck=CHECK.model_copy(update={"timeout": timedelta(seconds=90)})),
        r"services\.web\.healthcheck\.timeout: 90 s is outside 2 to 60 s",
    ),
    (
        "start period",
        web(healthcheck=CHECK.model_copy(update={"start_period": timedelta(minutes=6)})),
        r"healthcheck\.start_period: 360 s is outside 0 to 300 s",
    ),
    ("stop grace", web(stop_grace_period=timedelta(minutes=3)), r"services\.web\.stop_grace_period: 180 s is outside"),
    (
        "fraction",
        web(healthcheck=CHECK.model_copy(update={"interval": timedelta(seconds=7.5)})),
        r"healthcheck\.interval: 7\.5 s is no whole number",
    ),
    ("tag only", web(image="nginx:1"), r"services\.web\.image: 'nginx:1' names no digest"),
    (
        "size pair",
        web(x_aws=ServiceOnAws(size=Size(cpu_units=256, memory_mib=4096))),
        r"services\.web\.x-aws\.size: .*2048 MiB",
    ),
    (
        "too large",
        web(deploy=Deploy(resources=ResourceLimits(limits=Resources(cpus=64, memory=GIB)))),
        r"services\.web\.deploy\.resources\.limits\.cpus: 64 processors",
    ),
    (
        "secret elsewhere",
        web(secrets=(SecretMount(source="database-password", target="/etc/password"),)),
        r"services\.web\.secrets\[0\]\.target: '/etc/password' .* write 'password'; .* "
        r"\(RUN ln -s /run/secrets/password /etc/password\)",
    ),
    (
        "secret without a name",
        web(secrets=(SecretMount(source="database-password", target="/run/secrets/"),)),
        r"services\.web\.secrets\[0\]\.target: '/run/secrets/' is a directory: .* 'database-password'",
    ),
    (
        "tcp port",
        web(ports=(Port(target=5672, published=5672),)),
        r"services\.web\.ports\[0\]: 5672/tcp is not published without being asked for: set app_protocol",
    ),
    (
        "database on a volume",
        web(image="redis:8@sha256:" + "a" * 64, volumes=(VolumeMount(source="data", target="/data"),)),
        r"services\.web\.volumes: redis keeps its data",
    ),
    (
        "named user with a volume",
        web(user="node", volumes=(VolumeMount(source="data", target="/data"),)),
        r"services\.web\.user: 'node' is no number",
    ),
    ("tmpfs options", web(tmpfs=("/tmp:noexec",)), r"services\.web\.tmpfs\[0\]: the option 'noexec' is not possible"),
    ("ends", web(restart="no"), r"services\.web\.restart: 'no'"),
    (
        "fewer than the least",
        web(deploy=Deploy(replicas=3), x_aws=ServiceOnAws(scaling=Scaling(max_replicas=2))),
        r"services\.web\.x-aws\.scaling\.max_replicas: 2 is less than deploy\.replicas \(3\)",
    ),
    ("unknown engine", web(image="mongo:8", x_aws=ServiceOnAws(managed="rds")), r"services\.web\.image: RDS cannot"),
    (
        "no version",
        web(image="postgres:latest", x_aws=ServiceOnAws(managed="rds")),
        r"image: RDS has no major version for the tag 'latest': use one of postgres:11, .*, postgres:18$",
    ),
    (
        "no number as version",
        web(image="mariadb:lts", x_aws=RDS),
        r"RDS has no major version for the tag 'lts': use one of mariadb:10\.11, mariadb:11\.4, mariadb:11\.8, ",
    ),
    ("half a version", web(image="mariadb:11", x_aws=RDS), r"no major version for the tag '11': use one of mariadb:10"),
    ("future version", web(image="postgres:99", x_aws=RDS), r"RDS has no major version for the tag '99'"),
    ("old version", web(image="postgres:9", x_aws=RDS), r"RDS has no major version for the tag '9'"),
    ("old MySQL", web(image="mysql:5.6", x_aws=RDS), r"the tag '5\.6': use one of mysql:5\.7, mysql:8\.0, mysql:8\.4$"),
    ("longer number", web(image="mysql:8.40", x_aws=RDS), r"RDS has no major version for the tag '8\.40'"),
    (
        "no user",
        web(image="mysql:8.4", x_aws=ServiceOnAws(managed="rds")),
        r"services\.web\.environment\.MYSQL_USER: is not set",
    ),
    ("plain context", web(image=None, build=Build(context="nowhere")), r"build\.context: there is no directory"),
    ("platform", web(platform="windows/amd64"), r"services\.web\.platform: 'windows/amd64': Fargate has"),
    (
        "constraint",
        web(deploy=Deploy(placement=Placement(constraints=("node.role==manager",)))),
        r"deploy\.placement\.constraints\[0\]: 'node\.role==manager': tasks on Fargate have no node",
    ),
    ("docker socket", web(volumes=(bind("/var/run/docker.sock"),)), r"volumes\[0\]: .* is the socket of a container"),
    ("time zone", web(volumes=(bind("/etc/localtime"),)), r"volumes\[0\]: .*: set the variable TZ instead"),
    ("foreign path", web(volumes=(bind("/srv/data"),)), r"volumes\[0\]: '/srv/data' is a path of this machine outside"),
    (
        "source code",
        web(image=None, build=FRONTEND, volumes=(bind("services/frontend/public"),)),
        r"volumes\[0\]: 'services/frontend/public' is the source code that the image is built from",
    ),
    ("directory", web(volumes=(bind("services"),)), r"volumes\[0\]: 'services' is a directory of this machine"),
    ("missing file", web(volumes=(bind("nowhere.conf"),)), r"volumes\[0\]: there is no file 'nowhere\.conf'"),
    (
        "hidden file",
        web(tmpfs=("/tmp",), volumes=(bind("Makefile", "/tmp/Makefile"),)),
        r"volumes\[0\]: '/tmp/Makefile' lies below /tmp, whose mount would hide it",
    ),
    ("strange target", web(volumes=(bind("Makefile", "/$x"),)), r"volumes\[0\]: the target '/\$x' has characters"),
    (
        "anonymous volume",
        web(volumes=(VolumeMount(target="/data"),)),
        r"volumes\[0\]: '/data' is a volume without a name",
    ),
    ("tmpfs mode", web(tmpfs=("/tmp:mode=rw",)), r"tmpfs\[0\]: mode=rw: write permission bits"),
    ("no test", web(healthcheck=Healthcheck()), r"healthcheck\.test: is not set, and ECS does not look at the check"),
    ("capability", web(cap_add=("NET_ADMIN",)), r"cap_add\[0\]: 'NET_ADMIN': Fargate grants SYS_PTRACE alone"),
    ("ulimit", web(ulimits={"core": Ulimit(soft=1, hard=1)}), r"ulimits\.core: Fargate lets nofile alone be set"),
    ("ulimits crossed", web(ulimits={"nofile": Ulimit(soft=2, hard=1)}), r"ulimits\.nofile: soft 2, hard 1"),
    ("sysctl", web(sysctls={"vm.max_map_count": "262144"}), r"sysctls\.vm\.max_map_count: Fargate lets net"),
    ("log driver", web(logging=Logging(driver="syslog")), r"logging\.driver: 'syslog': logs go to CloudWatch Logs"),
    ("log option", web(logging=Logging(options={"tag": "x"})), r"logging\.options\.tag: is none of awslogs"),
    ("storage", web(storage_opt={"size": "300g"}), r"storage_opt\.size: '300g' is more than the 200 GiB"),
    ("reservation", web(mem_limit=64 * MIB, mem_reservation=128 * MIB), r"mem_reservation: .* more than the limit"),
    (
        "no room",
        web(mem_limit=GIB, x_aws=ServiceOnAws(size=Size(cpu_units=256, memory_mib=512))),
        r"x-aws\.size: 256 CPU units with 512 MiB have no room",
    ),
    ("mode", web(deploy=Deploy(mode="global")), r"deploy\.mode: 'global': Fargate has no nodes"),
    ("label", web(deploy=Deploy(labels={"a": "b,c"})), r"deploy\.labels\.a: becomes a tag"),
    ("restart policy", web(deploy=Deploy(restart_policy=NEVER)), r"deploy\.restart_policy\.condition: 'none', but ECS"),
    ("sctp", web(ports=(Port(target=1, protocol=Protocol.SCTP),)), r"ports\[0\]: ECS knows TCP and UDP alone"),
    (
        "datagrams alone",
        web(ports=(Port(target=5353, protocol=Protocol.UDP),), x_aws=ServiceOnAws(expose="public")),
        r"ports: whether a task lives that takes 5353/udp can only be asked over TCP",
    ),
    (
        "two listeners in one",
        web(ports=tuple(Port(target=5353, protocol=p) for p in (Protocol.TCP, Protocol.UDP)), x_aws=PUBLIC),
        r"services\.web\.ports: 5353 is published by services\.web for 5353",
    ),
    (
        "a colon in a variable",
        web(environment={"A:B": SecretStr("x")}),
        r"environment\.A:B: is secret, and ECS takes no colon",
    ),
    (
        "another program in a database's image",
        web(image="postgres:17", command=("pg_dump", "app"), environment=POSTGRES, x_aws=RDS),
        r"services\.web\.command: RDS runs no container, and 'pg_dump' would be lost: write postgres with",
    ),
    (
        "an option of a database's server that is no parameter",
        web(image="postgres:17", command=("postgres", "-B", "64"), environment=POSTGRES, x_aws=RDS),
        r"services\.web\.command: RDS runs no container, and '-B' would be lost",
    ),
    (
        "a parameter of a database that RDS is not told",
        web(image="postgres:17", command=("postgres", "-c", "fsync=off"), environment=POSTGRES, x_aws=RDS),
        r"services\.web\.command: RDS is not told the parameter 'fsync', and it would be lost \(known: log_",
    ),
    (
        "a parameter of a database with a unit",
        web(image="postgres:17", command=("-c", "log_temp_files=1MB"), environment=POSTGRES, x_aws=RDS),
        r"services\.web\.command: log_temp_files: '1MB' is no number of RDS: write -1, or digits without a unit",
    ),
    (
        "a switch of a database that is neither on nor off",
        web(image="postgres:17", command=("-c", "log_connections=all"), environment=POSTGRES, x_aws=RDS),
        r"services\.web\.command: log_connections: 'all' is not allowed: write on or off",
    ),
    (
        "command of MariaDB",
        web(image="mariadb:11.4", command=("mariadbd", "--general-log"), environment=MARIADB, x_aws=RDS),
        r"services\.web\.command: RDS runs no container, and this would be lost",
    ),
    (
        "no database",
        web(image="postgres:17", deploy=Deploy(replicas=0), environment=POSTGRES, x_aws=RDS),
        r"services\.web\.deploy\.replicas: 0, but RDS runs always: take it out, or x-aws\.managed on this stack",
    ),
    ("no cache", web(image="redis:7", scale=0, x_aws=CACHE), r"services\.web\.scale: 0, but ElastiCache runs always"),
    (
        "scripts of a database",
        web(image="postgres:17", volumes=(bind("Makefile"),), environment=POSTGRES, x_aws=RDS),
        r"services\.web\.volumes\[0\]: RDS runs no container",
    ),
    (
        "unknown variable of a database",
        web(image="postgres:17", environment={**POSTGRES, "POSTGRES_INITDB_ARGS": "x"}, x_aws=RDS),
        r"environment\.POSTGRES_INITDB_ARGS: RDS does not know it",
    ),
    (
        "short password",
        web(image="postgres:17", environment={"POSTGRES_PASSWORD": "short"}, x_aws=RDS),
        r"environment\.POSTGRES_PASSWORD: RDS takes 8 to 128 printable characters",
    ),
    (
        "long user",
        web(image="mysql:8.4", environment={"MYSQL_USER": "a" * 17, "MYSQL_PASSWORD": "x" * 9}, x_aws=RDS),
        r"environment\.MYSQL_USER: 'a+': RDS takes letters, digits and underscores, a letter first, at most 16",
    ),
    ("unknown cache", web(image="mongo:8", x_aws=CACHE), r"services\.web\.image: ElastiCache cannot replace 'mongo:8'"),
    ("new redis", web(image="redis:8", x_aws=CACHE), r"image: ElastiCache has no version for the tag '8': .*valkey:8"),
    (
        "option of a cache",
        web(image="redis:7", command=("redis-server", "--cluster-enabled", "yes"), x_aws=CACHE),
        r"command: ElastiCache cannot be told the option 'cluster-enabled'",
    ),
    (
        "shell of a cache",
        web(image="redis:7", command=("sh", "-c", "redis-server"), x_aws=CACHE),
        r"command: ElastiCache cannot run 'sh -c redis-server'",
    ),
    (
        "short password of a cache",
        web(image="redis:7", command=("redis-server", "--requirepass", "short"), x_aws=CACHE),
        r"command: ElastiCache takes 16 to 128 letters",
    ),
    (
        "reserved user",
        web(image="postgres:17", environment={"POSTGRES_USER": "admin"}, x_aws=ServiceOnAws(managed="rds")),
        r"'admin' is reserved by RDS",
    ),
]


@pytest.mark.parametrize(("service", "text"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_aws_refuses_is_named_by_its_key_with_a_remedy(service: Service, text: str) -> None:
    found = problems(with_services(web=service))
    assert len(found) == 1, found
    with pytest.raises(ApplicationError, match=text):
        check(with_services(web=service), settings())


def test_a_port_on_loopback_is_not_published() -> None:
    service = web(ports=(Port(target=5672, published=5672, host_ip="127.0.0.1"),))
    assert problems(with_services(web=service)) == []


def test_a_volume_has_one_owner() -> None:
    mounts = (VolumeMount(source="data", target="/data"),)
    found = problems(with_services(one=web(user="1:1", volumes=mounts), two=web(user="2:2", volumes=mounts)))
    assert found
    assert "volumes.data: one, two run as different users" in str(found[0])


def test_names_that_would_be_one_at_aws_are_refused() -> None:
    found = problems(with_services(**{"a_b": web(), "a-b": web()}))
    assert ["services.a-b: becomes 'a-b' at AWS" in str(problem) for problem in found] == [True]


def test_secrets_whose_names_are_alike_are_told_apart() -> None:
    mounts = (SecretMount(source="a_b"), SecretMount(source="a-b"), SecretMount(source="A_B"))
    assert problems(with_services(web=web(secrets=mounts))) == []


def test_the_content_of_a_config_is_no_secret() -> None:
    application = with_services(web=web(configs=(ConfigMount(source="app"),)))
    for config in (Config(content=SecretStr("x")), Config(environment="CONTENT")):
        [found] = problems(application.model_copy(update={"configs": {"app": config}}))
        assert str(found).startswith("services.web.configs[0]: the content of 'app' comes from a secret variable")
    assert problems(application.model_copy(update={"configs": {"app": Config(content="x")}})) == []


def test_images_by_tag_are_allowed_where_the_stack_says_so() -> None:
    assert problems(with_services(web=web(image="nginx:1")), allow_image_tags=True) == []


def test_a_host_that_is_no_name_is_refused() -> None:
    service = web(ports=(Port(target=80, published=80),), x_aws=ServiceOnAws(route=Route(host="*.example.com")))
    with pytest.raises(ApplicationError, match=r"route\.host: '\*\.example\.com' is no host name"):
        check(with_services(web=service), settings())


def test_the_name_of_the_preparing_container_is_taken() -> None:
    assert [str(problem) for problem in problems(with_services(**{"mount-files": web()}))] == [
        "services.mount-files: the name belongs to the container that prepares volumes: choose another"
    ]


def test_publishing_needs_a_load_balancer() -> None:
    with pytest.raises(ApplicationError, match=r"set components:edge\.domain"):
        check(built_in(), settings(edge=None))


def test_a_host_without_a_certificate_is_refused() -> None:
    service = web(
        ports=(Port(target=80, published=80),), x_aws=ServiceOnAws(route=Route(host="other.example.org", path="/o*"))
    )
    with pytest.raises(
        ApplicationError, match=r"route\.host: 'other\.example\.org' is not below the hosted zone 'example\.com'"
    ):
        check(with_services(web=service), settings())


def test_two_services_on_one_path_are_refused_though_one_of_them_names_the_domain() -> None:
    with pytest.raises(ApplicationError, match=r"route\.path: '/\*' at app\.example\.com belongs to"):
        check(with_services(web=web(ports=(Port(target=80, published=80),), x_aws=AT_THE_DOMAIN)), settings())


def test_memory_is_the_limit_that_compose_says() -> None:
    limits = ResourceLimits(limits=Resources(cpus=0.25, memory=512 * MIB))
    assert problems(with_services(web=web(deploy=Deploy(resources=limits)))) == []


@pytest.mark.parametrize("name", ["my.project", "feature_x", "Prod", "1st", "a--b", "a-"])
def test_a_stack_whose_name_cannot_be_part_of_names_at_aws_is_refused(name: str) -> None:
    with pytest.raises(ApplicationError, match=rf"the stack's name '{name}' becomes part of names at AWS"):
        check(built_in(), settings(), stack=name)


def test_an_application_is_judged_without_pulumi() -> None:
    """`python -m services check` answers in less than a second."""
    program = "import services.on_aws.rules, sys; sys.exit('pulumi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=PROJECT).returncode == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_every_version_that_a_message_names_is_one_that_rds_has(engine: str) -> None:
    with pytest.raises(ManagedError) as caught:
        _ = contract_of(web(image=f"registry.example/{engine}:latest"))
    offered = str(caught.value).partition("use one of ")[2].split(", ")
    versions = [contract_of(web(image=f"{image}{rest}"))[1] for image in offered for rest in ("", ".9", "-trixie")]
    assert versions == [version for version in ENGINES[engine].major_versions for _ in range(3)]


@pytest.mark.parametrize(
    ("route", "key"),
    [
        (Route(host="a b.example.com"), "host"),
        (Route(host="API.example.com"), "host"),
        (Route(host=f"{'a' * 60}.{'b' * 60}.example.com"), "host"),
        (Route(path="/a b"), "path"),
        (Route(path="/ä"), "path"),
        (Route(path=f"/{'a' * 128}"), "path"),
    ],
)
def test_a_route_that_no_rule_of_the_balancer_can_hold_is_refused_whatever_the_stack_is(route: Route, key: str) -> None:
    service = web(ports=(Port(target=80, published=80),), x_aws=ServiceOnAws(route=route))
    [found] = problems(with_services(web=service))
    assert found.path == ("services", "web", "x-aws", "route", key)
    with pytest.raises(ApplicationError, match="has 1 problem on AWS"):
        check(with_services(web=service), settings())


@pytest.mark.parametrize("path", ["/*", "/a-b_c.d/*/$~\"'@:+&?", f"/{'a' * 127}"])
def test_a_path_pattern_of_what_the_balancer_allows_is_taken(path: str) -> None:
    service = web(ports=(Port(target=80, published=80),), x_aws=ServiceOnAws(route=Route(path=path)))
    assert problems(with_services(web=service)) == []


def with_hosts(count: int) -> Application:
    """An application that publishes HTTP under so many host names."""
    ports = (Port(target=80, published=80),)
    names = [f"s{number}" for number in range(count)]
    return with_services(
        **{n: web(ports=ports, x_aws=ServiceOnAws(route=Route(host=f"{n}.example.com"))) for n in names}
    )


def test_more_host_names_than_a_certificate_has_are_refused_as_soon_as_they_are_known() -> None:
    assert problems(with_hosts(10)) == []
    [found] = problems(with_hosts(11))
    assert found.text.startswith("11 host names, and a certificate has 10: let services share a name")
    with pytest.raises(ApplicationError, match="11 host names") as caught:
        check(with_hosts(10), settings())  # the stack's domain is one more
    assert len(caught.value.problems) == 1
    check(with_hosts(9), settings())


def on_internal(**changes: Any) -> Application:
    """An application with a service that is on internal networks alone."""
    service = Service(image=IMAGE, networks={"data": NetworkAttachment()}, **changes)
    return with_services(web=service)


def test_a_service_on_internal_networks_is_published_only_when_that_is_written() -> None:
    ports = (Port(target=8000, published=80), Port(target=9000, published=80, host_ip="127.0.0.1"))
    [found] = problems(on_internal(ports=ports))
    assert found.path == ("services", "web", "ports", 0)
    assert found.text.startswith("all networks of the service are internal, so 80 is not published")
    for expose in ("public", "internal"):
        assert problems(on_internal(ports=ports, x_aws=ServiceOnAws(expose=expose))) == []
    assert problems(with_services(web=web(ports=ports))) == []


@pytest.mark.parametrize("signal", ["SIGTERM", "TERM", "15"])
def test_the_signal_that_fargate_sends_may_be_written(signal: str) -> None:
    assert problems(with_services(web=web(stop_signal=signal))) == []


def test_another_signal_than_fargate_sends_is_refused() -> None:
    [found] = problems(with_services(web=web(stop_signal="SIGQUIT")))
    assert str(found).startswith("services.web.stop_signal: 'SIGQUIT': Fargate sends SIGTERM")
    assert "write STOPSIGNAL SIGQUIT into its Dockerfile" in found.text


def test_what_is_more_than_any_size_has_is_told_at_the_key_that_asks_for_it() -> None:
    [found] = problems(with_services(web=web(cpus=20)))
    assert str(found) == (
        "services.web.cpus: 20 processors are more than the 16 that the largest size of Fargate has: ask for less"
    )
    reserved = Deploy(resources=ResourceLimits(reservations=Reservations(memory=121 * GIB)))
    [found] = problems(with_services(web=web(cpus=16, deploy=reserved)))
    assert str(found).startswith(
        "services.web.deploy.resources.reservations.memory: 123904 MiB are more than the 122880"
    )


def test_an_exact_size_is_held_against_what_is_written_alone() -> None:
    size = ServiceOnAws(size=Size(cpu_units=256, memory_mib=512))
    [found] = problems(with_services(web=web(cpus=1, x_aws=size)))
    assert "no room for the 1 processors that the service may use" in found.text


def test_what_is_to_end_and_nobody_waits_for_is_told_how_to_say_so() -> None:
    [found] = problems(with_services(web=web(restart="no")))
    assert found.text.endswith("or write deploy: {mode: replicated-job}")
