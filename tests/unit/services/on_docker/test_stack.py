"""The built-in application on a Docker engine, under Pulumi's mocks."""

from pathlib import Path

import pytest

from services.application import built_in
from services.model import Build, NetworkAttachment, Port
from tests.unit.services.on_docker.deployed import PASSWORD, Deployed, Registered, changed, run, small


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return run(small())


def labels(container: Registered) -> dict[str, str]:
    return {item["label"]: item["value"] for item in container.inputs["labels"]}


def test_each_replica_is_a_container_with_a_number_of_its_own(deployed: Deployed) -> None:
    assert set(deployed.containers) == {"database-1", "migrate-1", "backend-1", "backend-2", "frontend-1"}


def test_the_database_logs_who_comes_and_slow_statements_without_their_values(deployed: Deployed) -> None:
    program, *options = deployed.containers["database-1"].inputs["command"]
    assert program == "postgres"
    assert options == [
        *("-c", "log_connections=on"),
        *("-c", "log_disconnections=on"),
        *("-c", "log_min_duration_statement=1000"),
        *("-c", "log_parameter_max_length=0"),
    ]


def test_every_container_belongs_to_its_service_and_every_service_to_the_stack(deployed: Deployed) -> None:
    for name, container in deployed.containers.items():
        assert container.request.parent.endswith(f"infra:docker:Service::{name.rpartition('-')[0]}")
    for service in deployed.of("infra:docker:Service").values():
        assert service.request.parent.endswith("infra:docker:Stack::app")


def test_the_data_network_is_internal_and_the_edge_is_not(deployed: Deployed) -> None:
    networks = deployed.of("docker:index/network:Network")
    assert {name: item.inputs["internal"] for name, item in networks.items()} == {"edge": False, "data": True}
    assert all("name" not in item.inputs for item in networks.values())


def test_a_container_is_known_by_its_service_on_each_of_its_networks(deployed: Deployed) -> None:
    for name in ("backend-1", "backend-2"):
        attached = deployed.containers[name].inputs["networksAdvanced"]
        assert {item["name"]: item["aliases"] for item in attached} == {
            "edge-0000000": ["backend"],
            "data-0000000": ["backend"],
        }


def test_aliases_of_the_model_are_further_names() -> None:
    application = changed(small(), "database", networks={"data": NetworkAttachment(aliases=("postgres",))})
    attached = run(application).containers["database-1"].inputs["networksAdvanced"]
    assert [item["aliases"] for item in attached] == [["database", "postgres"]]


def test_starts_follow_the_conditions_of_depends_on(deployed: Deployed) -> None:
    assert "database-1" in deployed.containers["migrate-1"].dependencies
    assert {"database-1", "migrate-completed"} <= deployed.containers["backend-1"].dependencies
    assert {"backend-1", "backend-2"} <= deployed.containers["frontend-1"].dependencies
    assert "migrate-1" in deployed.of("pulumi:index:Stash")["migrate-completed"].dependencies


def test_only_containers_that_somebody_waits_for_as_healthy_are_waited_for(deployed: Deployed) -> None:
    waited = {name for name, item in deployed.containers.items() if item.inputs["wait"]}
    assert waited == {"database-1", "backend-1", "backend-2"}
    # 30 s to start, 11 probes of 5 s every 5 s, and 15 s of margin.
    assert deployed.containers["database-1"].inputs["waitTimeout"] == 155


def test_the_health_check_is_in_docker_s_words(deployed: Deployed) -> None:
    assert deployed.containers["backend-1"].inputs["healthcheck"] == {
        "tests": ["CMD", "python", "-m", "backend.probe", "/healthz"],
        "interval": "10s",
        "timeout": "5s",
        "startPeriod": "10s",
        "startInterval": "1s",
        "retries": 3,
    }


def test_a_job_is_run_to_its_end_and_is_not_kept_running(deployed: Deployed) -> None:
    job = deployed.containers["migrate-1"].inputs
    assert (job["mustRun"], job["attach"], job["logs"], job["restart"]) == (False, True, True, "no")
    service = deployed.containers["backend-1"].inputs
    assert (service["mustRun"], service["attach"], service["logs"]) == (True, False, False)


def test_a_job_s_marker_is_checked_before_it_is_made_and_before_it_is_renewed(deployed: Deployed) -> None:
    hooks = deployed.of("pulumi:index:Stash")["migrate-completed"].request.hooks
    assert list(hooks.before_create) == list(hooks.before_update) == ["check-migrate-ended-well"]


def test_containers_have_least_privileges_and_bounded_logs(deployed: Deployed) -> None:
    for container in deployed.containers.values():
        assert container.inputs["securityOpts"] == ["no-new-privileges"]
        assert container.inputs["readOnly"] is True
        assert container.inputs["logDriver"] == "json-file"
        assert container.inputs["logOpts"] == {
            "max-size": "20m",
            "max-file": "5",
            "labels": "infra.service",
        }
    backend = deployed.containers["backend-1"].inputs
    assert backend["capabilities"] == {"drops": ["ALL"]}
    assert (backend["user"], backend["init"], backend["tmpfs"]) == ("10001:10001", True, {"/tmp": ""})


def test_memory_has_no_swap_beyond_it(deployed: Deployed) -> None:
    database = deployed.containers["database-1"].inputs
    assert (database["cpus"], database["memory"], database["memorySwap"]) == ("1", 1024, 1024)


def test_a_container_may_take_its_grace_period_to_stop(deployed: Deployed) -> None:
    database = deployed.containers["database-1"].inputs
    assert (database["stopTimeout"], database["destroyGraceSeconds"]) == (60, 60)


def test_a_volume_keeps_its_name_and_outlives_the_stack(deployed: Deployed) -> None:
    volume = deployed.of("docker:index/volume:Volume")["database-data"]
    assert volume.inputs["name"] == "app-dev-database-data"
    assert volume.request.retainOnDelete is True
    mount = deployed.containers["database-1"].inputs["mounts"][0]
    assert mount == {
        "type": "volume",
        "source": "app-dev-database-data",
        "target": "/var/lib/postgresql/data",
        "readOnly": False,
    }


@pytest.mark.parametrize("protection", [True, False])
def test_volumes_are_protected_when_the_stack_says_so(protection: bool) -> None:
    volume = run(small(), protection=protection).of("docker:index/volume:Volume")["database-data"]
    assert volume.request.protect is protection


def test_a_replacement_removes_the_old_container_first(deployed: Deployed) -> None:
    assert all(item.request.deleteBeforeReplace for item in deployed.containers.values())


def test_ports_are_published_on_loopback_alone(deployed: Deployed) -> None:
    published = [{"internal": 8080, "external": 8080, "protocol": "tcp", "ip": "127.0.0.1"}]
    assert deployed.containers["frontend-1"].inputs["ports"] == published
    assert not any(item.inputs["ports"] for name, item in deployed.containers.items() if name != "frontend-1")
    assert deployed.endpoints == {"frontend": "http://127.0.0.1:8080"}


def test_host_ip_chooses_another_address() -> None:
    everywhere = run(changed(small(), "frontend", ports=(Port(target=8080, published=80, host_ip="0.0.0.0"),)))
    assert everywhere.containers["frontend-1"].inputs["ports"][0]["ip"] == "0.0.0.0"
    assert everywhere.endpoints == {"frontend": "http://127.0.0.1:80"}


def test_a_port_without_a_number_gets_one_from_the_engine_and_the_endpoint_says_which() -> None:
    several = run(changed(built_in(), "frontend", ports=(Port(target=8080, app_protocol="http"),)))
    assert all("external" not in several.containers[f"frontend-{n}"].inputs["ports"][0] for n in (1, 2))
    assert several.endpoints == {"frontend": "http://127.0.0.1:32768"}


def test_a_secret_is_a_read_only_file_where_the_mount_says(deployed: Deployed) -> None:
    for name, secret in (
        ("database-1", "database-password"),
        ("migrate-1", "database-metrics-password"),
        ("backend-1", "database-app-password"),
        ("backend-2", "database-app-password"),
    ):
        mount = deployed.containers[name].inputs["mounts"][-1]
        source = Path(mount["source"])
        assert (mount["type"], mount["readOnly"]) == ("bind", True)
        assert mount["target"] == f"/run/secrets/{secret}"
        assert source.parts[-5:] == (".secrets", "dev", name, "secrets", secret)


def test_a_new_value_of_a_secret_replaces_who_mounts_it_and_nobody_else(deployed: Deployed) -> None:
    with_trigger = {name for name, item in deployed.containers.items() if item.request.HasField("replacement_trigger")}
    assert with_trigger == {"database-1", "migrate-1", "backend-1", "backend-2"}


def test_secret_files_are_written_before_and_removed_after_their_container(deployed: Deployed) -> None:
    hooks = deployed.containers["backend-2"].request.hooks
    assert list(hooks.before_create) == list(hooks.before_update) == ["write-secret-files-backend-2"]
    assert list(hooks.after_delete) == ["remove-secret-files"]
    assert not deployed.containers["frontend-1"].request.hooks.ListFields()


def test_the_secret_s_value_reaches_no_resource(deployed: Deployed) -> None:
    for item in deployed.by_name.values():
        assert PASSWORD not in str(item.request)


def test_the_logs_of_a_container_are_kept_as_a_secret(deployed: Deployed) -> None:
    for item in deployed.containers.values():
        assert list(item.request.additionalSecretOutputs) == ["containerLogs"]


def test_what_shares_a_build_shares_an_image(deployed: Deployed) -> None:
    built = deployed.of("docker-build:index:Image")
    assert [item.inputs["context"]["location"] for item in built.values()] == ["services/backend", "services/frontend"]
    images = {name: item.inputs["image"] for name, item in deployed.containers.items()}
    assert images["migrate-1"] == images["backend-1"] == images["backend-2"] != images["frontend-1"]


def test_images_are_built_by_the_engine_itself_under_a_tag_of_their_content(deployed: Deployed) -> None:
    image = deployed.of("docker-build:index:Image")["frontend"].inputs
    assert (image["exec"], image["load"], image["push"]) == (True, True, False)
    assert image["builder"] == {"name": "default"}
    [tag] = image["tags"]
    assert tag.startswith("app/frontend:")
    local = deployed.of("docker:index/remoteImage:RemoteImage")["frontend"]
    assert local.inputs["name"] == tag
    assert local.dependencies == {"frontend"}
    assert deployed.containers["frontend-1"].inputs["image"] == f"sha256:{tag}"


def test_a_build_with_an_image_name_gets_that_name_too() -> None:
    build = Build(context="services/frontend", args={"A": "1"})
    image = run(changed(small(), "frontend", build=build, image="shop/frontend:dev"))
    built = image.of("docker-build:index:Image")["frontend"].inputs
    assert built["tags"][1] == "shop/frontend:dev"
    assert built["buildArgs"] == {"A": "1"}


def test_images_stay_on_the_engine_when_the_stack_goes(deployed: Deployed) -> None:
    pulled = deployed.of("docker:index/remoteImage:RemoteImage")
    assert all(item.inputs["keepLocally"] for item in pulled.values())
    assert pulled["database"].inputs["name"] == built_in().services["database"].image


def test_an_image_of_the_stack_s_settings_runs_in_place_of_the_build() -> None:
    digest = f"registry.example/frontend@sha256:{'a' * 64}"
    overridden = run(small(), images={"frontend": digest})
    assert "frontend" not in overridden.of("docker-build:index:Image")
    assert overridden.containers["frontend-1"].inputs["image"] == f"sha256:{digest}"


def test_x_aws_changes_nothing(deployed: Deployed) -> None:
    environment = dict(item.split("=", 1) for item in deployed.containers["backend-1"].inputs["envs"])
    assert environment["DATABASE_HOST"] == "database"
    assert environment["DATABASE_SSLMODE"] == "prefer"


def test_labels_say_whose_container_it_is(deployed: Deployed) -> None:
    assert labels(deployed.containers["backend-2"]) == {
        "infra.application": "app",
        "infra.stack": "dev",
        "infra.service": "backend",
        "observability.health-path": "/healthz",
        "observability.metrics-path": "/metrics",
    }
