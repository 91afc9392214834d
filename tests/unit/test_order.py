"""Nothing starts before what it depends on has been rolled out, has run, or can be reached."""

from collections.abc import Iterator

from graph.resource import Graph, Resource
from services.model import Application

MARKER = "aws:ssm/parameter:Parameter"
SERVICE = "aws:ecs/service:Service"


def marker_of(name: str, graph: Graph, application: Application) -> Resource:
    return graph.one(MARKER, f"{name}-{'job' if name in application.one_shot_services else 'rollout'}")


def containers(application: Application) -> Iterator[str]:
    yield from (name for name, service in application.services.items() if not service.x_aws.managed)


def starts(name: str, graph: Graph, application: Application) -> Resource:
    """What starts a service's tasks: the ECS service, or the marker whose hook runs the job."""
    return marker_of(name, graph, application) if name in application.one_shot_services else graph.one(SERVICE, name)


def test_every_service_and_job_has_a_marker_whose_hook_runs_before_it_is_written(
    prod: Graph, application: Application
) -> None:
    assert len(prod.of_type(MARKER)) == len(list(containers(application)))
    for name in containers(application):
        hook = "run-job" if name in application.one_shot_services else "require-rollout"
        assert marker_of(name, prod, application).hooks == {"before_create": (hook,), "before_update": (hook,)}


def test_a_rollout_is_asked_for_after_its_service_was_updated(prod: Graph, application: Application) -> None:
    for service in prod.of_type(SERVICE):
        assert service.urn in marker_of(service.name, prod, application).dependencies


def test_a_marker_changes_with_the_revision_and_the_images(prod: Graph, application: Application) -> None:
    for name in containers(application):
        made_of = marker_of(name, prod, application).property_dependencies["insecureValue"]
        types = {prod.by_urn[urn].type for urn in made_of}
        assert {"aws:ecs/taskDefinition:TaskDefinition", "docker-build:index:Image"} <= types, name


def test_dependants_wait_for_markers_and_for_managed_instances(prod: Graph, application: Application) -> None:
    checked = 0
    for name in containers(application):
        waiting = starts(name, prod, application)
        for other in application.services[name].depends_on:
            managed = bool(application.services[other].x_aws.managed)
            awaited = prod.one("aws:rds/instance:Instance", other) if managed else marker_of(other, prod, application)
            assert awaited.urn in waiting.dependencies, f"{name} does not wait for {other}"
            checked += 1
    assert checked >= 4


def test_a_managed_name_resolves_before_anybody_asks_for_it(prod: Graph, application: Application) -> None:
    alias = prod.one("aws:servicediscovery/instance:Instance", "database")
    for name in containers(application):
        if "database" in application.services[name].depends_on:
            assert alias.urn in starts(name, prod, application).dependencies


def test_a_service_starts_behind_its_rules_and_its_route(prod: Graph) -> None:
    for service in prod.of_type(SERVICE):
        rules = [
            item.urn
            for item in prod
            if item.type.startswith("aws:vpc/securityGroup") and item.name.startswith(f"{service.name}-")
        ]
        assert rules
        assert set(rules) <= set(service.dependencies), service.name
    [rule] = prod.of_type("aws:lb/listenerRule:ListenerRule")
    assert rule.urn in prod.one(SERVICE, "frontend").dependencies


def test_a_task_starts_after_the_paths_by_which_it_gets_its_image_secrets_and_logs(
    prod: Graph, application: Application
) -> None:
    paths = [
        *prod.of_type("aws:ec2/vpcEndpoint:VpcEndpoint"),
        *(item for item in prod.of_type("aws:ec2/route:Route") if "nat" in item.name),
        *(
            item
            for item in prod.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
            if "public" not in item.name
        ),
    ]
    assert len(paths) == 9 + 3 + 6
    for name in containers(application):
        assert {item.urn for item in paths} <= set(starts(name, prod, application).dependencies), name


def test_the_load_balancer_lives_within_the_life_of_the_way_to_the_internet(prod: Graph) -> None:
    route = prod.one("aws:ec2/route:Route", "network-public-internet")
    assert route.urn in prod.one("aws:lb/loadBalancer:LoadBalancer", "edge").dependencies


def test_container_insights_finds_its_encrypted_log_group_as_long_as_the_cluster_lives(prod: Graph) -> None:
    cluster = prod.one("aws:ecs/cluster:Cluster", "cluster")
    group = prod.one("aws:cloudwatch/logGroup:LogGroup", "cluster-insights")
    assert group.inputs["name"] == f"/aws/ecs/containerinsights/{cluster.inputs['name']}/performance"
    assert group.urn in cluster.dependencies


def test_permissions_are_granted_before_a_task_uses_them(prod: Graph, application: Application) -> None:
    for name in containers(application):
        policy = prod.one("aws:iam/rolePolicy:RolePolicy", f"{name}-execution")
        assert policy.urn in starts(name, prod, application).dependencies, name


def test_a_service_is_given_the_time_to_drain_before_it_is_deleted(prod: Graph) -> None:
    delays = {item.name: item.inputs["deregistrationDelay"] for item in prod.of_type("aws:lb/targetGroup:TargetGroup")}
    slowest = max(int(str(delay)) for delay in delays.values())
    for service in prod.of_type(SERVICE):
        minutes = int(service.custom_timeouts.delete.removesuffix("m") or "20")
        assert minutes * 60 >= slowest + 300, service.name
