"""The life of every network, storage and edge type: create, read back, update, replace, drift, delete."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast
from unittest.mock import MagicMock

import pytest

from sandbox.aws_types import REGISTRY
from sandbox.aws_types.templates import Context
from sandbox.plan import Plan
from sandbox.plugin import Props, ProviderError
from tests.sandbox.conftest import REGION, Driver, Resource

Aws = Callable[..., Props]
Make = Callable[[Driver], Props]
DENY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}
)
ALLOW = DENY.replace("Deny", "Allow")


@dataclass(frozen=True, kw_only=True)
class Life:
    """What happens to one resource. `update` changes in place, `replace` replaces, `drift` happens behind the back."""

    token: str
    inputs: Make
    drift: Callable[[Resource, Aws], object]
    update: Props = field(default_factory=dict[str, Any])
    replace: Props = field(default_factory=dict[str, Any])
    drifted: str = ""
    """The input where the drift shows; empty: the resource is gone."""
    stays: bool = False
    """Adopted: deletion only forgets it."""


def vpc(driver: Driver, cidr: str = "10.0.0.0/16") -> Resource:
    return driver.create("aws:ec2/vpc:Vpc", cidrBlock=cidr, enableDnsHostnames=True)


def subnet(driver: Driver, vpc_id: str | None = None, number: int = 0) -> Resource:
    return driver.create(
        "aws:ec2/subnet:Subnet",
        vpcId=vpc_id or vpc(driver).id,
        cidrBlock=f"10.0.{number}.0/24",
        availabilityZone=f"{REGION}{'abc'[number]}",
    )


def route_table(driver: Driver, vpc_id: str) -> Resource:
    return driver.create("aws:ec2/routeTable:RouteTable", vpcId=vpc_id)


def gateway(driver: Driver, vpc_id: str) -> Resource:
    return driver.create("aws:ec2/internetGateway:InternetGateway", vpcId=vpc_id)


def group(driver: Driver, vpc_id: str | None = None, name: str = "g") -> Resource:
    return driver.create("aws:ec2/securityGroup:SecurityGroup", name, vpcId=vpc_id or vpc(driver).id, description="g")


def bucket(driver: Driver, name: str = "things") -> Resource:
    return driver.create("aws:s3/bucket:Bucket", name, bucket=f"{name}-1", forceDestroy=True)


def file_system(driver: Driver) -> Resource:
    return driver.create("aws:efs/fileSystem:FileSystem", encrypted=True)


def route(driver: Driver) -> Props:
    home = vpc(driver).id
    return {
        "routeTableId": route_table(driver, home).id,
        "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": gateway(driver, home).id,
    }


def nat_gateway(driver: Driver) -> Props:
    address = driver.create("aws:ec2/eip:Eip", domain="vpc")
    return {"allocationId": address.id, "subnetId": subnet(driver).id, "tags": {"Name": "n"}}


def acl_association(driver: Driver) -> Props:
    place = subnet(driver)
    acl = driver.create("aws:ec2/networkAcl:NetworkAcl", vpcId=place.inputs["vpcId"])
    return {"networkAclId": acl.id, "subnetId": place.id}


def interface_endpoint(driver: Driver) -> Props:
    home = vpc(driver).id
    return {
        "vpcId": home,
        "serviceName": f"com.amazonaws.{REGION}.logs",
        "vpcEndpointType": "Interface",
        "privateDnsEnabled": True,
        "subnetIds": [subnet(driver, home, 0).id, subnet(driver, home, 1).id],
        "securityGroupIds": [group(driver, home).id],
        "policy": ALLOW,
        "tags": {"Name": "logs"},
    }


def gateway_endpoint(driver: Driver) -> Props:
    home = vpc(driver).id
    tables = [route_table(driver, home).id, route_table(driver, home).id]
    return {
        "vpcId": home,
        "serviceName": f"com.amazonaws.{REGION}.s3",
        "vpcEndpointType": "Gateway",
        "routeTableIds": tables,
        "policy": ALLOW,
    }


def flow_log(driver: Driver) -> Props:
    logs = driver.create("aws:cloudwatch/logGroup:LogGroup", name="flow")
    role = driver.create("aws:iam/role:Role", assumeRolePolicy=ALLOW.replace('"Resource"', '"Sid"'))
    return {
        "vpcId": vpc(driver).id,
        "trafficType": "ALL",
        "logDestination": logs.outputs["arn"],
        "iamRoleArn": role.outputs["arn"],
        "maxAggregationInterval": 600,
        "tags": {"Name": "f"},
    }


def zone(driver: Driver) -> str:
    made = driver.aws("route53", "CreateHostedZone", Name="example.com", CallerReference="x")
    return made["HostedZone"]["Id"].rpartition("/")[2]


def certificate(driver: Driver) -> Resource:
    return driver.create(
        "aws:acm/certificate:Certificate", domainName="app.example.com", validationMethod="DNS", tags={"Name": "app"}
    )


def load_balancer(driver: Driver) -> str:
    home = vpc(driver).id
    subnets = [subnet(driver, home, number).id for number in range(2)]
    return driver.aws("elbv2", "CreateLoadBalancer", Name="edge", Subnets=subnets)["LoadBalancers"][0][
        "LoadBalancerArn"
    ]


def visibility(name: str) -> Props:
    return {"cloudwatchMetricsEnabled": True, "metricName": name, "sampledRequestsEnabled": True}


WEB_ACL: Props = {
    "scope": "REGIONAL",
    "description": "in front",
    "defaultAction": {"allow": {}},
    "visibilityConfig": visibility("edge"),
    "rules": [
        {
            "name": "common",
            "priority": 10,
            "overrideAction": {"none": {}},
            "statement": {
                "managedRuleGroupStatement": {"name": "AWSManagedRulesCommonRuleSet", "vendorName": "AWS"},
            },
            "visibilityConfig": visibility("common"),
        },
        {
            "name": "rate",
            "priority": 40,
            "action": {"block": {}},
            "statement": {
                "rateBasedStatement": {"limit": 2000, "aggregateKeyType": "IP", "evaluationWindowSec": 300},
            },
            "visibilityConfig": visibility("rate"),
        },
    ],
}


def web_acl(driver: Driver, name: str = "edge") -> Resource:
    return driver.create("aws:wafv2/webAcl:WebAcl", name, **WEB_ACL)


def acl_logging(driver: Driver) -> Props:
    logs = driver.create("aws:cloudwatch/logGroup:LogGroup", name="aws-waf-logs-edge")
    return {
        "resourceArn": web_acl(driver).outputs["arn"],
        "logDestinationConfigs": [logs.outputs["arn"]],
        "redactedFields": [{"singleHeader": {"name": "authorization"}}, {"singleHeader": {"name": "cookie"}}],
    }


def tidy(days: int) -> Props:
    return {
        "id": "tidy",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrentVersionExpiration": {"noncurrentDays": days},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
    }


EXPIRE: Props = {"id": "expire", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": 90}}


def encryption(algorithm: str) -> list[Props]:
    if algorithm == "AES256":
        return [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
    by_default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": f"arn:aws:kms:{REGION}:123456789012:key/k"}
    return [{"applyServerSideEncryptionByDefault": by_default, "bucketKeyEnabled": True}]


def mount_target(driver: Driver) -> Props:
    place = subnet(driver)
    return {
        "fileSystemId": file_system(driver).id,
        "subnetId": place.id,
        "securityGroups": [group(driver, place.inputs["vpcId"]).id],
    }


def gone_route(made: Resource, aws: Aws) -> object:
    return aws("ec2", "DeleteRoute", RouteTableId=made.inputs["routeTableId"], DestinationCidrBlock="0.0.0.0/0")


def opened_group(made: Resource, aws: Aws) -> object:
    everyone = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    return aws("ec2", "AuthorizeSecurityGroupIngress", GroupId=made.id, IpPermissions=everyone)


def opened_acl(made: Resource, aws: Aws) -> object:
    return aws(
        "ec2",
        "CreateNetworkAclEntry",
        NetworkAclId=made.id,
        RuleNumber=1,
        Protocol="-1",
        RuleAction="allow",
        Egress=False,
        CidrBlock="0.0.0.0/0",
    )


def changed_record(made: Resource, aws: Aws) -> object:
    record = {"Name": made.inputs["name"], "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": "x.example.com"}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    return aws("route53", "ChangeResourceRecordSets", HostedZoneId=made.inputs["zoneId"], ChangeBatch=batch)


LIVES: Mapping[str, Life] = {
    "CIDR block": Life(
        token="aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
        inputs=lambda driver: {"vpcId": vpc(driver).id, "cidrBlock": "10.1.0.0/16"},
        replace={"cidrBlock": "10.2.0.0/16"},
        drift=lambda made, aws: aws("ec2", "DisassociateVpcCidrBlock", AssociationId=made.id),
    ),
    "DHCP options": Life(
        token="aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
        inputs=lambda _: {
            "domainName": "a.internal",
            "domainNameServers": ["AmazonProvidedDNS"],
            "tags": {"Name": "a"},
        },
        update={"tags": {"Name": "b"}},
        replace={"domainName": "b.internal"},
        drift=lambda made, aws: aws("ec2", "CreateTags", Resources=[made.id], Tags=[{"Key": "Name", "Value": "x"}]),
        drifted="tagsAll",
    ),
    "DHCP options association": Life(
        token="aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation",
        inputs=lambda driver: {
            "vpcId": vpc(driver).id,
            "dhcpOptionsId": driver.create("aws:ec2/vpcDhcpOptions:VpcDhcpOptions", domainName="a").id,
        },
        replace={"dhcpOptionsId": "dopt-2"},
        drift=lambda made, aws: aws("ec2", "AssociateDhcpOptions", VpcId=made.inputs["vpcId"], DhcpOptionsId="default"),
    ),
    "internet gateway": Life(
        token="aws:ec2/internetGateway:InternetGateway",
        inputs=lambda driver: {"vpcId": vpc(driver).id, "tags": {"Name": "i"}},
        update={"tags": {"Name": "j"}},
        drift=lambda made, aws: aws(
            "ec2", "DetachInternetGateway", InternetGatewayId=made.id, VpcId=made.inputs["vpcId"]
        ),
        drifted="vpcId",
    ),
    "route table": Life(
        token="aws:ec2/routeTable:RouteTable",
        inputs=lambda driver: {"vpcId": vpc(driver).id, "tags": {"Name": "t"}},
        update={"tags": None},
        replace={"vpcId": "vpc-2"},
        drift=lambda made, aws: aws("ec2", "DeleteRouteTable", RouteTableId=made.id),
    ),
    "route": Life(
        token="aws:ec2/route:Route",
        inputs=route,
        replace={"destinationCidrBlock": "192.0.2.0/24"},
        drift=gone_route,
    ),
    "address": Life(
        token="aws:ec2/eip:Eip",
        inputs=lambda _: {"domain": "vpc", "tags": {"Name": "e"}},
        update={"tags": {"Name": "f"}},
        replace={"domain": "standard"},
        drift=lambda made, aws: aws("ec2", "ReleaseAddress", AllocationId=made.id),
    ),
    "NAT gateway": Life(
        token="aws:ec2/natGateway:NatGateway",
        inputs=nat_gateway,
        update={"tags": {"Name": "m"}},
        replace={"allocationId": "eipalloc-2"},
        drift=lambda made, aws: aws("ec2", "DeleteNatGateway", NatGatewayId=made.id),
    ),
    "default group": Life(
        token="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        inputs=lambda driver: {"vpcId": vpc(driver).id, "ingress": [], "egress": [], "tags": {"Name": "closed"}},
        update={
            "ingress": [{"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["10.0.0.0/8"]}],
            "tags": {"Name": "open"},
        },
        replace={"vpcId": "vpc-2"},
        drift=opened_group,
        drifted="ingress",
        stays=True,
    ),
    "default ACL": Life(
        token="aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
        inputs=lambda driver: {
            "defaultNetworkAclId": vpc(driver).outputs["defaultNetworkAclId"],
            "ingress": [],
            "egress": [],
            "tags": {"Name": "closed"},
        },
        update={
            "egress": [
                {"ruleNo": 7, "action": "allow", "protocol": "6", "fromPort": 1, "toPort": 2, "cidrBlock": "10.0.0.0/8"}
            ]
        },
        replace={"defaultNetworkAclId": "acl-2"},
        drift=opened_acl,
        drifted="ingress",
        stays=True,
    ),
    "ACL": Life(
        token="aws:ec2/networkAcl:NetworkAcl",
        inputs=lambda driver: {"vpcId": vpc(driver).id, "tags": {"Name": "acl"}},
        update={"tags": {"Name": "other"}},
        replace={"vpcId": "vpc-2"},
        drift=lambda made, aws: aws("ec2", "DeleteNetworkAcl", NetworkAclId=made.id),
    ),
    "ACL association": Life(
        token="aws:ec2/networkAclAssociation:NetworkAclAssociation",
        inputs=acl_association,
        replace={"networkAclId": "acl-2"},
        drift=lambda made, aws: made.deleted(),
    ),
    "egress rule": Life(
        token="aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        inputs=lambda driver: {
            "securityGroupId": group(driver).id,
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "0.0.0.0/0",
            "description": "out",
        },
        update={"tags": {"Name": "out"}, "fromPort": 80},
        replace={"securityGroupId": "sg-2"},
        drift=lambda made, aws: aws(
            "ec2", "RevokeSecurityGroupEgress", GroupId=made.inputs["securityGroupId"], SecurityGroupRuleIds=[made.id]
        ),
    ),
    "interface endpoint": Life(
        token="aws:ec2/vpcEndpoint:VpcEndpoint",
        inputs=interface_endpoint,
        update={"policy": DENY, "privateDnsEnabled": False},
        replace={"serviceName": f"com.amazonaws.{REGION}.sts"},
        drift=lambda made, aws: aws("ec2", "ModifyVpcEndpoint", VpcEndpointId=made.id, PolicyDocument=DENY),
        drifted="policy",
    ),
    "gateway endpoint": Life(
        token="aws:ec2/vpcEndpoint:VpcEndpoint",
        inputs=gateway_endpoint,
        update={"policy": DENY},
        replace={"vpcId": "vpc-2"},
        drift=lambda made, aws: aws(
            "ec2", "ModifyVpcEndpoint", VpcEndpointId=made.id, RemoveRouteTableIds=made.inputs["routeTableIds"][:1]
        ),
        drifted="routeTableIds",
    ),
    "flow log": Life(
        token="aws:ec2/flowLog:FlowLog",
        inputs=flow_log,
        update={"tags": {"Name": "g"}},
        replace={"trafficType": "REJECT"},
        drift=lambda made, aws: aws("ec2", "DeleteFlowLogs", FlowLogIds=[made.id]),
    ),
    "public access block": Life(
        token="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        inputs=lambda driver: {
            "bucket": bucket(driver).id,
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        update={"blockPublicPolicy": False},
        replace={"bucket": "other"},
        drift=lambda made, aws: aws(
            "s3",
            "PutPublicAccessBlock",
            Bucket=made.id,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": False,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        ),
        drifted="blockPublicAcls",
    ),
    "ownership": Life(
        token="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        inputs=lambda driver: {"bucket": bucket(driver).id, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        update={"rule": {"objectOwnership": "BucketOwnerPreferred"}},
        replace={"bucket": "other"},
        drift=lambda made, aws: aws(
            "s3",
            "PutBucketOwnershipControls",
            Bucket=made.id,
            OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
        ),
        drifted="rule",
    ),
    "bucket encryption": Life(
        token="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        inputs=lambda driver: {"bucket": bucket(driver).id, "rules": encryption("aws:kms")},
        update={"rules": encryption("AES256")},
        replace={"bucket": "other"},
        drift=lambda made, aws: aws(
            "s3",
            "PutBucketEncryption",
            Bucket=made.id,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        ),
        drifted="rules",
    ),
    "bucket lifecycle": Life(
        token="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        inputs=lambda driver: {"bucket": bucket(driver).id, "rules": [tidy(30), EXPIRE]},
        update={"rules": [tidy(60)]},
        replace={"bucket": "other"},
        drift=lambda made, aws: aws("s3", "DeleteBucketLifecycle", Bucket=made.id),
    ),
    "bucket policy": Life(
        token="aws:s3/bucketPolicy:BucketPolicy",
        inputs=lambda driver: {"bucket": bucket(driver).id, "policy": DENY},
        update={"policy": ALLOW},
        replace={"bucket": "other"},
        drift=lambda made, aws: aws("s3", "PutBucketPolicy", Bucket=made.id, Policy=ALLOW),
        drifted="policy",
    ),
    "bucket logging": Life(
        token="aws:s3/bucketLogging:BucketLogging",
        inputs=lambda driver: {
            "bucket": bucket(driver).id,
            "targetBucket": log_bucket(driver),
            "targetPrefix": "things/",
        },
        update={"targetPrefix": "more/"},
        replace={"bucket": "other"},
        drift=lambda made, aws: aws("s3", "PutBucketLogging", Bucket=made.id, BucketLoggingStatus={}),
    ),
    "file system": Life(
        token="aws:efs/fileSystem:FileSystem",
        inputs=lambda _: {
            "encrypted": True,
            "throughputMode": "elastic",
            "lifecyclePolicies": [
                {"transitionToIa": "AFTER_30_DAYS"},
                {"transitionToPrimaryStorageClass": "AFTER_1_ACCESS"},
            ],
            "tags": {"Name": "data"},
        },
        update={
            "tags": {"Name": "other"},
            "lifecyclePolicies": [{"transitionToIa": "AFTER_7_DAYS"}],
            "throughputMode": "bursting",
        },
        replace={"encrypted": False},
        drift=lambda made, aws: aws(
            "efs",
            "PutLifecycleConfiguration",
            FileSystemId=made.id,
            LifecyclePolicies=[{"TransitionToIA": "AFTER_14_DAYS"}],
        ),
        drifted="lifecyclePolicies",
    ),
    "mount target": Life(
        token="aws:efs/mountTarget:MountTarget",
        inputs=mount_target,
        replace={"subnetId": "subnet-2"},
        drift=lambda made, aws: aws(
            "efs", "ModifyMountTargetSecurityGroups", MountTargetId=made.id, SecurityGroups=["sg-0123456789abcdef0"]
        ),
        drifted="securityGroups",
    ),
    "access point": Life(
        token="aws:efs/accessPoint:AccessPoint",
        inputs=lambda driver: {
            "fileSystemId": file_system(driver).id,
            "posixUser": {"uid": 1000, "gid": 1001},
            "rootDirectory": {
                "path": "/data",
                "creationInfo": {"ownerUid": 1000, "ownerGid": 1001, "permissions": "0750"},
            },
            "tags": {"Name": "data"},
        },
        update={"tags": {"Name": "other"}},
        replace={"posixUser": {"uid": 1, "gid": 1}},
        drift=lambda made, aws: aws("efs", "DeleteAccessPoint", AccessPointId=made.id),
    ),
    "file system policy": Life(
        token="aws:efs/fileSystemPolicy:FileSystemPolicy",
        inputs=lambda driver: {"fileSystemId": file_system(driver).id, "policy": DENY},
        update={"policy": ALLOW},
        replace={"fileSystemId": "fs-2"},
        drift=lambda made, aws: aws("efs", "PutFileSystemPolicy", FileSystemId=made.id, Policy=ALLOW),
        drifted="policy",
    ),
    "record": Life(
        token="aws:route53/record:Record",
        inputs=lambda driver: {
            "zoneId": zone(driver),
            "name": "_proof.app.example.com",
            "type": "CNAME",
            "ttl": 300,
            "records": ["proof.acm.example.com"],
            "allowOverwrite": True,
        },
        update={"records": ["other.acm.example.com"], "ttl": 60},
        replace={"name": "b.example.com"},
        drift=changed_record,
        drifted="records",
    ),
    "alias": Life(
        token="aws:route53/record:Record",
        inputs=lambda driver: {
            "zoneId": zone(driver),
            "name": "app.example.com",
            "type": "A",
            "aliases": [{"name": "lb.example.com", "zoneId": "Z215JYRZR1TBD5", "evaluateTargetHealth": True}],
        },
        update={"aliases": [{"name": "lb2.example.com", "zoneId": "Z215JYRZR1TBD5", "evaluateTargetHealth": False}]},
        replace={"type": "AAAA"},
        drift=lambda made, aws: made.deleted(),
    ),
    "certificate": Life(
        token="aws:acm/certificate:Certificate",
        inputs=lambda _: {"domainName": "app.example.com", "validationMethod": "DNS", "tags": {"Name": "app"}},
        update={"tags": {"Name": "other"}},
        replace={"domainName": "b.example.com"},
        drift=lambda made, aws: aws("acm", "DeleteCertificate", CertificateArn=made.id),
    ),
    "certificate validation": Life(
        token="aws:acm/certificateValidation:CertificateValidation",
        inputs=lambda driver: {
            "certificateArn": certificate(driver).id,
            "validationRecordFqdns": ["_x.app.example.com"],
        },
        replace={"certificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/2"},
        drift=lambda made, aws: aws("acm", "DeleteCertificate", CertificateArn=made.id),
        stays=True,
    ),
    "web ACL": Life(
        token="aws:wafv2/webAcl:WebAcl",
        inputs=lambda _: WEB_ACL,
        update={"description": "other", "rules": WEB_ACL["rules"][:1], "tags": {"Name": "w"}},
        replace={"scope": "CLOUDFRONT"},
        drift=lambda made, aws: aws(
            "wafv2",
            "UpdateWebACL",
            Id=made.id,
            Name=made.inputs["name"],
            Scope="REGIONAL",
            DefaultAction={"Block": {}},
            VisibilityConfig={"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "edge"},
            LockToken=aws("wafv2", "GetWebACL", Id=made.id, Name=made.inputs["name"], Scope="REGIONAL")["LockToken"],
        ),
        drifted="defaultAction",
    ),
    "web ACL association": Life(
        token="aws:wafv2/webAclAssociation:WebAclAssociation",
        inputs=lambda driver: {"resourceArn": load_balancer(driver), "webAclArn": web_acl(driver).outputs["arn"]},
        replace={"webAclArn": f"arn:aws:wafv2:{REGION}:123456789012:regional/webacl/b/2"},
        drift=lambda made, aws: aws("wafv2", "DisassociateWebACL", ResourceArn=made.inputs["resourceArn"]),
    ),
    "web ACL logging": Life(
        token="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        inputs=acl_logging,
        update={"redactedFields": [{"singleHeader": {"name": "cookie"}}]},
        replace={"resourceArn": f"arn:aws:wafv2:{REGION}:123456789012:regional/webacl/b/2"},
        drift=lambda made, aws: aws(
            "wafv2",
            "PutLoggingConfiguration",
            LoggingConfiguration={
                "ResourceArn": made.id,
                "LogDestinationConfigs": made.inputs["logDestinationConfigs"],
            },
        ),
        drifted="redactedFields",
    ),
}


def log_bucket(driver: Driver) -> str:
    made = bucket(driver, "logs").id
    grants = [
        {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}, "Permission": p}
        for p in ("WRITE", "READ_ACP")
    ]
    driver.aws("s3", "PutBucketAcl", Bucket=made, AccessControlPolicy={"Owner": {"ID": "o"}, "Grants": grants})
    return made


UPDATED = [name for name, life in LIVES.items() if life.update]


@pytest.mark.parametrize("name", LIVES)
def test_it_reads_back_as_declared_replaces_what_it_must_and_goes_away(name: str, driver: Driver) -> None:
    life = LIVES[name]
    made = driver.create(life.token, **life.inputs(driver))
    assert made.refreshed() == made.inputs
    assert made.updated().outputs == made.outputs

    wanted = {**made.inputs, **life.replace}
    found = driver.provider.diff(made.urn, made.id, made.inputs, made.outputs, wanted)
    assert {path.split(".")[0] for path in found.replaces} == set(life.replace)

    made.deleted()
    if not life.stays:
        assert made.refreshed() == {}
        made.deleted()


@pytest.mark.parametrize("name", UPDATED)
def test_an_update_in_place_arrives_in_aws_and_nothing_else_does(name: str, driver: Driver) -> None:
    life = LIVES[name]
    made = driver.create(life.token, **life.inputs(driver))
    after = made.updated(**life.update)
    assert after.refreshed() == after.inputs
    seen = replace(made, outputs=after.outputs).refreshed()
    changed = {"tagsAll" if name == "tags" else name for name in life.update}
    assert {name for name in {*seen, *made.inputs} if seen.get(name) != made.inputs.get(name)} == changed


@pytest.mark.parametrize("name", LIVES)
def test_drift_is_seen_where_it_is_and_healed(name: str, driver: Driver, aws: Aws) -> None:
    life = LIVES[name]
    made = driver.create(life.token, **life.inputs(driver))
    life.drift(made, aws)
    seen = made.refreshed()
    if not life.drifted:
        assert seen == {}
        return
    assert {name for name in {*seen, *made.inputs} if seen.get(name) != made.inputs.get(name)} == {life.drifted}
    if life.drifted != "tagsAll":
        drifted = replace(made, inputs=seen)
        assert drifted.updated(**{life.drifted: made.inputs[life.drifted]}).refreshed() == made.inputs


@pytest.mark.parametrize("name", LIVES)
def test_without_one_of_its_mappings_the_type_refuses_or_replaces(name: str) -> None:
    life = LIVES[name]
    aws_type = REGISTRY[life.token]
    paper = MagicMock()
    paper.create.return_value.id = "x-1"
    inputs = {**aws_type.presets, **life.inputs(cast(Driver, paper))}
    context = Context(call=paper, region=REGION, account="1", name="thing", inputs=inputs, lenient=True)
    complaints = Plan(aws_type).failures(inputs, context)
    for path in aws_type.renames:
        if path in inputs:
            others = {name: target for name, target in aws_type.renames.items() if name != path}
            lacking = Plan(replace(aws_type, renames=others))
            assert lacking.failures(inputs, context) != complaints, path
    for setter in aws_type.setters:
        lacking = Plan(replace(aws_type, setters=tuple(other for other in aws_type.setters if other != setter)))
        taken = [name for name in life.update if Plan(aws_type).takes(setter, name)]
        new = {**inputs, **life.update}
        assert not any(lacking.updatable(name, new) for name in taken), taken


def test_the_default_group_and_acl_are_emptied_when_they_are_adopted(driver: Driver, aws: Aws) -> None:
    group_of = driver.create(LIVES["default group"].token, **LIVES["default group"].inputs(driver))
    (found,) = aws("ec2", "DescribeSecurityGroups", GroupIds=[group_of.id])["SecurityGroups"]
    assert (found["GroupName"], found["IpPermissions"], found["IpPermissionsEgress"]) == ("default", [], [])
    acl = driver.create(LIVES["default ACL"].token, **LIVES["default ACL"].inputs(driver))
    (found,) = aws("ec2", "DescribeNetworkAcls", NetworkAclIds=[acl.id])["NetworkAcls"]
    assert {entry["RuleNumber"] for entry in found["Entries"]} == {32767}


def test_a_deleted_acl_association_gives_the_subnet_back_to_the_default_acl(driver: Driver, aws: Aws) -> None:
    made = driver.create(LIVES["ACL association"].token, **acl_association(driver))
    made.deleted()
    filters = [{"Name": "association.subnet-id", "Values": [made.inputs["subnetId"]]}]
    (found,) = aws("ec2", "DescribeNetworkAcls", Filters=filters)["NetworkAcls"]
    assert found["IsDefault"]


def test_a_deleted_nat_gateway_leaves_no_interface_and_a_free_address(driver: Driver, aws: Aws) -> None:
    made = driver.create(LIVES["NAT gateway"].token, **nat_gateway(driver))
    made.deleted()
    assert aws("ec2", "DescribeNetworkInterfaces")["NetworkInterfaces"] == []
    (address,) = aws("ec2", "DescribeAddresses", AllocationIds=[made.inputs["allocationId"]])["Addresses"]
    assert "AssociationId" not in address


def test_an_internet_gateway_moves_to_another_vpc_in_place(driver: Driver, aws: Aws) -> None:
    made = driver.create(LIVES["internet gateway"].token, vpcId=vpc(driver).id)
    other = vpc(driver, "10.9.0.0/16").id
    made.updated(vpcId=other)
    (found,) = aws("ec2", "DescribeInternetGateways", InternetGatewayIds=[made.id])["InternetGateways"]
    assert [attachment["VpcId"] for attachment in found["Attachments"]] == [other]


def test_a_gateway_endpoint_has_its_routes_and_the_services_prefix_list(driver: Driver, aws: Aws) -> None:
    made = driver.create(LIVES["gateway endpoint"].token, **gateway_endpoint(driver))
    first, second = made.inputs["routeTableIds"]
    only_first = made.updated(routeTableIds=[first])

    def prefix_lists(table: str) -> list[str]:
        (found,) = aws("ec2", "DescribeRouteTables", RouteTableIds=[table])["RouteTables"]
        return [item["DestinationPrefixListId"] for item in found["Routes"] if "DestinationPrefixListId" in item]

    assert prefix_lists(first) == [made.outputs["prefixListId"]]
    assert prefix_lists(second) == []
    only_first.deleted()
    assert prefix_lists(first) == []


def test_a_certificate_tells_the_record_that_proves_its_domain(driver: Driver) -> None:
    (proof,) = certificate(driver).outputs["domainValidationOptions"]
    assert proof["resourceRecordType"] == "CNAME"
    assert proof["resourceRecordName"]
    assert proof["resourceRecordValue"]


def test_a_record_that_exists_is_taken_over_only_when_that_is_allowed(driver: Driver) -> None:
    inputs: Props = {**LIVES["record"].inputs(driver), "allowOverwrite": False}
    token = LIVES["record"].token
    _ = driver.create(token, **inputs)
    with pytest.raises(ProviderError, match="InvalidChangeBatch"):
        driver.create(token, "again", **inputs)
    inputs["allowOverwrite"] = True
    _ = driver.create(token, "over", **inputs)


def test_a_hosted_zone_is_found_by_name_and_one_that_is_not_there_is_named(driver: Driver) -> None:
    made = zone(driver)
    found = driver.provider.invoke("aws:route53/getZone:getZone", {"name": "example.com"})
    assert (found["zoneId"], found["name"]) == (made, "example.com")
    with pytest.raises(ProviderError, match=r"no such hosted zone.*example\.org"):
        driver.provider.invoke("aws:route53/getZone:getZone", {"name": "example.org", "privateZone": False})
