"""What providers would answer: identifiers and outputs of resources, and results of functions.

Outputs follow one rule: whatever the SDK says is always text gets a text that tells the resource and the property,
with the canary where it is a secret; the tables hold what must have a certain form. A function that is not listed is an
error.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from typing import cast

from graph import sdk
from graph.wire import Plain
from services.placeholders import CANARY

ACCOUNT_ID = "123456789012"


class UnknownInvokeError(ValueError):
    """The program calls a provider function that has no answer here."""


def _pem(label: str) -> str:
    return f"-----BEGIN {label}-----\n{{id}}\n-----END {label}-----\n"


_FORMATS: Mapping[str, str] = {
    "aws:acm/certificateValidation:CertificateValidation.certificateArn": "{certificateArn}",
    "aws:ec2/vpcEndpoint:VpcEndpoint.prefixListId": "pl-{hash}",
    "aws:ecr/repository:Repository.repositoryUrl": "{account}.dkr.ecr.{region}.amazonaws.com/{id}",
    "aws:ecr/repository:Repository.registryId": "{account}",
    "aws:elasticache/cluster:Cluster.clusterAddress": "{id}.{hash}.cfg.cache.amazonaws.com",
    "aws:elasticache/replicationGroup:ReplicationGroup.primaryEndpointAddress": "{id}.{hash}.cache.amazonaws.com",
    "aws:efs/fileSystem:FileSystem.dnsName": "{id}.efs.{region}.amazonaws.com",
    "aws:lb/loadBalancer:LoadBalancer.dnsName": "{id}.{region}.elb.amazonaws.com",
    "aws:lb/loadBalancer:LoadBalancer.arnSuffix": "app/{id}/{hash}",
    "aws:lb/targetGroup:TargetGroup.arnSuffix": "targetgroup/{id}/{hash}",
    "aws:rds/instance:Instance.address": "{id}.{hash}.{region}.rds.amazonaws.com",
    "aws:rds/instance:Instance.endpoint": "{id}.{hash}.{region}.rds.amazonaws.com:5432",
    "aws:s3/bucket:Bucket.bucketDomainName": "{id}.s3.amazonaws.com",
    "aws:s3/bucket:Bucket.bucketRegionalDomainName": "{id}.s3.{region}.amazonaws.com",
    "docker-build:index:Image.digest": "sha256:{digest}",
    "docker-build:index:Image.ref": "{id}@sha256:{digest}",
    "tls:index/certRequest:CertRequest.certRequestPem": _pem("CERTIFICATE REQUEST"),
    "tls:index/locallySignedCert:LocallySignedCert.certPem": _pem("CERTIFICATE"),
    "tls:index/selfSignedCert:SelfSignedCert.certPem": _pem("CERTIFICATE"),
    "tls:index/privateKey:PrivateKey.publicKeyPem": _pem("PUBLIC KEY"),
}
"""`type.output` -> form of its text. Fields: id, name, region, account, hash, digest, and the text inputs."""

_ARN_IS_ID = frozenset(
    {
        "aws:acm/certificate:Certificate",
        "aws:ecs/cluster:Cluster",
        "aws:ecs/service:Service",
        "aws:lb/listener:Listener",
        "aws:lb/listenerRule:ListenerRule",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:lb/targetGroup:TargetGroup",
        "aws:secretsmanager/secret:Secret",
        "aws:wafv2/webAcl:WebAcl",
    }
)
"""Types whose identifier is their ARN."""


def _certificate(inputs: Mapping[str, Plain], digest: str) -> dict[str, Plain]:
    names = [cast("str", inputs["domainName"]), *cast("list[str]", inputs.get("subjectAlternativeNames") or [])]
    records: list[Plain] = [
        {
            "domainName": name,
            "resourceRecordName": f"_{digest[:32]}.{name}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": f"_{digest[32:]}.acm-validations.aws.",
        }
        for name in names
    ]
    return {"domainValidationOptions": records}


def _database(inputs: Mapping[str, Plain], _digest: str) -> dict[str, Plain]:
    return {} if "port" in inputs else {"port": 5432}


def _task_definition(_inputs: Mapping[str, Plain], _digest: str) -> dict[str, Plain]:
    return {"revision": 1}


_OTHER_OUTPUTS: Mapping[str, Callable[[Mapping[str, Plain], str], dict[str, Plain]]] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:ecs/taskDefinition:TaskDefinition": _task_definition,
    "aws:rds/instance:Instance": _database,
}
"""Outputs that are no text."""

_Answer = Callable[[Mapping[str, Plain], str], dict[str, Plain]]
_INVOKES: Mapping[str, _Answer] = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _arguments, _region: {
        "accountId": ACCOUNT_ID,
        "arn": f"arn:aws:iam::{ACCOUNT_ID}:user/graph",
        "id": ACCOUNT_ID,
        "userId": "AIDAGRAPH",
    },
    "aws:index/getRegion:getRegion": lambda _arguments, region: {"id": region, "name": region, "region": region},
    "aws:index/getPartition:getPartition": lambda _arguments, _region: {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    },
    "aws:route53/getZone:getZone": lambda arguments, _region: {
        **arguments,
        "id": "Z0GRAPH",
        "zoneId": "Z0GRAPH",
        "arn": "arn:aws:route53:::hostedzone/Z0GRAPH",
        "nameServers": ["ns-1.awsdns-01.org"],
    },
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": lambda _arguments, region: {
        "id": region,
        "authorizationToken": f"{CANARY} authorization token",
        "userName": "AWS",
        "password": f"{CANARY} registry password",
        "proxyEndpoint": f"https://{ACCOUNT_ID}.dkr.ecr.{region}.amazonaws.com",
        "expiresAt": "2100-01-01T00:00:00Z",
    },
}
"""Function token -> its answer to (arguments, region)."""


_ARNS: Mapping[str, tuple[str, str, str]] = {
    "cloudwatch": ("logs", "{region}", "{account}"),
    "efs": ("elasticfilesystem", "{region}", "{account}"),
    "iam": ("iam", "", "{account}"),
    "lb": ("elasticloadbalancing", "{region}", "{account}"),
    "s3": ("s3", "", ""),
}
"""Module of the SDK -> service, region and account in its ARNs, where they are not the module's own name and all."""


def invoke(token: str, arguments: Mapping[str, Plain], region: str) -> Mapping[str, Plain]:
    """Return the result of a provider's function.

    Raises:
        UnknownInvokeError: The function is not in the table.
    """
    if token not in _INVOKES:
        raise UnknownInvokeError(f"the program calls {token}, which graph/answers.py has no answer for: add it")
    return _INVOKES[token](arguments, region)


def resource(
    urn: str, type_: str, name: str, inputs: Mapping[str, Plain], region: str, secrets: Collection[str] = ()
) -> tuple[str, dict[str, Plain]]:
    """Return the identifier and the computed outputs of a resource; both depend on its URN and inputs alone.

    Outputs named in `secrets` hold the canary.
    """
    digest = hashlib.sha256(urn.encode()).hexdigest()
    id_ = f"{name}-{digest[:8]}"
    if type_.startswith("pulumi:"):
        return id_, {}
    fields = {key: value for key, value in inputs.items() if isinstance(value, str)}
    fields |= {"id": id_, "region": region, "account": ACCOUNT_ID, "hash": digest[:12], "digest": digest}
    arn = _arn(type_).format_map(fields)
    texts = {"arn": arn, "region": region, "name": f"{name}-{digest[:7]}"}
    outputs: dict[str, Plain] = {}
    for python_name, wire_name in sdk.text_outputs(type_).items():
        if wire_name not in inputs:
            form = _FORMATS.get(f"{type_}.{wire_name}")
            told = f"{id_}-{python_name.replace('_', '-')}"
            default = f"{CANARY}-{told}" if wire_name in secrets else texts.get(wire_name, told)
            outputs[wire_name] = default if form is None else form.format_map(fields)
    if type_ in _OTHER_OUTPUTS:
        outputs |= _OTHER_OUTPUTS[type_](inputs, digest)
    return arn if type_ in _ARN_IS_ID else id_, outputs


def _arn(type_: str) -> str:
    package, path, class_name = type_.split(":")
    module = path.split("/")[0]
    service, region, account = _ARNS.get(module, (module, "{region}", "{account}"))
    return f"arn:{package}:{service}:{region}:{account}:{class_name[0].lower()}{class_name[1:]}/{{id}}"
