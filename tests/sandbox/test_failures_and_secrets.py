"""Interrupted changes, a broken or busy cloud, several providers at once, and what stays secret."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pulumi
import pulumi.automation
import pulumi_aws as aws_
import pytest
from botocore.awsrequest import AWSResponse
from google.protobuf import json_format, struct_pb2
from moto.kms.models import KmsBackend

from sandbox import calls
from sandbox.aws_types import REGISTRY
from sandbox.calls import AwsError, Clients, CrashError, LackingError, ThrottledError
from sandbox.patterns import compiled, matches
from sandbox.plugin import UNKNOWN, InitializationError, Props, ProviderError, Secret, Urn
from sandbox.provider import AwsProvider
from sandbox.service_models import service_model
from sandbox.wire import SECRET_SIGNATURE, SIGNATURE_KEY, Values
from tests.sandbox.conftest import REGION, Driver, Engine

Aws = Callable[..., Props]
LOGS = "aws:cloudwatch/logGroup:LogGroup"
GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"


@dataclass
class Faults:
    """Operations that fail from now on, after as many calls as given have gone well."""

    after: dict[str, int] = field(default_factory=dict[str, int])

    def strikes(self, operation: str) -> bool:
        if operation not in self.after:
            return False
        self.after[operation] -= 1
        return self.after[operation] < 0


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    """Failures of the calls that the provider makes."""
    ordered, call = Faults(), Clients.call

    def failing(self: Clients, service: str, operation: str, params: Props) -> Props:
        if ordered.strikes(operation):
            raise AwsError(f"{service}:{operation}", "LimitExceededException", "ordered by the test")
        return call(self, service, operation, params)

    monkeypatch.setattr(Clients, "call", failing)
    return ordered


def test_an_update_that_fails_among_the_elements_of_a_list_goes_on_with_the_rest(
    driver: Driver, faults: Faults, aws: Aws
) -> None:
    rules = [{"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": ["10.0.0.0/8"]} for port in (1, 2, 3)]
    vpc = driver.create("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16")
    made = driver.create(GROUP, vpcId=vpc.id)
    wanted = driver.provider.check(made.urn, made.inputs, {"vpcId": vpc.id, "ingress": rules}, b"").inputs
    faults.after = {"AuthorizeSecurityGroupIngress": 2}
    with pytest.raises(InitializationError, match="ordered by the test") as failed:
        driver.provider.update(made.urn, made.id, made.inputs, made.outputs, wanted, False)
    faults.after = {}
    kept = failed.value.outputs
    assert driver.provider.diff(made.urn, made.id, wanted, kept, wanted).updates
    outputs = driver.provider.update(made.urn, made.id, wanted, kept, wanted, False)
    assert not driver.provider.diff(made.urn, made.id, wanted, outputs, wanted).updates
    found = aws("ec2", "DescribeSecurityGroups", GroupIds=[made.id])["SecurityGroups"][0]["IpPermissions"]
    assert sorted(rule["FromPort"] for rule in found) == [1, 2, 3]


def logs(days: int | None, **tags: str) -> Callable[[], None]:
    """A program of one log group."""

    def run() -> None:
        aws_.cloudwatch.LogGroup("logs", name="logs", retention_in_days=days, tags=tags)

    return run


def test_through_the_engine_a_failed_creation_or_update_is_finished_by_the_next_up(
    engine: Engine, faults: Faults, aws: Aws
) -> None:
    def group() -> Props:
        return aws("logs", "DescribeLogGroups")["logGroups"][0]

    faults.after = {"PutRetentionPolicy": 0}
    with pytest.raises(pulumi.automation.CommandError, match="ordered by the test"):
        engine.up(logs(30))
    assert "retentionInDays" not in group()
    faults.after = {}
    assert engine.up(logs(30)) == {"update": 1}
    assert group()["retentionInDays"] == 30

    faults.after = {"TagResource": 0}
    with pytest.raises(pulumi.automation.CommandError, match="ordered by the test"):
        engine.up(logs(60, a="b"))
    faults.after = {}
    assert group()["retentionInDays"] == 60
    assert engine.up(logs(60, a="b")) == {"update": 1}
    assert aws("logs", "ListTagsForResource", resourceArn=group()["logGroupArn"])["tags"] == {"a": "b"}

    faults.after = {"DeleteRetentionPolicy": 0}
    with pytest.raises(pulumi.automation.CommandError, match="ordered by the test"):
        engine.up(logs(None, a="b"))
    faults.after = {}
    assert engine.up(logs(None, a="b")) == {"update": 1}
    assert "retentionInDays" not in group()
    assert engine.changes(logs(None, a="b")) == {}


def test_skip_destroy_leaves_the_resource_and_its_absence_does_not(driver: Driver, aws: Aws) -> None:
    for name, skip in (("kept", True), ("said", False), ("unsaid", None)):
        driver.create(LOGS, name, name=name, **({} if skip is None else {"skipDestroy": skip})).deleted()
    assert [group["logGroupName"] for group in aws("logs", "DescribeLogGroups")["logGroups"]] == ["kept"]


def test_a_broken_cloud_a_lacking_one_and_a_busy_one_are_told_apart(
    shared_clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: KmsBackend) -> float:
        return 1 / 0

    monkeypatch.setattr(KmsBackend, "list_keys", broken)
    with pytest.raises(CrashError, match=r"kms:ListKeys: .*broke while answering"):
        shared_clients.call("kms", "ListKeys", {})
    with pytest.raises(LackingError, match=r"route53:ListTrafficPolicies: .*lacks this operation"):
        shared_clients.call("route53", "ListTrafficPolicies", {})


def test_a_busy_cloud_is_asked_again_and_says_so_when_it_stays_busy(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = Clients(endpoint_url=endpoint, region=REGION)

    def at_once(_: float) -> None:
        return

    monkeypatch.setattr(time, "sleep", at_once)
    answers = iter([429, 429, 200])
    asked: list[int] = []

    def busy(**_: object) -> Any:
        asked.append(next(answers, 429))
        if asked[-1] == 200:
            return None

        class Raw:
            def stream(self, **_: object) -> Iterator[bytes]:
                yield b'{"__type": "ThrottlingException", "message": "slow down"}'

        return AWSResponse("http://x", 400, cast(Any, {"content-type": "application/json"}), Raw())

    clients.client("kms").meta.events.register("before-send", busy)
    assert clients.call("kms", "ListKeys", {})["Keys"] == []
    assert asked == [429, 429, 200]
    with pytest.raises(ThrottledError, match=r"asked too often \(ThrottlingException: slow down\), 5 times"):
        clients.call("kms", "ListKeys", {})
    assert len(asked) == 3 + calls.ATTEMPTS


def test_two_providers_at_once_have_each_their_region_and_their_tags(engine: Engine, aws: Aws, endpoint: str) -> None:
    def program() -> None:
        for region, owner in ((REGION, "here"), ("us-east-1", "there")):
            tags = aws_.ProviderDefaultTagsArgs(tags={"Owner": owner})
            provider = aws_.Provider(owner, region=region, default_tags=tags)
            for number in range(3):
                opts = pulumi.ResourceOptions(provider=provider)
                aws_.cloudwatch.LogGroup(f"{owner}-{number}", name=f"{owner}-{number}", opts=opts)
        aws_.cloudwatch.LogGroup("moved", name="moved", region="eu-west-1")

    assert engine.up(program) == {"create": 10}
    assert engine.changes(program) == {}
    for region, names in ((REGION, "here"), ("us-east-1", "there")):
        clients = Clients(endpoint_url=endpoint, region=region)
        found = clients.call("logs", "DescribeLogGroups", {})["logGroups"]
        assert [group["logGroupName"] for group in found] == [f"{names}-{number}" for number in range(3)]
        tags = clients.call("logs", "ListTagsForResource", {"resourceArn": found[0]["logGroupArn"]})["tags"]
        assert tags == {"Owner": names}
    moved = Clients(endpoint_url=endpoint, region="eu-west-1").call("logs", "DescribeLogGroups", {})["logGroups"]
    assert [group["logGroupName"] for group in moved] == ["moved"]
    assert engine.stack.refresh(color="never").summary.resource_changes == {"same": 10}
    engine.stack.destroy(color="never")


def test_a_region_that_is_none_is_refused_and_another_region_replaces(driver: Driver) -> None:
    assert "region: 'eu-nowhere-1' is no AWS region" in driver.refused(LOGS, region="eu-nowhere-1")
    with pytest.raises(ProviderError, match="'moon' is no AWS region"):
        driver.provider.configure({"region": "moon"})
    made = driver.create(LOGS, region="us-east-1")
    assert made.outputs["region"] == "us-east-1"
    moved = {**made.inputs, "region": "eu-west-1"}
    assert driver.provider.diff(made.urn, made.id, made.inputs, made.outputs, moved).replaces == {"region"}
    assert made.refreshed() == made.inputs
    made.deleted()
    assert made.refreshed() == {}


def test_default_tags_that_are_unknown_make_all_tags_unknown(provider: AwsProvider) -> None:
    unsure = provider.configure({"region": REGION, "defaultTags": UNKNOWN})
    checked = unsure.check(Urn(text=f"urn:pulumi:test::infra::{LOGS}::x"), {}, {"tags": {"a": "b"}}, b"")
    assert checked.inputs["tagsAll"] is UNKNOWN


def secret(value: object) -> Props:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


def received(**props: object) -> tuple[Values, Props]:
    """Properties as the engine sends them."""
    values = Values()
    return values, values.props(json_format.ParseDict(props, struct_pb2.Struct()))


def test_no_secret_leaves_in_a_text_be_it_short_escaped_or_a_number() -> None:
    values, plain = received(a=secret("hunter2"), b={"c": [secret("ab"), secret('quo"te')]}, d=secret(4711), e="free")
    assert plain == {"a": "hunter2", "b": {"c": ["ab", 'quo"te']}, "d": 4711, "e": "free"}
    text = values.scrub(r'hunter2hunter2, "ab" in cabbage, quo"te or quo\"te, 4711: free')
    assert text == '[secret][secret], "[secret]" in cabbage, [secret] or [secret], [secret]: free'


def test_a_property_is_marked_when_it_was_secret_or_holds_one() -> None:
    values, _ = received(a=secret("hunter2"), b={"c": secret(4711)}, d={"e": secret(True)}, f="free")
    sent = json_format.MessageToDict(
        values.message(
            {
                "a": "x",
                "b": {},
                "d": {},
                "f": "free",
                "g": ["with hunter2 in it"],
                "h": "4711",
                "i": 1,
                "made": [Secret("by the provider")],
            }
        )
    )
    marked = {name for name, value in sent.items() if isinstance(value, dict) and SIGNATURE_KEY in value}
    assert marked == {"a", "b", "d", "g", "h", "made"}


def test_every_pattern_of_the_services_in_use_is_read() -> None:
    services = {aws_type.service for aws_type in REGISTRY.values()}
    patterns = {
        str(service_model(service).shape_for(name).metadata["pattern"])
        for service in services
        for name in service_model(service).shape_names
        if "pattern" in service_model(service).shape_for(name).metadata
    }
    assert len(patterns) > 100
    assert all(compiled(pattern) for pattern in patterns)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "Müller 北京_1", "a;b"),
        (r"^[\p{L}]+$", "äß", "ä_"),
        (r"[\P{L}]+", "12;", "1a"),
        (r"\p{Print}+", "a b~", "a\tb"),
        (r"[\w-_]*", "a-b_c", "a.b"),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "a😀", "\x00"),
        (r"^(?![^:]*/action/|(?i).*<script>.*)[^:]+$", "fine", "a<SCRIPT>"),
        (r"^abc$", "abc", "abc\n"),
        (r"[a-z]{2}", "ab", "abc"),
    ],
)
def test_a_pattern_takes_what_aws_takes(pattern: str, good: str, bad: str) -> None:
    assert matches(pattern, good)
    assert not matches(pattern, bad)


def test_a_rule_of_a_group_changes_in_place_but_not_its_group(driver: Driver, aws: Aws) -> None:
    vpc = driver.create("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16")
    group = driver.create("aws:ec2/securityGroup:SecurityGroup", vpcId=vpc.id)
    for direction in ("Ingress", "Egress"):
        made = driver.create(
            f"aws:vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule",
            securityGroupId=group.id,
            ipProtocol="tcp",
            fromPort=443,
            toPort=443,
            cidrIpv4="10.0.0.0/16",
            description="https",
        )
        changed = made.updated(fromPort=8443, toPort=8443, cidrIpv4="10.1.0.0/16", description="other")
        rule = aws("ec2", "DescribeSecurityGroupRules", SecurityGroupRuleIds=[made.id])["SecurityGroupRules"][0]
        seen = {name: rule[name] for name in ("FromPort", "ToPort", "CidrIpv4", "Description", "IsEgress")}
        assert seen == {
            "FromPort": 8443,
            "ToPort": 8443,
            "CidrIpv4": "10.1.0.0/16",
            "Description": "other",
            "IsEgress": direction == "Egress",
        }
        assert changed.refreshed() == changed.inputs
        moved = {**made.inputs, "securityGroupId": "sg-1"}
        assert "securityGroupId" in driver.provider.diff(made.urn, made.id, made.inputs, made.outputs, moved).replaces
