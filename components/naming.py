"""Names: which are fixed and why, and how a logical name is made short enough for an autoname.

Pulumi appends `-` and seven hexadecimal digits to a logical name. An autoname can be replaced (the new resource
exists beside the old one); a fixed name cannot, so each fixed name needs a reason here.
"""

import hashlib
import re
from collections.abc import Mapping

AUTONAME_SUFFIX_LENGTH = 8
"""Characters that Pulumi appends to a logical name: a dash and seven hexadecimal digits."""

FIXED_NAMES: Mapping[str, str] = {
    "aws:kms/alias:Alias": "people and runbooks find a key by its alias, which moves to another key in place",
    "aws:cloudwatch/logGroup:LogGroup": "RDS and Container Insights write to groups of fixed names; no other is fixed",
    "aws:ecs/cluster:Cluster": "the log group of its Container Insights carries its name and must exist before it does",
    "aws:rds/instance:Instance": "its log groups must exist before it does; a hash of what replaces it is in its name",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "CloudWatch Logs puts a policy under a name; none is made up",
    "aws:route53/record:Record": "a DNS record is its name",
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": "a DNS namespace is its name",
    "aws:servicediscovery/service:Service": "a Cloud Map service is a DNS name in the namespace",
}
"""Resource types that carry a fixed name, each with the reason why an autoname would not do."""


def short_name(name: str, *, limit: int) -> str:
    """Return a logical name whose autoname has at most `limit` characters.

    A name that is short enough stays as it is. A longer one keeps its beginning and ends in six hexadecimal digits
    of its own hash, so that two long names with one beginning stay apart and neither depends on the other.
    """
    room = limit - AUTONAME_SUFFIX_LENGTH
    if len(name) <= room:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: room - 7].rstrip('-')}-{digest}"


def hyphenated(name: str) -> str:
    """Return a name in letters, digits and single hyphens: what the strictest of AWS's APIs take (target groups, RDS).

    Two names may become one: `services.on_aws.rules` refuses that.
    """
    return re.sub(r"[^a-zA-Z0-9]+", "-", name).strip("-")
