"""The edge as the engine sees it."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from components.context import Context
from components.edge import Edge, EdgeArgs, EdgeError, RouteArgs
from components.firewall import Segment, SegmentArgs
from components.network import Network, NetworkArgs
from components.settings import ComponentsSettings
from tests.unit.components.recording import ACCOUNT_ID, REGION, Graph, record, settings

EDGE = {"domain": "app.example.com", "hosted_zone": "example.com", "ingress_cidrs": ["10.9.0.0/16"]}


def program(context: Context, chosen: ComponentsSettings) -> None:
    network = Network("network", NetworkArgs(context=context, settings=chosen.network, namespace_domain="x.internal"))
    assert chosen.edge is not None
    edge = Edge("edge", EdgeArgs(context=context, settings=chosen.edge, network=network))
    members = Segment("backend", SegmentArgs(vpc=network.vpc, description="Backend")).group
    edge.route(
        "a-service-with-quite-a-long-name",
        RouteArgs(target_group_members=members, port=8080, priority=10, hosts=["app.example.com"], paths=["/api/*"]),
    )


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(program, settings(edge=EDGE))


def test_port_80_redirects_for_good(graph: Graph) -> None:
    listener = graph.one("Listener", "edge-http")
    (action,) = listener.inputs["defaultActions"]
    assert listener.inputs["port"] == 80
    assert action["redirect"] == {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}


def test_port_443_speaks_tls_1_3_with_the_validated_certificate_and_knows_nothing_by_default(graph: Graph) -> None:
    listener = graph.one("Listener", "edge-https")
    (action,) = listener.inputs["defaultActions"]
    assert listener.inputs["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res")
    assert action["fixedResponse"]["statusCode"] == "404"
    assert any("CertificateValidation" in urn for urn in listener.dependencies)


def test_the_certificate_is_proved_by_a_record_in_the_hosted_zone(graph: Graph) -> None:
    record_ = graph.one("Record", "edge-validation")
    assert record_.inputs["zoneId"] == "Z123"
    assert record_.inputs["name"] == "_x.app.example.com"
    assert record_.inputs["records"] == ["y"]


def test_the_domain_is_an_alias_of_the_balancer(graph: Graph) -> None:
    alias = graph.one("Record", "edge")
    assert alias.inputs["name"] == "app.example.com"
    assert alias.inputs["type"] == "A"
    assert len(alias.inputs["aliases"]) == 1


def test_the_balancer_drops_bad_headers_logs_and_cannot_be_deleted_by_accident(graph: Graph) -> None:
    balancer = graph.one("LoadBalancer", "edge")
    assert balancer.inputs["dropInvalidHeaderFields"] is True
    assert balancer.inputs["enableDeletionProtection"] is True
    assert balancer.inputs["accessLogs"]["enabled"] is True
    assert balancer.inputs["subnets"] == [f"network-public-{zone}-id" for zone in "abc"]
    assert any("BucketPolicy" in urn for urn in balancer.dependencies)


def test_only_the_chosen_addresses_reach_the_edge_and_only_on_two_ports(graph: Graph) -> None:
    rules = [
        (r.inputs["cidrIpv4"], r.inputs["fromPort"], r.inputs["toPort"])
        for r in graph.of("SecurityGroupIngressRule")
        if r.inputs["securityGroupId"] == "edge-id"
    ]
    assert sorted(rules) == [("10.9.0.0/16", 80, 80), ("10.9.0.0/16", 443, 443)]


def test_the_edge_reaches_its_targets_on_their_port_and_nothing_else(graph: Graph) -> None:
    (rule,) = [r for r in graph.of("SecurityGroupEgressRule") if r.inputs["securityGroupId"] == "edge-id"]
    assert rule.inputs["referencedSecurityGroupId"] == "backend-id"
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (8080, 8080)
    assert "cidrIpv4" not in rule.inputs


def test_a_route_is_a_rule_of_both_conditions_on_a_target_group_whose_autoname_fits(graph: Graph) -> None:
    (target_group,) = graph.of("TargetGroup")
    assert len(target_group.name) + 8 <= 32
    assert target_group.inputs["targetType"] == "ip"
    rule = graph.one("ListenerRule", "edge-10")
    hosts, paths = rule.inputs["conditions"]
    assert hosts["hostHeader"]["values"] == ["app.example.com"]
    assert paths["pathPattern"]["values"] == ["/api/*"]
    assert rule.inputs["priority"] == 10


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "a host or a path"),
        ({"paths": ["/1", "/2", "/3", "/4", "/5", "/6"]}, "6 hosts and paths"),
        ({"paths": ["/*"], "priority": 0}, "priority 0"),
        ({"paths": ["/*"], "priority": 50_001}, "priority 50001"),
    ],
)
def test_a_route_that_cannot_be_is_refused(change: Mapping[str, object], said: str) -> None:
    with pytest.raises(EdgeError, match=said):
        RouteArgs(**cast("dict[str, Any]", {"target_group_members": None, "port": 80, "priority": 1, **change}))


def test_the_web_firewall_blocks_by_managed_rules_and_by_rate(graph: Graph) -> None:
    rules = graph.one("WebAcl", "edge").inputs["rules"]
    managed = {
        rule["statement"]["managedRuleGroupStatement"]["name"]
        for rule in rules
        if "managedRuleGroupStatement" in rule["statement"]
    }
    assert managed == {
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesAmazonIpReputationList",
    }
    (rate,) = [rule for rule in rules if "rateBasedStatement" in rule["statement"]]
    assert rate["statement"]["rateBasedStatement"]["limit"] == 2000
    assert "block" in rate["action"]
    assert len({rule["priority"] for rule in rules}) == len(rules)


def test_the_web_firewall_guards_the_balancer_and_logs_no_credentials(graph: Graph) -> None:
    assert graph.one("WebAclAssociation", "edge").inputs["resourceArn"].endswith(":edge")
    assert graph.one("LogGroup", "edge-waf").inputs["namePrefix"] == "aws-waf-logs-"
    redacted = graph.one("WebAclLoggingConfiguration", "edge").inputs["redactedFields"]
    assert {item["singleHeader"]["name"] for item in redacted} == {"authorization", "cookie"}


def test_the_firewalls_log_takes_deliveries_for_this_account_alone(graph: Graph) -> None:
    (statement,) = graph.one("LogResourcePolicy", "edge-waf").policy("policyDocument")
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"][0].endswith(":edge-waf:log-stream:*")
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT_ID}
    logging = graph.one("WebAclLoggingConfiguration", "edge")
    assert any("LogResourcePolicy" in urn for urn in logging.dependencies)


def test_only_this_accounts_balancers_deliver_access_logs_and_only_over_tls(graph: Graph) -> None:
    tls, delivery = graph.one("BucketPolicy", "edge-access-logs").policy()
    assert tls["Effect"] == "Deny"
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert delivery["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert delivery["Resource"][0].endswith(f"/load-balancer/AWSLogs/{ACCOUNT_ID}/*")
    source = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT_ID}:loadbalancer/*"
    assert delivery["Condition"] == {"ArnLike": {"aws:SourceArn": source}}


def test_the_access_logs_are_private_versioned_encrypted_and_end(graph: Graph) -> None:
    name = "edge-access-logs"
    (encryption,) = graph.one("BucketServerSideEncryptionConfiguration", name).inputs["rules"]
    assert encryption["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "AES256"
    block = graph.one("BucketPublicAccessBlock", name).inputs
    assert all(
        block[key] for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    )
    assert graph.one("BucketVersioning", name).inputs["versioningConfiguration"]["status"] == "Enabled"
    rules = graph.one("BucketLifecycleConfiguration", name).inputs["rules"]
    assert {"days": 365} in [rule.get("expiration") for rule in rules]


def test_what_holds_data_is_protected_and_what_does_not_is_not(graph: Graph) -> None:
    protected = {item.type for item in graph.resources if item.protect}
    assert protected == {"aws:kms/key:Key", "aws:s3/bucket:Bucket"}


def test_without_protection_everything_can_go() -> None:
    bare = record(program, settings(edge=EDGE, protection=False))
    assert not any(item.protect for item in bare.resources)
    assert bare.one("LoadBalancer", "edge").inputs["enableDeletionProtection"] is False
    (bucket,) = bare.of("s3/bucket:Bucket")
    assert bucket.inputs["forceDestroy"] is True
    assert {key.inputs["deletionWindowInDays"] for key in bare.of("kms/key:Key")} == {7}


def test_every_log_group_is_encrypted_and_ends(graph: Graph) -> None:
    for group in graph.of("LogGroup"):
        assert group.inputs["kmsKeyId"].endswith(":keys-logs")
        assert group.inputs["retentionInDays"] > 0


def test_no_group_has_inline_rules_and_every_rule_says_what_for(graph: Graph) -> None:
    for group in graph.of("SecurityGroup"):
        assert not {"ingress", "egress"} & set(group.inputs)
        assert group.inputs["description"]
    for rule in graph.of("SecurityGroupIngressRule") + graph.of("SecurityGroupEgressRule"):
        assert rule.inputs["description"]
