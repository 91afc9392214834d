"""`build` in the words of docker-build, and what cannot be built."""

import pulumi
import pytest

from services.builds import described, problems
from services.model import Application, Build, SecretMount

CONTEXT = "services/frontend"
APPLICATION = Application.model_validate(
    {
        "name": "shop",
        "services": {"web": {"build": {"context": CONTEXT}}},
        "secrets": {"token": {"environment": "TOKEN"}},
    }
)


def test_every_key_of_a_build_is_carried_over() -> None:
    build = Build(
        context=CONTEXT,
        dockerfile="other.Dockerfile",
        target="web",
        args={"A": "1"},
        additional_contexts={"shared": "services/backend", "base": "docker-image://alpine:3"},
        labels={"l": "1"},
        network="none",
        extra_hosts=("db=10.0.0.1",),
        cache_from=("alpine:3", "type=local,src=cache"),
        cache_to=("type=inline",),
        no_cache=True,
        pull=True,
        secrets=(SecretMount(source="token", target="id"),),
        ssh=("default", "deploy=~/.ssh/key"),
        platforms=("linux/arm64",),
    )
    made = described(build, APPLICATION, lambda name: f"value of {name}")
    assert (str(made.context), made.dockerfile, made.target) == (CONTEXT, "other.Dockerfile", "web")
    assert (made.arguments, made.labels, made.network) == ({"A": "1"}, {"l": "1"}, "none")
    assert {name: str(where) for name, where in made.contexts.items()} == {
        "shared": "services/backend",
        "base": "docker-image://alpine:3",
    }
    assert made.extra_hosts == ["db:10.0.0.1"]
    assert made.cache_from == ["type=registry,ref=alpine:3", "type=local,src=cache"]
    assert made.cache_to == ["type=inline"]
    assert made.no_cache
    assert made.pull
    assert made.secrets == {"id": "value of token"}
    assert made.ssh == {"default": (), "deploy": ("~/.ssh/key",)}
    assert made.platforms == ("linux/arm64",)


def test_the_value_of_a_secret_reaches_the_build_as_a_secret() -> None:
    from components.builds import image_inputs

    build = Build(context=CONTEXT, secrets=(SecretMount(source="token"),))
    value = image_inputs(described(build, APPLICATION, lambda _: "hunter2"))["secrets"]["token"]
    assert isinstance(value, pulumi.Output)


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (Build(context="https://example.com/x.git"), "context: 'https://example.com/x.git' is not on this machine"),
        (Build(context="git@example.com:x/y"), "context: 'git@example.com:x/y' is not on this machine"),
        (Build(context="services/nowhere"), "context: there is no directory 'services/nowhere'"),
        (Build(context=CONTEXT, dockerfile="None"), "dockerfile: the context 'services/frontend' has no file 'None'"),
        (Build(context=CONTEXT, network="shop"), "network: 'shop': docker-build knows default, host, none"),
        (
            Build(context=CONTEXT, additional_contexts={"a": "service:web"}),
            "additional_contexts.a: 'service:web': name the directory or the image",
        ),
        (
            Build(context=CONTEXT, additional_contexts={"a": "nowhere"}),
            "additional_contexts.a: there is no directory 'nowhere'",
        ),
        (
            Build(context=CONTEXT, secrets=(SecretMount(source="key"),)),
            "secrets[0].source: 'key' is no secret (known: token)",
        ),
    ],
)
def test_what_cannot_be_built_is_refused_with_a_remedy(build: Build, said: str) -> None:
    [problem] = problems(build, APPLICATION)
    assert str(problem).startswith(said)
    assert ": " in str(problem).removeprefix(said.partition(": ")[0] + ": ")


def test_an_inline_dockerfile_needs_no_file() -> None:
    assert list(problems(Build(context="services", dockerfile_inline="FROM scratch"), APPLICATION)) == []
