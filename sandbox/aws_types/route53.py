"""Route 53: records, and hosted zones by name."""

from collections.abc import Mapping
from typing import Any, Final, cast

from sandbox.aws_types.base import AwsType, Call, Function, Read
from sandbox.aws_types.templates import Context, find, render
from sandbox.plugin import UNKNOWN, Props, has_unknown


def _plain(name: object) -> str:
    """A name as Route 53 compares it: lower case, no final dot."""
    return str(name).lower().rstrip(".")


def _value(kind: str, record: str) -> str:
    """A record's value as AWS takes it: texts in quotes."""
    return f'"{record}"' if kind in ("TXT", "SPF") and not record.startswith('"') else record


def _record_set(context: Context) -> Props:
    """The ResourceRecordSet of the inputs."""
    kind: str = context.lookup("type")
    found: Props = {"Name": context.lookup("name"), "Type": kind}
    if context.get("ttl") is not None:
        found["TTL"] = context.get("ttl")
    if context.get("records") is not None:
        found["ResourceRecords"] = [{"Value": _value(kind, record)} for record in context.get("records")]
    for alias in cast(list[Props], context.get("aliases") or []):
        found["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    return found


def _change(action: str) -> Any:
    def batch(context: Context) -> Any:
        if has_unknown({name: context.get(name) for name in _INPUTS}):
            return UNKNOWN
        act = "UPSERT" if action == "CREATE" and context.get("allowOverwrite") else action
        return {"Changes": [{"Action": act, "ResourceRecordSet": _record_set(context)}]}

    return batch


def _deletion(context: Context) -> None:
    """Delete the record as it is: Route 53 asks for every one of its values."""
    listed = context.call("route53", _READ.operation, render(_READ.params, context))
    found = find(_READ.item, listed, context)
    if found is not None:
        batch = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": found}]}
        params = {"HostedZoneId": context.lookup("zoneId"), "ChangeBatch": batch}
        context.call("route53", "ChangeResourceRecordSets", params)


def _read_records(context: Context) -> Any:
    item = cast(Mapping[str, Any], context.lookup("item"))
    listed = [record["Value"] for record in item.get("ResourceRecords", ())]
    declared = cast(list[str], context.get("records") or [])
    as_declared = {_value(item["Type"], record): record for record in declared}
    return [as_declared.get(value, value) for value in listed] or None


def _read_aliases(context: Context) -> Any:
    target = cast(Mapping[str, Any], context.lookup("item")).get("AliasTarget")
    if target is None:
        return None
    declared = {_plain(alias["name"]): alias["name"] for alias in cast(list[Props], context.get("aliases") or [])}
    name = _plain(target["DNSName"])
    return [
        {
            "name": declared.get(name, name),
            "zoneId": target["HostedZoneId"],
            "evaluateTargetHealth": target["EvaluateTargetHealth"],
        }
    ]


_INPUTS: Final = ("zoneId", "name", "type", "ttl", "records", "aliases")
_SET: Final = ("ttl", "records", "aliases")
_READ: Final = Read(
    operation="ListResourceRecordSets",
    params={"HostedZoneId": "{zoneId}", "StartRecordName": "{name}", "StartRecordType": "{type}"},
    item="ResourceRecordSets[?Type=='{type}' && (Name=='{name}.' || Name=='{name}')] | [0]",
    shape="ResourceRecordSets",
    values={"ttl": "TTL", "records": _read_records, "aliases": _read_aliases},
)

RECORD: Final = AwsType(
    token="aws:route53/record:Record",
    service="route53",
    create=Call(
        operation="ChangeResourceRecordSets",
        triggers=_INPUTS,
        params={"HostedZoneId": "{zoneId}", "ChangeBatch": _change("CREATE")},
    ),
    id="{zoneId}_{name}_{type}",
    read=_READ,
    gone=("NoSuchHostedZone",),
    setters=(
        Call(
            operation="ChangeResourceRecordSets",
            triggers=_SET,
            params={"HostedZoneId": "{zoneId}", "ChangeBatch": _change("UPSERT")},
            whole=True,
        ),
    ),
    unsent={"allowOverwrite": "Pulumi's own: read at creation, where it makes the change an UPSERT"},
    unique=("zoneId", "name", "type"),
    delete=(_deletion,),
    outputs={"fqdn": "{name}"},
)


def _zone_id(context: Context) -> str:
    return str(context.lookup("item")["Id"]).rpartition("/")[2]


def _zone_name(context: Context) -> str:
    return str(context.lookup("item")["Name"]).rstrip(".")


TYPES: Final = (RECORD,)

FUNCTIONS: Final = (
    Function(
        token="aws:route53/getZone:getZone",
        service="route53",
        read=Read(
            operation="ListHostedZonesByName",
            params={"DNSName": "{name}"},
            item="HostedZones[?(Name=='{name}.' || Name=='{name}') && Config.PrivateZone==`{privateZone}`] | [0]",
        ),
        defaults={"privateZone": False},
        outputs={
            "id": _zone_id,
            "zoneId": _zone_id,
            "name": _zone_name,
            "arn": lambda context: f"arn:aws:route53:::hostedzone/{_zone_id(context)}",
            "comment": "Config.Comment",
            "callerReference": "CallerReference",
            "resourceRecordSetCount": "ResourceRecordSetCount",
        },
        missing="there is no such hosted zone in the account",
    ),
)
