"""`docs/architecture.md`: who may reach whom, and what the prod stack is made of, drawn from the captured graph."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from graph.capture import capture
from graph.resource import Graph, Resource

_HEAD = """\
# Architecture

The prod stack as the program declares it. This page is drawn from the captured graph: `make docs`.
"""

_REACH = """
## Who may reach whom

Every arrow is an ingress rule of a security group; there are no others. Members of a Compose network carry its
identity group, and a service admits the identity groups of its networks on the ports that it declares. Boxes are the
subnet tiers: isolated subnets have no route out.
"""

_PARTS = """
## What it is made of

| Component | Type | Resources | of them |
|---|---|---|---|
"""

_ORDER = """
## In which order it starts

An arrow is a wait. Dependants wait for a marker, which exists once the job has ended well or the rollout has succeeded.
"""

_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_SERVICE = "aws:ecs/service:Service"
_MARKER = "aws:ssm/parameter:Parameter"


@dataclass(frozen=True, kw_only=True)
class _Node:
    """Something that holds security groups: a service, a job, a database, a load balancer."""

    name: str
    label: str
    groups: frozenset[str]
    subnets: Sequence[str]


def render() -> str:
    """The whole page."""
    graph = capture("prod")
    return "".join(
        [_HEAD, _REACH, _mermaid(_reach(graph)), _ORDER, _mermaid(_order(graph)), _PARTS, *_parts(graph)],
    )


def _mermaid(lines: Iterator[str]) -> str:
    return "\n".join(["", "```mermaid", "flowchart LR", *(f"  {line}" for line in lines), "```", ""])


def _texts(value: object) -> tuple[str, ...]:
    return (
        tuple(item for item in cast("list[object]", value) if isinstance(item, str)) if isinstance(value, list) else ()
    )


def _nodes(graph: Graph) -> Iterator[_Node]:
    for balancer in graph.of_type("aws:lb/loadBalancer:LoadBalancer"):
        yield _node(balancer.name, "load balancer", balancer.inputs["securityGroups"], balancer.inputs["subnets"])
    for service in graph.of_type(_SERVICE):
        network = cast("Mapping[str, object]", service.inputs["networkConfiguration"])
        yield _node(service.name, "ECS service", network["securityGroups"], network["subnets"])
    for marker in graph.of_type(_MARKER):
        record = marker.json("insecureValue")
        if record["ecs_service"] is None:
            yield _node(str(record["service"]), "one-off ECS task", record["security_groups"], record["subnets"])
    for database in graph.of_type("aws:rds/instance:Instance"):
        group = next(item for item in graph.of_type("aws:rds/subnetGroup:SubnetGroup") if item.name == database.name)
        yield _node(database.name, "RDS", database.inputs["vpcSecurityGroupIds"], group.inputs["subnetIds"])


def _node(name: str, kind: str, groups: object, subnets: object) -> _Node:
    return _Node(name=name, label=f"{name}<br>{kind}", groups=frozenset(_texts(groups)), subnets=_texts(subnets))


def _tier(graph: Graph, node: _Node) -> str:
    """The tier in the name of the node's subnets, as in `network-private-a`."""
    return graph.by_id(node.subnets[0]).name.split("-")[1]


def _reach(graph: Graph) -> Iterator[str]:
    nodes = list(_nodes(graph))
    yield "internet((internet))"
    for tier in ("public", "private", "isolated"):
        yield f"subgraph {tier}[{tier} subnets]"
        yield from (f"  {node.name}[{node.label}]" for node in nodes if _tier(graph, node) == tier)
        yield "end"
    ports: dict[tuple[str, str], set[str]] = defaultdict(set)
    for rule in graph.of_type(_INGRESS):
        for target in (node for node in nodes if rule.inputs["securityGroupId"] in node.groups):
            for source in _sources(rule, nodes):
                if source != target.name:
                    ports[source, target.name].add(_port(rule))
    for (source, target), numbers in sorted(ports.items()):
        yield f"{source} -->|{', '.join(sorted(numbers))}| {target}"


def _sources(rule: Resource, nodes: Sequence[_Node]) -> Iterator[str]:
    if "cidrIpv4" in rule.inputs:
        yield "internet"
    yield from (node.name for node in nodes if rule.inputs.get("referencedSecurityGroupId") in node.groups)


def _port(rule: Resource) -> str:
    first, last = rule.inputs["fromPort"], rule.inputs["toPort"]
    return f"{first}" if first == last else f"{first}-{last}"


def _order(graph: Graph) -> Iterator[str]:
    """Which workload waits for which marker or database."""
    awaited = {item.urn: item.name for item in graph.of_type("aws:rds/instance:Instance")}
    awaited |= {item.urn: str(item.json("insecureValue")["service"]) for item in graph.of_type(_MARKER)}
    starting = [*graph.of_type(_SERVICE), *graph.of_type(_MARKER)]
    waits = {
        (awaited[urn], name)
        for resource in starting
        for name in [awaited.get(resource.urn, resource.name)]
        for urn in resource.dependencies
        if urn in awaited and awaited[urn] != name
    }
    yield from (f"{first} --> {second}" for first, second in sorted(waits))


def _parts(graph: Graph) -> Iterator[str]:
    for component in graph.children(graph.stack):
        if component.custom:
            continue
        below = [item for item in graph.descendants(component) if item.custom]
        kinds = Counter(item.type.split(":")[-1] for item in below)
        counted = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        yield f"| `{component.name}` | `{component.type}` | {len(below)} | {counted} |\n"
    yield f"\n{sum(1 for item in graph if item.custom)} resources in all, components not counted.\n"
