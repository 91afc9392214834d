"""Compose files as applications: what is read, what becomes relative, what is secret, what is refused and where."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.application import load as load_stack
from services.compose import ComposeError
from services.compose_file import ComposeOptions, load
from services.model import Application, Condition, ContainerPort, Protocol
from services.problems import ApplicationError
from services.settings import ServicesSettings, TargetName
from services.sources import PROJECT, secret_value

WEB = "services: {web: {image: 'web:1'"


def loaded(folder: Path, text: str, **options: Any) -> Application:
    file = folder / "compose.yaml"
    file.write_text(text)
    return load(ComposeOptions(files=[str(file)], variables=options.pop("variables", {}), **options))


def refused(folder: Path, text: str, **options: Any) -> list[str]:
    with pytest.raises(ApplicationError) as error:
        _ = loaded(folder, text, **options)
    return [line.removeprefix(f"  - {folder}/") for line in str(error.value).splitlines()[1:]]


def test_the_short_forms_of_a_file_are_the_long_ones_of_the_model(tmp_path: Path) -> None:
    application = loaded(
        tmp_path,
        """
        name: shop
        services:
          web:
            image: web:1
            ports: ["8080:80", "53:53/udp"]
            expose: ["9000-9001"]
            depends_on: [db]
            volumes: ["data:/data:ro", "./conf/app.ini:/etc/app.ini"]
            environment: ["A=1", "B=two"]
            stop_grace_period: 1m30s
            mem_limit: 64m
          db: {image: "postgres:17", scale: 2}
        volumes: {data: {}}
        """,
    )
    web = application.services["web"]
    assert application.name == "shop"
    assert web.declared_ports == (
        ContainerPort(53, Protocol.UDP),
        ContainerPort(80),
        ContainerPort(9000),
        ContainerPort(9001),
    )
    assert web.depends_on["db"].condition is Condition.STARTED
    assert [(mount.source, mount.target, mount.read_only) for mount in web.named_volumes] == [("data", "/data", True)]
    assert [(mount.source, mount.target) for mount in web.binds] == [("conf/app.ini", "/etc/app.ini")]
    assert web.environment == {"A": "1", "B": "two"}
    assert web.stop_grace_period.total_seconds() == 90
    assert web.memory_limit_bytes == 64 << 20
    assert web.networks.keys() == application.networks.keys() == {"default"}
    assert application.services["db"].replicas == 2
    assert application.services["db"].reachable_ports == (ContainerPort(5432),)
    assert application.volumes["data"].name is None


def test_paths_are_relative_to_the_project_and_never_of_this_machine(tmp_path: Path) -> None:
    application = loaded(
        tmp_path,
        "services: {web: {build: {context: ./web, additional_contexts: {base: ../base}}, "
        "volumes: ['/var/run/docker.sock:/var/run/docker.sock']}}\n"
        "secrets: {key: {file: ./keys/key.txt}}",
    )
    build = application.services["web"].build
    assert build is not None
    assert (build.context, build.additional_contexts) == ("web", {"base": "../base"})
    assert application.secrets["key"].file == "keys/key.txt"
    assert application.services["web"].binds[0].source == "/var/run/docker.sock"
    assert (PROJECT / application.directory).resolve() == tmp_path


def test_a_text_built_from_a_secret_variable_is_secret_in_the_environment(tmp_path: Path) -> None:
    application = loaded(
        tmp_path,
        "services: {web: {image: 'web:1', environment: {URL: 'postgres://app:${PW}@db/app', PLAIN: 'a', PW: null}}}",
        variables={"PW": "hunter2"},
        secret_variables=["PW"],
    )
    assert application.services["web"].environment == {
        "URL": SecretStr("postgres://app:hunter2@db/app"),
        "PW": SecretStr("hunter2"),
        "PLAIN": "a",
    }
    assert "hunter2" not in repr(application)


@pytest.mark.parametrize("form", ["environment: ['URL=x${PW}']", "env_file: secrets.env"])
def test_list_forms_and_files_of_variables_keep_what_is_secret(tmp_path: Path, form: str) -> None:
    (tmp_path / "secrets.env").write_text("URL=x${PW}\nPLAIN=a\n")
    application = loaded(tmp_path, f"{WEB}, {form}}}}}", variables={"PW": "hunter2"}, secret_variables=["PW"])
    assert application.services["web"].environment["URL"] == SecretStr("xhunter2")
    assert application.services["web"].environment.get("PLAIN", "a") == "a"


def test_a_variable_of_env_that_is_made_of_a_secret_one_is_secret_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("URL=x${PW}\n")
    application = loaded(
        tmp_path, f"{WEB}, environment: {{A: '${{URL}}'}}}}}}", variables={"PW": "hunter2"}, secret_variables=["PW"]
    )
    assert application.services["web"].environment["A"] == SecretStr("xhunter2")


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("command: ['serve', '${PW}']", "services.web.command[1]"),
        ("command: 'serve --password ${PW}'", "services.web.command"),
        ("command: '${PW}'", "services.web.command[0]"),
        ("entrypoint: '\"x${PW}\"'", "services.web.entrypoint"),
        ("labels: {key: '${PW}'}", "services.web.labels.key"),
        ("image: 'web:${PW}'", "services.web.image"),
        ("build: {context: ., args: {KEY: '${PW}'}}", "services.web.build.args.KEY"),
        ("volumes: ['./a:/b${PW}']", "services.web.volumes[0].target"),
        ("extra_hosts: ['h:${PW}']", "services.web.extra_hosts[0]"),
        ("extra_hosts: {h: '${PW}'}", "services.web.extra_hosts[0]"),
        ("devices: ['/dev/${PW}:/dev/x']", "services.web.devices[0].source"),
    ],
)
def test_a_secret_variable_where_it_would_stand_in_plain_is_refused(tmp_path: Path, keys: str, place: str) -> None:
    text = (
        f"services: {{web: {{image: 'web:1', {keys}}}}}"
        if not keys.startswith("image")
        else f"services: {{web: {{{keys}}}}}"
    )
    [problem] = refused(tmp_path, text, variables={"PW": "hunter2"}, secret_variables=["PW"])
    assert place in problem
    assert "is built from a secret variable and would stand in plain" in problem
    assert "hunter2" not in problem


def test_a_path_that_a_secret_variable_is_part_of_is_refused(tmp_path: Path) -> None:
    long = {"PW": "correct-horse-battery"}
    [problem] = refused(tmp_path, f"{WEB}, volumes: ['./x${{PW}}:/b']}}}}", variables=long, secret_variables=["PW"])
    assert "services.web.volumes[0].source: is built from a secret variable and would stand in plain" in problem
    assert "correct-horse-battery" not in problem


@pytest.mark.parametrize(
    "keys",
    [
        "ports: ['${PW}:80']",
        "ulimits: {nofile: '${PW}'}",
        "env_file: './${PW}'",
        "networks: ['${PW}']",
        "secrets: ['${PW}']",
        "depends_on: ['${PW}']",
        "expose: ['${PW}']",
        "restart: '${PW}'",
        "volumes: ['data${PW}:/x']",
    ],
)
def test_no_reason_of_a_refusal_tells_a_secret(tmp_path: Path, keys: str) -> None:
    with pytest.raises((ComposeError, ApplicationError)) as error:
        _ = loaded(tmp_path, f"{WEB}, {keys}}}}}", variables={"PW": "hunter2"}, secret_variables=["PW"])
    assert "hunter2" not in str(error.value)
    assert "[secret]" in str(error.value)
    told = error.value.refusals if isinstance(error.value, ComposeError) else error.value.problems
    assert "hunter2" not in repr(told)


def test_a_secret_of_a_variable_of_env_has_its_value_and_one_of_the_stack_its_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOCAL=from-env\n")
    application = loaded(
        tmp_path,
        f"{WEB}}}}}\nsecrets: {{a: {{environment: LOCAL}}, b: {{environment: PW}}, c: {{environment: NOWHERE}}}}",
        variables={"PW": "hunter2"},
        secret_variables=["PW"],
    )
    assert secret_value(application.secrets["a"], application, {}) == "from-env"
    assert application.secrets["b"].environment == "PW"
    assert application.secrets["c"].environment == "NOWHERE"


def test_extension_fields_of_others_are_passed_over(tmp_path: Path) -> None:
    application = loaded(
        tmp_path,
        "x-common: &c {restart: always}\nservices: {web: {<<: *c, image: 'web:1', x-other: {a: 1}, "
        "environment: {x-y: z}, x-aws: {scaling: {max_replicas: 3}}}}",
    )
    assert application.services["web"].environment == {"x-y": "z"}
    assert application.services["web"].x_aws.scaling is not None


def test_x_aws_where_nothing_reads_it_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, f"{WEB}, deploy: {{x-aws: {{}}}}}}}}") == [
        "compose.yaml:1:43: services.web.deploy.x-aws: stands where nothing reads it: move it below a service"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "services:\n  Web: {image: 'web:1'}",
            "compose.yaml:2:3: services.Web: 'Web' is not allowed; allowed: small letters, digits, and hyphens and "
            "underscores between them; rename it",
        ),
        (
            f"{WEB}, x-aws: {{scaling: {{max_replica: 3}}}}}}}}",
            "compose.yaml:1:52: services.web.x-aws.scaling.max_replica: 'max_replica' is no key; did you mean "
            "'max_replicas'? known: cpu_percent, max_replicas, memory_percent",
        ),
        (
            f"{WEB}, ports: ['8000-8010:80']}}}}",
            "compose.yaml:1:42: services.web.ports[0].published: '8000-8010' leaves the choice of the port to the "
            "engine: write one port, or as many as target has",
        ),
        (
            f"{WEB}, secrets: [{{source: key, uid: app}}]}}}}\nsecrets: {{key: {{file: x}}}}",
            "compose.yaml:1:58: services.web.secrets[0].uid: 'app' is not allowed; allowed: a whole number; write its "
            "digits, without quotes",
        ),
    ],
)
def test_what_the_loader_takes_and_the_model_refuses_is_told_with_its_place(
    tmp_path: Path, text: str, problem: str
) -> None:
    assert problem in refused(tmp_path, text)


def test_an_entry_of_a_list_that_is_short_for_a_mapping_has_its_own_place(tmp_path: Path) -> None:
    application = loaded(tmp_path, "services:\n  web:\n    image: web:1\n    environment:\n      - A=1\n      - B=2\n")
    assert application.place(("services", "web", "environment", "B")) == f"{tmp_path}/compose.yaml:6:9: "


def test_a_variable_of_a_file_of_variables_stands_where_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "web.env").write_text("A=1\n")
    application = loaded(tmp_path, "services:\n  web:\n    image: web:1\n    env_file:\n      - web.env\n")
    assert application.place(("services", "web", "environment", "A")) == f"{tmp_path}/compose.yaml:4:5: "
    assert application.place(("services", "web", "build")) == f"{tmp_path}/compose.yaml:2:3: "


def test_names_that_are_none_of_dns_may_have_capital_letters(tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("x")
    application = loaded(
        tmp_path,
        f"{WEB}, networks: [backNet], volumes: ['pgData:/data'], secrets: [API_KEY], configs: [App]}}}}\n"
        "networks: {backNet: {}}\nvolumes: {pgData: {}}\nsecrets: {API_KEY: {file: key.txt}}\n"
        "configs: {App: {content: a}}\n",
    )
    [secret] = application.services["web"].secrets
    assert secret.path == "/run/secrets/API_KEY"
    assert application.volumes.keys() == {"pgData"}


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        ("ulimits: {core: {soft: 0, hard: -1}}", "ulimits", "Ulimit(soft=0, hard=-1)"),
        ("healthcheck: {test: 'true', interval: 500us}", "healthcheck", "microseconds=500"),
        ("expose: ['3000-3200']", "reachable_ports", "ContainerPort(number=3200"),
    ],
)
def test_forms_that_the_loader_writes_otherwise_are_read(tmp_path: Path, keys: str, field: str, value: str) -> None:
    assert value in repr(getattr(loaded(tmp_path, f"{WEB}, {keys}}}}}").services["web"], field))


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("environment: {'a b': c}", "'a b' is not allowed; allowed: a name without spaces and '='; write it alone,"),
        (
            "volumes: [{type: volume, source: v, target: data}]",
            "'data' is not allowed; allowed: an absolute path; begin it with /",
        ),
        ("restart: sometimes", "'sometimes' is not allowed; allowed: 'no', always, unless-stopped, on-failure or"),
        ("expose: ['80/http']", "'80/http' is no port: write a number, a range, or either with a protocol"),
        ("expose: ['81-80']", "'81-80': a range rises: write the smaller port first"),
    ],
)
def test_a_text_of_the_wrong_form_is_answered_with_the_form_in_words(tmp_path: Path, keys: str, problem: str) -> None:
    assert problem in refused(tmp_path, f"{WEB}, {keys}}}}}\nvolumes: {{v: {{}}}}")[0]


def test_a_name_that_no_target_can_take_is_told_once_and_where_it_is_declared(tmp_path: Path) -> None:
    text = (
        "services: {web: {image: 'web:1', depends_on: [Db], networks: [N.1]}, Db: {image: 'db:1'}}\nnetworks: {N.1: {}}"
    )
    assert [problem.partition(" is not allowed")[0] for problem in refused(tmp_path, text)] == [
        "compose.yaml:1:70: services.Db: 'Db'",
        "compose.yaml:2:12: networks.N.1: 'N.1'",
    ]


def test_the_program_warns_of_what_the_files_hardly_mean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "compose.yaml").write_text("version: '3'\nservices: {web: {image: 'web:1'}}")
    warned: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", warned.append)
    files = (str(tmp_path / "compose.yaml"),)
    _ = load_stack(ServicesSettings(target=TargetName.DOCKER, compose=files, variables={}, images={}))
    assert warned == [f"{tmp_path}/compose.yaml:1:1: 'version' has no meaning any more"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("networks: {a: {}}", "there is no service: declare one"),
        (
            "services: {web: {image: a, profiles: [test, dev]}, db: {image: a, profiles: [dev]}}",
            "no service is in an active profile: name one of dev, test in services:profiles",
        ),
    ],
)
def test_files_of_which_nothing_would_run_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    assert refused(tmp_path, text) == [f"compose.yaml:1:1: services: {problem}"]


def test_a_file_that_cannot_be_loaded_is_an_error_of_the_loader(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match=r"compose\.yaml:1:1"):
        _ = loaded(tmp_path, "services: [web]")


def test_a_service_that_is_not_required_and_not_active_is_not_waited_for(tmp_path: Path) -> None:
    application = loaded(
        tmp_path,
        "services: {web: {image: 'web:1', depends_on: {debug: {condition: service_started, required: false}}}, "
        "debug: {image: 'debug:1', profiles: [debug]}}",
    )
    assert application.services["web"].depends_on == {}
    assert application.services.keys() == {"web"}
