"""One run tells everything that is wrong, each reason at its place, and nothing that only follows from another one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.compose import ComposeError, RestError, load
from services.compose.refusals import MAX_REFUSALS

Refused = Callable[..., list[str]]


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """Loads texts as files, and gives `line:column: reason` of each refusal; other files have their name before it."""

    def ask(*texts: str, **others: str) -> list[str]:
        files = [tmp_path / f"{number}.yaml" for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text)
        for name, text in others.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        with pytest.raises(ComposeError) as caught:
            load(files)
        lines = str(caught.value).splitlines()
        assert lines == [str(refusal) for refusal in caught.value.refusals]
        return [line.removeprefix(f"{tmp_path}/").removeprefix("0.yaml:") for line in lines]

    return ask


STAGES = """\
services:
  web:
    imagee: nginx
    ports: [abc, '80:80', 'x:1']
    networks: [front]
    enviroment: {A: 1}
  worker:
    image: x
    command: '${A'
    depends_on: [web, nobody]
    env_file: [no.env, neither.env]
    user: 5
volumes:
  data: {external: true, driver: local}
"""


def test_every_stage_of_a_load_tells_all_that_it_refuses(refused: Refused) -> None:
    told = refused(STAGES)
    begins = [
        "3:5: services.web.imagee: is no key of the Compose Specification; did you mean 'image'?",
        "4:13: services.web.ports[0]: 'abc'",
        "4:27: services.web.ports[2]: 'x' in 'x:1'",
        "5:16: services.web.networks.front: 'front' is not among the networks",
        "6:5: services.web.enviroment: is no key",
        "9:5: services.worker.command: '${A' has a malformed variable",
        "10:23: services.worker.depends_on.nobody: there is no service 'nobody'",
        "11:16: services.worker.env_file[0]: there is no file",
        "11:24: services.worker.env_file[1]: there is no file",
        "12:5: services.worker.user: must be text",
        "14:26: volumes.data.driver: cannot be set on a volume that is external",
    ]
    assert [line[: len(begin)] for line, begin in zip(told, begins, strict=True)] == begins


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("services: {a: {imagee: x}}", "services.a.imagee"),
        ("services: {a: {image: x, networks: [n]}}\nnetwroks: {n: {}}", "netwroks"),
        ("services: {a: {image: x, networks: [n]}}\nnetworks: [n]", "networks"),
        ("services: {a: {image: x, depends_on: [b]}, b: 5}", "services.b"),
        ("services: {a: {image: x, depends_on: [b]}}\ninclude: [nowhere.yaml]", "include[0]"),
        ("services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {file: a, environment: B}}", "secrets.s"),
        (
            "services: {a: {image: x, cpus: 1, deploy: {resources: {limits: {cpus: []}}}}}",
            "services.a.deploy.resources.limits.cpus",
        ),
        (
            "services: {a: {build: {context: ., additional_contexts: {o: 'service:b'}}}, b: {image: x, build: 5}}",
            "services.b.build",
        ),
        ("services: {a: {image: x, scale: -1, deploy: {mode: replicated}}}", "services.a.scale"),
    ],
)
def test_what_only_follows_from_a_refusal_is_not_told(refused: Refused, text: str, only: str) -> None:
    [line] = refused(text)
    assert line.split(": ")[1] == only


def test_an_unknown_key_at_the_top_hides_no_mistake_of_another_kind(refused: Refused) -> None:
    told = refused("netwroks: {}\nservices:\n  a: {image: 5, deploy: {replicas: x}}\n")
    assert [line.split(": ")[1] for line in told] == ["netwroks", "services.a.image", "services.a.deploy.replicas"]


def test_each_file_tells_its_own_mistakes(refused: Refused) -> None:
    told = refused(
        "include: [inner.yaml]\nservices:\n  a:\n    image: 1\n",
        "services:\n  a:\n    image: 2\n    labels: 3\n",
        inner="services:\n  c:\n    image: 4\n    cpus: [5]\n",
    )
    assert [":".join(line.split(": ")[:2]) for line in told] == [
        "4:5:services.a.image",
        "1.yaml:3:5:services.a.image",
        "1.yaml:4:5:services.a.labels",
        "inner.yaml:3:5:services.c.image",
        "inner.yaml:4:5:services.c.cpus",
    ]


def test_services_that_wait_for_each_other_hide_no_other_circle(refused: Refused) -> None:
    service = "{image: x, depends_on: [%s]}"
    told = refused("services: {" + ", ".join(f"{a}: {service % b}" for a, b in ("ab", "ba", "cd", "dc")) + "}")
    assert [line.rpartition(": ")[2] for line in told] == ["a -> b -> a", "c -> d -> c"]


def test_a_file_with_very_many_mistakes_ends_with_a_word_that_there_may_be_more(refused: Refused) -> None:
    told = refused("services:\n  a:\n    image: x\n" + "".join(f"    k{n}: 1\n" for n in range(3 * MAX_REFUSALS)))
    assert len(told) == MAX_REFUSALS + 1
    assert "there may be more" in told[-1]


def test_what_is_not_refused_is_there_to_be_judged_further(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(STAGES)
    with pytest.raises(RestError) as caught:
        load([file])
    services = caught.value.project.model["services"]
    assert isinstance(services, dict)
    web = services["web"]
    assert isinstance(web, dict)
    assert web["ports"] == [{"mode": "ingress", "target": 80, "protocol": "tcp", "published": "80"}]
    assert not {"imagee", "enviroment"} & web.keys()


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("networks: [n]", "declare it there, as in 'networks: {n: {}}', or name one that is"),
        ("configs: [c]", "declare it there, as in 'configs: {c: {file: ./FILE}}', or name one that is"),
        ("gpus: some", "'some' is not possible here: write all"),
        ("cgroup: some", "'some' is not possible here: write one of host, private"),
        ("user: 2001-01-01", "must be text, not a date or time"),
        ("ports: [[80]]", "must be text or a number or a mapping, not a list"),
    ],
)
def test_a_reason_is_in_the_readers_words(refused: Refused, keys: str, reason: str) -> None:
    [line] = refused(f"services: {{a: {{image: x, {keys}}}}}")
    assert reason in line


def test_values_that_cannot_be_merged_are_called_what_they_are(refused: Refused) -> None:
    told = refused("services: {a: {image: x, ports: ['80']}}", "services: {a: {ports: {x: 1}}}")
    assert [line.partition(": ")[2] for line in told] == [
        "services.a.ports: a mapping cannot be merged with a list of the files before: write a list here, too, or "
        "!override before the value"
    ]
