"""An application with everything that AWS can do, from `up` to `down` in the real engine."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.engine.project import REPOSITORY, Outcome, Project, updated

APP = "tests/unit/compose/apps/on_aws"


@dataclass(frozen=True, kw_only=True)
class Life:
    """What happened."""

    up: Outcome
    preview: Outcome
    refresh: Outcome
    changed: Outcome
    """An `up` after changes in the Compose file."""
    down: Outcome


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    project = Project.copy(tmp_path_factory.mktemp("everything") / "project")
    shutil.copytree(REPOSITORY / APP, project.folder / APP)
    compose = f"{APP}/compose.yaml"
    project.configure("services:compose", compose)
    project.configure("services:variables", {name: {"secure": "x"} for name in ("KEY", "PASSWORD", "SESSION_KEY")})
    try:
        up, preview, refresh = (project.run(command) for command in ("up", "preview", "refresh"))
        project.edit(compose, "health_path: /healthz", "health_path: /alive")
        project.edit(compose, "soft: 4096", "soft: 2048")
        project.edit(f"{APP}/conf/site.conf", "site = shop", "site = store")
        yield Life(up=up, preview=preview, refresh=refresh, changed=project.run("up"), down=project.run("down"))
    finally:
        project.discard()


@pytest.mark.slow
def test_everything_comes_up(life: Life) -> None:
    assert life.up.code == 0, life.up.text
    made = {change.split()[1] for change in life.up.done}
    assert {"lb:LoadBalancer", "elasticache:ReplicationGroup", "elasticache:Cluster", "ecs:Service"} <= made


def test_nothing_is_left_to_do_and_nothing_has_drifted(life: Life) -> None:
    assert (life.preview.code, life.preview.planned) == (0, frozenset())
    assert (life.refresh.code, life.refresh.drift) == (0, {})


def test_a_change_of_the_file_changes_what_it_says_in_place(life: Life) -> None:
    assert life.changed.code == 0, life.changed.text
    assert updated("lb:TargetGroup proxy-web-8080", "docker-build:Image proxy_web-files") <= life.changed.done
    assert not [change for change in life.changed.done if change.startswith("delete ")]


def test_everything_goes(life: Life) -> None:
    assert life.down.code == 0, life.down.text
    assert "Nothing is left but what AWS itself makes." in life.down.out
