"""The check command: what it prints, how it ends, that it needs no Pulumi, and that no file makes it stumble."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import app
from services.check import CheckOptions, check
from services.compose_file import ComposeOptions
from services.sources import PROJECT
from tests.unit.compose.corpus import cases, texts
from tests.unit.compose.mutations import mutants

GOOD = "services: {web: {image: 'nginx:1@sha256:" + "0" * 64 + "', ports: ['80:80'], restart: always}}\n"
TARGETS = ("docker", "aws")
MANAGED = {
    "postgres": "services: {db: {image: 'postgres:17', environment: {POSTGRES_PASSWORD: '${KEY}'}, "
    "x-aws: {managed: rds}}}",
    "mysql": "services: {db: {image: 'mysql:8.4', x-aws: {managed: rds}, "
    "environment: {MYSQL_USER: app, MYSQL_DATABASE: app, MYSQL_PASSWORD: '${KEY}'}}}",
    "mariadb": "services: {db: {image: 'mariadb:11.4', x-aws: {managed: rds}, secrets: [key], "
    "environment: {MARIADB_USER: app, MARIADB_DATABASE: app, MARIADB_PASSWORD_FILE: /run/secrets/key}}}\n"
    "secrets: {key: {environment: KEY}}",
    "redis": "services: {cache: {image: 'redis:7', environment: {REDIS_PASSWORD: '${KEY}'}, "
    "x-aws: {managed: elasticache}}}",
    "valkey": "services: {cache: {image: 'valkey/valkey:8', secrets: [key], x-aws: {managed: elasticache}}}\n"
    "secrets: {key: {environment: KEY}}",
}
"""Kind of managed service -> a Compose file of one whose password is the stack's secret KEY."""


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["check", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def written(folder: Path, text: str) -> str:
    file = folder / "compose.yaml"
    file.write_text(text)
    return str(file)


def test_a_file_that_both_targets_can_run_is_shown_as_a_table_and_ends_well(tmp_path: Path) -> None:
    code, out, err = run(written(tmp_path, GOOD))
    assert (code, err) == (0, "")
    assert "✓ Docker can run it" in out
    assert "✓ AWS can run it" in out
    assert "127.0.0.1:80 -> 80" in out
    assert "0.25 vCPU, 512 MiB" in out
    assert "ignored: services.web.restart (ECS starts a task anew" in out


def test_zeros_of_a_health_check_are_the_defaults_on_both_targets(tmp_path: Path) -> None:
    zeros = ", ".join(f"{key}: 0s" for key in ("interval", "timeout", "start_period", "start_interval"))
    check_ = f"healthcheck: {{test: [CMD, 'true'], {zeros}, retries: 0}}"
    code, out, err = run(written(tmp_path, GOOD.replace("restart: always", check_)))
    assert (code, err) == (0, ""), out
    code, out, _ = run(
        written(tmp_path, GOOD.replace("restart: always", check_.replace("interval: 0s", "interval: 1s")))
    )
    assert code == 2
    assert "healthcheck.interval: 1 s is outside 5 to 300 s" in out


def test_a_file_that_a_target_refuses_ends_with_2_and_every_reason_with_its_place(tmp_path: Path) -> None:
    file = written(tmp_path, "services:\n  web:\n    image: nginx:1\n    privileged: true\n    pid: host\n")
    code, out, _ = run(file, "--target", "aws")
    assert code == 2
    for place in (
        f"{file}:3:5: services.web.image",
        f"{file}:4:5: services.web.privileged",
        f"{file}:5:5: services.web",
    ):
        assert f"refused: {place}" in out
    assert "AWS refuses it for 3 reasons" in out
    assert run(file, "--target", "docker")[0] == 0


def test_settings_that_the_stack_needs_are_told(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD)
    assert "needs: components:edge.domain and components:edge.hosted_zone (for services.web.ports)\n" in run(file)[1]
    docker, aws = json.loads(run(file, "--format", "json")[1])["targets"]
    assert docker["needs"] == {}
    assert aws["needs"] == {
        "components:edge.domain": ["services.web.ports"],
        "components:edge.hosted_zone": ["services.web.ports"],
    }
    assert "needs:" not in run(written(tmp_path, GOOD.replace("80:80", "127.0.0.1:80:80")))[1]


def test_images_by_tag_need_a_word(tmp_path: Path) -> None:
    file = written(tmp_path, "services: {web: {image: 'nginx:1'}}")
    assert run(file, "--target", "aws")[0] == 2
    assert run(file, "--target", "aws", "--allow-image-tags")[0] == 0


def test_machines_get_the_same_as_json(tmp_path: Path) -> None:
    code, out, _ = run(written(tmp_path, GOOD.replace("always", "always, pid: host")), "--format", "json")
    assert code == 2
    docker, aws = json.loads(out)["targets"]
    assert docker["refusals"] == []
    assert [(refusal["keys"], refusal["place"].rpartition("/")[2]) for refusal in aws["refusals"]] == [
        (["services.web.pid"], "compose.yaml:1:143")
    ]
    assert aws["rows"][0]["size"] == "0.25 vCPU, 512 MiB"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (
            "    imagee: a\n    user: 5\n",
            [
                (3, 5, ["services.web.imagee"], "is no key of the Compose Specification; did you mean 'image'?"),
                (4, 5, ["services.web.user"], "must be text, not a whole number ('5')"),
            ],
        ),
        (
            "    image: a\n    x-aws: {exposee: public}\n    restart: sometimes\n",
            [
                (4, 13, ["services.web.x-aws.exposee"], "'exposee' is no key"),
                (5, 5, ["services.web.restart"], "'sometimes' is not allowed"),
            ],
        ),
        ("    image: [\n", [(4, 1, list[str](), "this is no valid YAML")]),
    ],
)
def test_machines_get_the_reasons_why_there_is_no_application_in_the_same_shape(
    tmp_path: Path, keys: str, told: list[tuple[int, int, list[str], str]]
) -> None:
    file = written(tmp_path, f"services:\n  web:\n{keys}")
    code, out, err = run(file, "--format", "json")
    assert (code, err) == (2, "")
    whole = json.loads(out)
    assert (whole["application"], whole["warnings"]) == ("", [])
    assert [target["refusals"] for target in whole["targets"]] in ([], [[], []])
    found = sorted(whole["problems"], key=lambda problem: problem["line"])
    for problem, (line, column, where, text) in zip(found, told, strict=True):
        assert (problem["line"], problem["column"], problem["keys"]) == (line, column, where)
        assert problem["place"] == f"{problem['file']}:{line}:{column}"
        assert Path(problem["file"]).name == "compose.yaml"
        assert problem["text"].startswith(text)


BROKEN = """\
services:
  web:
    imagee: a
    restart: sometimes
    privileged: true
    x-bws: 1
  database:
    image: postgres:17
    pid: host
    x-aws: {managed: rdss}
"""


def test_what_a_target_cannot_do_is_told_beside_what_no_target_can(tmp_path: Path) -> None:
    file = written(tmp_path, BROKEN)
    code, _, err = run(file)
    assert code == 2
    assert [":".join(line.split(": ")[:3]) for line in err.splitlines()] == [
        f"error:{file}:3:5:services.web.imagee",
        f"error:{file}:4:5:services.web.restart",
        f"error:{file}:10:13:services.database.x-aws.managed",
        f"refused:{file}:5:5:services.web.privileged",
    ]
    model_alone = written(tmp_path, BROKEN.replace("imagee", "image"))
    err = run(model_alone)[2]
    assert [line.split(": ")[2] for line in err.splitlines() if line.startswith("refused")] == [
        "services.web.privileged"
    ]


def test_an_extension_field_in_the_wrong_place_hides_no_other_mistake(tmp_path: Path) -> None:
    err = run(written(tmp_path, "x-aws: {}\nservices: {web: {image: a, restart: sometimes}}\n"))[2]
    assert [line.split(": ")[2] for line in err.splitlines()] == ["x-aws", "services.web.restart"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("services: [", "compose.yaml:2:1"),
        ("services: {web: {image: a, image: b}}", "compose.yaml:1:28"),
        ("services: {web: {imgae: a}}", "compose.yaml:1:18"),
        ("services: {web: {image: a, ports: 80}}", "compose.yaml:1:28"),
        ("services: {web: {image: '${A:?no}'}}", "compose.yaml:1:18"),
        ("services: {web: {image: a, env_file: nowhere.env}}", "compose.yaml:1:"),
        ("services: {a: {image: a, depends_on: [b]}, b: {image: b, depends_on: [a]}}", "compose.yaml:1:"),
        ("services: {web: {image: a, networks: [nowhere]}}", "compose.yaml:1:"),
        ("services: {web: {image: a, volumes: ['nowhere:/data']}}", "compose.yaml:1:"),
        ("services: {web: {image: a, secrets: [nowhere]}}", "compose.yaml:1:"),
        ("services: {web: {image: a, configs: [nowhere]}}", "compose.yaml:1:"),
        ("services: {web: {image: a, ports: ['80-82:80-81']}}", "compose.yaml:1:"),
    ],
)
def test_a_file_that_cannot_be_loaded_ends_with_2_and_one_error_with_its_place(
    tmp_path: Path, text: str, place: str
) -> None:
    code, out, err = run(written(tmp_path, text))
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {tmp_path}/{place}")


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "services:\n  web:\n    imagee: a\n    restart: sometimes\n    ports: [abc]\n    networks: [front]\n"
        "    enviroment: {A: 1}\n",
    )
    code, _, err = run(file)
    assert code == 2
    assert [":".join(line.split(": ")[1:3]) for line in err.splitlines()] == [
        f"{file}:3:5:services.web.imagee",
        f"{file}:4:5:services.web.restart",
        f"{file}:5:13:services.web.ports[0]",
        f"{file}:6:16:services.web.networks.front",
        f"{file}:7:5:services.web.enviroment",
    ]


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    assert "cannot be read" in run(str(tmp_path / "nowhere.yaml"))[2]
    (tmp_path / "binary.yaml").write_bytes(b"services: \xff\xfe")
    assert "UTF-8" in run(str(tmp_path / "binary.yaml"))[2]


def test_a_variable_without_a_value_on_the_command_line_is_told(tmp_path: Path) -> None:
    code, _, err = run(written(tmp_path, GOOD), "--variable", "NAME")
    assert code == 2
    assert "--variable NAME: write NAME=VALUE, or --secret NAME" in err


def test_secrets_in_plain_are_warned_of_or_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "services: {web: {image: a, environment: {API_TOKEN: hunter2}}}")
    code, out, _ = run(file, "--target", "docker")
    assert code == 0
    assert "warning:" in out
    code, strict, _ = run(file, "--target", "docker", "--strict-secrets")
    assert code == 2
    assert "services:strict_secrets refuses" in strict
    assert "hunter2" not in out + strict


@pytest.mark.parametrize(
    ("environment", "remedy"),
    [
        ("{POSTGRES_PASSWORD: hunter2}", "write ${POSTGRES_PASSWORD} in its place, and set it: {POSTGRES_PASSWORD}"),
        (
            "{POSTGRES_PASSWORD: '${DB_PASSWORD}'}",
            "it comes from DB_PASSWORD: set that as a secret, which goes before .env: {DB_PASSWORD}",
        ),
        (
            "['POSTGRES_PASSWORD=${DB_PASSWORD:-x}']",
            "it comes from DB_PASSWORD: set that as a secret, which goes before .env: {DB_PASSWORD}",
        ),
        ("[DB_PASSWORD]", "it comes from DB_PASSWORD: set that as a secret, which goes before .env: {DB_PASSWORD}"),
        ("{DB_PASSWORD: }", "it comes from DB_PASSWORD: set that as a secret, which goes before .env: {DB_PASSWORD}"),
        (
            "{URL: 'postgres://app:$DB_PASSWORD@$HOST/x'}",
            "of DB_PASSWORD, HOST, set what is secret as a secret, which goes before .env: {DB_PASSWORD} or {HOST}",
        ),
    ],
)
def test_a_secret_in_plain_is_mended_where_it_comes_from(tmp_path: Path, environment: str, remedy: str) -> None:
    (tmp_path / ".env").write_text("DB_PASSWORD=hunter2\nHOST=db\n")
    file = written(tmp_path, f"services: {{web: {{image: a, environment: {environment}}}}}")
    out = run(file, "--target", "docker")[1]
    for name in ("POSTGRES_PASSWORD", "DB_PASSWORD", "HOST"):
        remedy = remedy.replace(f": {{{name}}}", f": pulumi config set --secret --path 'services:variables.{name}'")
        remedy = remedy.replace(f"or {{{name}}}", f"or pulumi config set --secret --path 'services:variables.{name}'")
    assert f"injected as a secret: {remedy}\n" in out
    assert "hunter2" not in out


UNSET = """
x-base: &base {image: 'web:1', environment: {URL: 'http://${HOST}'}}
services:
  web: *base
  worker: *base
  other: {image: 'other:1', command: [serve, 'on:${HOST}']}
  debug: {image: 'debug:${TAG}', profiles: [debug]}
"""


def test_a_variable_that_is_not_set_is_one_reason_whoever_refers_to_it(tmp_path: Path) -> None:
    file = written(tmp_path, UNSET)
    code, out, _ = run(file, "--target", "docker")
    assert code == 2
    assert "refuses it for 1 reason." in out
    assert (
        f"refused: {file}:2:46: services.web.environment.URL (and worker, services.other.command[1]): "
        "the variable HOST is not set: set it in .env or services:variables, write ${HOST:-} for an empty text, or "
        "$$HOST for a variable of the container\n"
    ) in out
    assert run(file, "--target", "docker", "--variable", "HOST=db")[0] == 0
    assert "the variable TAG is not set" in run(file, "--variable", "HOST=db", "--profile", "debug")[1]


def test_what_several_services_have_from_an_anchor_is_told_once(tmp_path: Path) -> None:
    file = written(
        tmp_path, "x-a: &a {image: a, privileged: true}\nservices: {a: *a, b: *a, c: {image: c, pid: host}}\n"
    )
    out = run(file, "--target", "aws", "--allow-image-tags")[1]
    assert f"refused: {file}:1:20: services.a.privileged (and b): is not possible on AWS" in out
    assert "refuses it for 2 reasons" in out


def test_what_the_loader_notices_is_a_warning_told_once(tmp_path: Path) -> None:
    file = written(tmp_path, "version: '3'\nservices: {web: {image: a, environment: [API_URL]}}\n")
    code, out, _ = run(file, "--allow-image-tags")
    assert code == 0
    assert [line for line in out.splitlines() if line.startswith("warning: ")] == [
        f"warning: {file}:1:1: 'version' has no meaning any more",
        f"warning: {file}:2:42: services.web.environment.API_URL: has no value here and is left out: set it in .env or "
        "services:variables, or name it in services:shell_variables",
    ]


def test_a_secret_of_the_stack_has_a_value(tmp_path: Path) -> None:
    file = written(tmp_path, "services: {web: {image: a, secrets: [key]}}\nsecrets: {key: {environment: KEY}}")
    assert run(file, "--target", "docker")[0] == 2
    assert run(file, "--target", "docker", "--secret", "KEY")[0] == 0


@pytest.mark.parametrize("service", MANAGED)
def test_a_secret_of_the_stack_is_a_good_password_of_a_managed_service(tmp_path: Path, service: str) -> None:
    file = written(tmp_path, MANAGED[service])
    code, out, _ = run(file, "--target", "aws", "--secret", "KEY")
    assert (code, out.count("refused:")) == (0, 0), out


def test_a_password_that_no_secret_could_mend_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, MANAGED["mysql"].replace("${KEY}", "a/${KEY}"))
    code, out, _ = run(file, "--target", "aws", "--secret", "KEY")
    assert code == 2
    assert "environment.MYSQL_PASSWORD: RDS takes 8 to 41 printable characters" in out


def test_what_becomes_of_a_managed_services_keys_is_said(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        MANAGED["postgres"].replace("db: {", "db: {ports: ['5432:5432'], healthcheck: {test: 'true'}, restart: 'no', ")[
            :-1
        ]
        + ", job: {image: a, depends_on: {db: {condition: service_completed_successfully}}}}",
    )
    code, out, _ = run(file, "--target", "aws", "--secret", "KEY", "--allow-image-tags", "--format", "json")
    [verdict] = json.loads(out)["targets"]
    assert code == 2
    assert verdict["ignored"].keys() == {f"services.db.{key}" for key in ("ports", "healthcheck", "restart")}
    [refusal] = verdict["refusals"]
    assert refusal["keys"] == ["services.job.depends_on.db"]
    assert "waits for the end, but services.db is RDS, which runs always" in refusal["text"]


def test_it_needs_no_pulumi(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom services.__main__ import app\n"
        f"code = 0\ntry:\n    app(['check', {written(tmp_path, GOOD)!r}])\n"
        "except SystemExit as end:\n    code = end.code\n"
        "print(code, sorted(name for name in sys.modules if name.partition('.')[0].startswith('pulumi')))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


def judged(folder: Path, files: tuple[str, ...], **options: object) -> str:
    """How the judgement ends: a word."""
    judgement = check(
        ComposeOptions(files=files, variables={}, directory=folder),
        TARGETS,
        CheckOptions(**options),  # pyright: ignore[reportArgumentType]
    )
    if judgement.problems:
        assert all(problem.text for problem in judgement.problems)
        return "an error"
    assert all(refusal.text for verdict in judgement.verdicts for refusal in verdict.refusals)
    return "refused" if judgement.is_refused else "accepted"


def test_every_file_of_the_corpus_is_judged() -> None:
    ends = Counter(judged(case.directory, case.files) for case in cases())
    assert ends["refused"] > 50
    assert sum(ends.values()) > 300


@pytest.mark.slow
def test_broken_files_are_judged_without_a_traceback(tmp_path: Path) -> None:
    ends: Counter[str] = Counter()
    for number, text in enumerate(mutants(texts(), 6_000)):
        file = f"{number}.yaml"
        (tmp_path / file).write_bytes(text)
        ends[judged(tmp_path, (file,), strict_secrets=bool(number % 2))] += 1
    assert sum(ends.values()) >= 5_000
    assert min(ends["an error"], ends["refused"]) > 300
