"""RDS: instances, and the groups of subnets and parameters that they use."""

from typing import Any, Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Items, Read, TagStyle, Wait, tag_calls
from sandbox.aws_types.templates import Context
from sandbox.aws_types.waiting import until_gone
from sandbox.plugin import ProviderError

TAGS: Final[TagStyle] = tag_calls(
    "AddTagsToResource",
    "RemoveTagsFromResource",
    "ResourceName",
    read=Read(operation="ListTagsForResource", params={"ResourceName": "{arn}"}, item="TagList"),
)
MANAGED: Final = "Managed by Pulumi"

SUBNET_GROUP: Final = AwsType(
    token="aws:rds/subnetGroup:SubnetGroup",
    service="rds",
    create=Call(operation="CreateDBSubnetGroup", item="DBSubnetGroup"),
    id="DBSubnetGroupName",
    read=Read(
        operation="DescribeDBSubnetGroups",
        params={"DBSubnetGroupName": "{id}"},
        item="DBSubnetGroups[0]",
        values={"subnetIds": "Subnets[].SubnetIdentifier"},
    ),
    gone=("DBSubnetGroupNotFoundFault",),
    renames={"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"},
    presets={"description": MANAGED},
    setters=(Call(operation="ModifyDBSubnetGroup", params={"DBSubnetGroupName": "{id}"}, whole=True),),
    delete=(Call(operation="DeleteDBSubnetGroup", params={"DBSubnetGroupName": "{id}"}),),
    autoname=Autoname(max_length=255),
    tags=TAGS,
    outputs={"arn": "DBSubnetGroupArn"},
    returns=("vpcId",),
)


def _parameters(with_value: bool) -> Any:
    """The one parameter of an `Items` call."""

    def form(context: Context) -> list[dict[str, str]]:
        item = context.lookup("item")
        parameter = {"ParameterName": item["name"], "ApplyMethod": item.get("applyMethod") or "immediate"}
        return [{**parameter, "ParameterValue": str(item["value"])} if with_value else parameter]

    return form


PARAMETER_GROUP: Final = AwsType(
    token="aws:rds/parameterGroup:ParameterGroup",
    service="rds",
    create=Call(operation="CreateDBParameterGroup", item="DBParameterGroup"),
    id="DBParameterGroupName",
    read=Read(
        operation="DescribeDBParameterGroups", params={"DBParameterGroupName": "{id}"}, item="DBParameterGroups[0]"
    ),
    gone=("DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"),
    renames={
        "name": "DBParameterGroupName",
        "family": "DBParameterGroupFamily",
    },
    presets={"description": MANAGED, "skipDestroy": False},
    unsent={"skipDestroy": "Pulumi's own: read at deletion"},
    unordered=frozenset({"parameters"}),
    setters=(
        Items(
            input="parameters",
            add=Call(
                operation="ModifyDBParameterGroup",
                params={"DBParameterGroupName": "{id}", "Parameters": _parameters(with_value=True)},
            ),
            remove=Call(
                operation="ResetDBParameterGroup",
                params={"DBParameterGroupName": "{id}", "Parameters": _parameters(with_value=False)},
            ),
            read=Read(
                operation="DescribeDBParameters",
                params={"DBParameterGroupName": "{id}", "Source": "user"},
                values={
                    "parameters": (
                        "Parameters[?ParameterValue]."
                        "{name: ParameterName, value: ParameterValue, applyMethod: ApplyMethod}"
                    )
                },
            ),
        ),
    ),
    delete=(
        Call(operation="DeleteDBParameterGroup", params={"DBParameterGroupName": "{id}"}, when={"skipDestroy": False}),
    ),
    autoname=Autoname(max_length=255),
    tags=TAGS,
    outputs={"arn": "DBParameterGroupArn"},
)

_ADDRESS: Final = {"DBInstanceIdentifier": "{identifier}"}
_MODIFY: Final = {
    **_ADDRESS,
    "ApplyImmediately": "{applyImmediately}",
    "AllowMajorVersionUpgrade": "{allowMajorVersionUpgrade?}",
}
_INSTANCE: Final = Read(
    operation="DescribeDBInstances",
    params=_ADDRESS,
    item="DBInstances[0]",
    renames={
        "DBSubnetGroupName": "DBSubnetGroup.DBSubnetGroupName",
        "DBParameterGroupName": "DBParameterGroups.DBParameterGroupName",
        "OptionGroupName": "OptionGroupMemberships.OptionGroupName",
        "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
        "EnablePerformanceInsights": "PerformanceInsightsEnabled",
        "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
        "EnableCustomerOwnedIp": "CustomerOwnedIpEnabled",
        "Port": "Endpoint.Port",
    },
    values={"vpcSecurityGroupIds": "VpcSecurityGroups[].VpcSecurityGroupId"},
)


def _log_exports(context: Context) -> dict[str, list[str]]:
    """Which logs to export from now on, and which no more."""
    wanted: list[str] = context.inputs.get("enabledCloudwatchLogsExports") or []
    found = context.call("rds", "DescribeDBInstances", {"DBInstanceIdentifier": context.lookup("identifier")})
    there: list[str] = found["DBInstances"][0].get("EnabledCloudwatchLogsExports") or []
    return {
        "EnableLogTypes": [name for name in wanted if name not in there],
        "DisableLogTypes": [name for name in there if name not in wanted],
    }


def _delete_instance(context: Context) -> None:
    """Delete; without `skipFinalSnapshot` a last snapshot is taken, and must have a name."""
    snapshot = {"SkipFinalSnapshot": True}
    if not context.get("skipFinalSnapshot"):
        name = context.get("finalSnapshotIdentifier")
        if name is None:
            raise ProviderError(
                f"{context.name}: finalSnapshotIdentifier is required when skipFinalSnapshot is not true; give a "
                "name for the last snapshot, or skipFinalSnapshot, run `pulumi up`, and delete again"
            )
        snapshot = {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": name}
    params = {
        "DBInstanceIdentifier": context.lookup("identifier"),
        "DeleteAutomatedBackups": bool(context.lookup("deleteAutomatedBackups")),
        **snapshot,
    }
    _ = context.call("rds", "DeleteDBInstance", params)


INSTANCE: Final = AwsType(
    token="aws:rds/instance:Instance",
    service="rds",
    create=Call(operation="CreateDBInstance", item="DBInstance"),
    id="DbiResourceId",
    read=_INSTANCE,
    gone=("DBInstanceNotFound", "DBInstanceNotFoundFault"),
    renames={
        "identifier": "DBInstanceIdentifier",
        "instanceClass": "DBInstanceClass",
        "username": "MasterUsername",
        "password": "MasterUserPassword",
        "parameterGroupName": "DBParameterGroupName",
        "backupWindow": "PreferredBackupWindow",
        "maintenanceWindow": "PreferredMaintenanceWindow",
        "caCertIdentifier": "CACertificateIdentifier",
        "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
        "performanceInsightsEnabled": "EnablePerformanceInsights",
        "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
        "customerOwnedIpEnabled": "EnableCustomerOwnedIp",
    },
    unsent={
        "skipFinalSnapshot": "Pulumi's own: read at deletion",
        "finalSnapshotIdentifier": "Pulumi's own: read at deletion",
        "deleteAutomatedBackups": "Pulumi's own: read at deletion",
        "applyImmediately": "Pulumi's own: said with every modification",
        "allowMajorVersionUpgrade": "Pulumi's own: said with every modification",
    },
    presets={"applyImmediately": False, "deleteAutomatedBackups": True, "skipFinalSnapshot": False},
    setters=(
        Call(operation="ModifyDBInstance", params=_MODIFY, renames={"port": "DBPortNumber"}, read=_INSTANCE),
        Call(
            operation="ModifyDBInstance",
            params={**_MODIFY, "CloudwatchLogsExportConfiguration": _log_exports},
            inputs=(),
            triggers=("enabledCloudwatchLogsExports",),
            on_create=False,
        ),
    ),
    # These two are set for good at creation (a modification of the engine is another matter than another engine).
    replace_on=frozenset({"identifier", "engine"}),
    defaults={
        "backupRetentionPeriod": 0,
        "copyTagsToSnapshot": False,
        "deletionProtection": False,
        "iamDatabaseAuthenticationEnabled": False,
        "monitoringInterval": 0,
        "multiAz": False,
        "performanceInsightsEnabled": False,
        "publiclyAccessible": False,
    },
    wait=Wait(read=_INSTANCE, until="DBInstanceStatus=='available'", fails="starts_with(DBInstanceStatus, 'failed')"),
    delete=(_delete_instance, until_gone("rds", "DescribeDBInstances", _ADDRESS, "DBInstanceNotFound")),
    autoname=Autoname(input="identifier", max_length=63),
    unique=("identifier",),
    tags=TAGS,
    outputs={
        "arn": "DBInstanceArn",
        "resourceId": "DbiResourceId",
        "address": "Endpoint.Address",
        "port": "Endpoint.Port",
        "endpoint": "Endpoint && join(':', [Endpoint.Address, to_string(Endpoint.Port)])",
        "hostedZoneId": "Endpoint.HostedZoneId",
        "engineVersionActual": "EngineVersion",
        "status": "DBInstanceStatus",
        "masterUserSecrets": "MasterUserSecret && [MasterUserSecret]",
    },
    read_after=True,
)

TYPES: Final = (SUBNET_GROUP, PARAMETER_GROUP, INSTANCE)
