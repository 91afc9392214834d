"""`components.Network` through the real engine, the sandbox's provider and moto."""

import json
from collections.abc import Callable

import pulumi

from components.context import Context
from components.edge import Edge, EdgeArgs
from components.network import Network, NetworkArgs
from components.settings import ComponentsSettings
from components.storage import FileSystem, FileSystemArgs
from components.tagging import Tagging
from sandbox import inventory
from sandbox.plugin import Props
from sandbox.provider import ACCOUNT
from tests.sandbox.conftest import REGION, Engine

EDGE = {"domain": "app.example.com", "hosted_zone": "example.com"}
TAGS = {"owner": "team", "cost_center": "42", "data_classification": "internal", "repository": "example/infra"}


def program(nat: str = "single", *, edge: bool = False, **network: object) -> Callable[[], None]:
    """The stack's keys and its network, without protection; with `edge` also a file system and the edge over it."""
    values = {
        "network": {"cidr": "10.0.0.0/16", "nat": nat, **network},
        "tags": TAGS,
        "protection": False,
        "edge": EDGE,
    }
    chosen = ComponentsSettings.model_validate_json(json.dumps(values))

    def run() -> None:
        tagging = Tagging(project="infra", stack="test", settings=chosen.tags)
        opts = pulumi.ResourceOptions(provider=tagging.provider(REGION))
        context = Context.create(
            project="infra", stack="test", region=REGION, settings=chosen, tags=tagging.tags, opts=opts
        )
        args = NetworkArgs(context=context, settings=chosen.network, namespace_domain="test.internal")
        network = Network("network", args, opts)
        if edge and chosen.edge:
            Edge("edge", EdgeArgs(context=context, network=network, settings=chosen.edge), opts)
            subnets = network.primary_subnets["private"]
            files = FileSystem("files", FileSystemArgs(context=context, vpc=network.vpc, subnets=subnets), opts)
            files.access_point("uploads", uid=1000, gid=1000)
        pulumi.export("vpc", network.vpc.id)
        pulumi.export("s3", network.s3_prefix_list_id)

    return run


def test_a_network_comes_up_stays_as_it_is_grows_and_leaves_nothing(engine: Engine, aws: Callable[..., Props]) -> None:
    inventory.open_backends(ACCOUNT, REGION)
    before = set(inventory.resources())
    assert set(engine.up(program())) == {"create"}
    assert engine.changes(program()) == {}
    assert set(engine.stack.refresh(color="never").summary.resource_changes or {}) == {"same"}
    assert engine.changes(program()) == {}

    grown = program("per_az", secondary_cidrs=["10.1.0.0/16"])
    done = engine.up(grown)
    # The routes of the two zones that had no gateway of their own move to one.
    assert (set(done), done["update"]) == ({"create", "update"}, 2)
    assert engine.changes(grown) == {}
    gateways = aws("ec2", "DescribeNatGateways")["NatGateways"]
    assert [gateway["State"] for gateway in gateways] == ["available"] * 3

    engine.stack.destroy(color="never")
    left = {path: reason for path, reason in inventory.resources().items() if path not in before}
    assert {path for path, reason in left.items() if not reason} == set()


def test_an_edge_and_a_file_system_come_up_stay_as_they_are_and_leave_nothing(
    engine: Engine, aws: Callable[..., Props]
) -> None:
    inventory.open_backends(ACCOUNT, REGION)
    aws("route53", "CreateHostedZone", Name=EDGE["hosted_zone"], CallerReference="edge")
    before = set(inventory.resources())
    declared = program("none", edge=True)
    assert set(engine.up(declared)) == {"create"}
    assert engine.changes(declared) == {}
    assert set(engine.stack.refresh(color="never").summary.resource_changes or {}) == {"same"}
    assert engine.changes(declared) == {}
    engine.stack.destroy(color="never")
    assert {path for path, reason in inventory.resources().items() if path not in before and not reason} == set()
