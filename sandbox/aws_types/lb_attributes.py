"""Attributes of Elastic Load Balancing: inputs that AWS takes as pairs of a key and a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.aws_types.base import Call, Read
from sandbox.aws_types.templates import Context


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """AWS's key of an input, and the value that it goes back to when the input is removed (`None`: there is none)."""

    key: str
    default: Any = None

    @property
    def expression(self) -> str:
        """JMESPath of the value in a describe call's response."""
        found = f"(Attributes[?Key=='{self.key}'].Value | [0])"
        return f"{found} == 'true'" if isinstance(self.default, bool) else found


Attributes = Mapping[str, Attribute | Mapping[str, Attribute]]
"""Input -> attribute, or block -> its inputs -> attribute."""


def _pairs(attributes: Attributes) -> Any:
    """A template: every attribute that the inputs give, and what is not given of a given block as its default."""

    def form(context: Context) -> list[dict[str, str]]:
        found: dict[str, Any] = {}
        for name, attribute in attributes.items():
            given = context.inputs.get(name)
            if given is None:
                continue
            if isinstance(attribute, Attribute):
                found[attribute.key] = given
                continue
            for key, inner in attribute.items():
                value = given.get(key)
                value = inner.default if value is None else value
                if value is not None:
                    found[inner.key] = value
        return [{"Key": key, "Value": _text(value)} for key, value in found.items()]

    return form


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _expression(attribute: Attribute | Mapping[str, Attribute]) -> str:
    if isinstance(attribute, Attribute):
        return attribute.expression
    return "{" + ", ".join(f"{name}: {inner.expression}" for name, inner in attribute.items()) + "}"


def attributes_call(modify: str, describe: str, arn: str, attributes: Attributes) -> Call:
    """The setter of these inputs. `arn` is the member that names the resource."""
    return Call(
        operation=modify,
        params={arn: "{id}", "Attributes": _pairs(attributes)},
        inputs=(),
        triggers=tuple(attributes),
        read=Read(
            operation=describe,
            params={arn: "{id}"},
            values={name: _expression(attribute) for name, attribute in attributes.items()},
        ),
    )


def attribute_defaults(attributes: Attributes) -> dict[str, Any]:
    """What the inputs become when they are removed from the program."""
    return {
        name: attribute.default
        if isinstance(attribute, Attribute)
        else {key: inner.default for key, inner in attribute.items()}
        for name, attribute in attributes.items()
        if not isinstance(attribute, Attribute) or attribute.default is not None
    }


def _logs(kind: str) -> Mapping[str, Attribute]:
    return {
        "enabled": Attribute(key=f"{kind}.s3.enabled", default=False),
        "bucket": Attribute(key=f"{kind}.s3.bucket"),
        "prefix": Attribute(key=f"{kind}.s3.prefix"),
    }


LOAD_BALANCER: Final[Attributes] = {
    "accessLogs": _logs("access_logs"),
    "connectionLogs": _logs("connection_logs"),
    "healthCheckLogs": _logs("health_check_logs"),
    "clientKeepAlive": Attribute(key="client_keep_alive.seconds", default=3600),
    "desyncMitigationMode": Attribute(key="routing.http.desync_mitigation_mode", default="defensive"),
    "dnsRecordClientRoutingPolicy": Attribute(key="dns_record.client_routing_policy", default="any_availability_zone"),
    "dropInvalidHeaderFields": Attribute(key="routing.http.drop_invalid_header_fields.enabled", default=False),
    "enableCrossZoneLoadBalancing": Attribute(key="load_balancing.cross_zone.enabled", default=False),
    "enableDeletionProtection": Attribute(key="deletion_protection.enabled", default=False),
    "enableHttp2": Attribute(key="routing.http2.enabled", default=True),
    "enableTlsVersionAndCipherSuiteHeaders": Attribute(
        key="routing.http.x_amzn_tls_version_and_cipher_suite.enabled", default=False
    ),
    "enableWafFailOpen": Attribute(key="waf.fail_open.enabled", default=False),
    "enableXffClientPort": Attribute(key="routing.http.xff_client_port.enabled", default=False),
    "enableZonalShift": Attribute(key="zonal_shift.config.enabled", default=False),
    "idleTimeout": Attribute(key="idle_timeout.timeout_seconds", default=60),
    "preserveHostHeader": Attribute(key="routing.http.preserve_host_header.enabled", default=False),
    "xffHeaderProcessingMode": Attribute(key="routing.http.xff_header_processing.mode", default="append"),
}

TARGET_GROUP: Final[Attributes] = {
    "connectionTermination": Attribute(key="deregistration_delay.connection_termination.enabled", default=False),
    "deregistrationDelay": Attribute(key="deregistration_delay.timeout_seconds", default=300),
    "lambdaMultiValueHeadersEnabled": Attribute(key="lambda.multi_value_headers.enabled", default=False),
    "loadBalancingAlgorithmType": Attribute(key="load_balancing.algorithm.type", default="round_robin"),
    "loadBalancingAnomalyMitigation": Attribute(key="load_balancing.algorithm.anomaly_mitigation", default="off"),
    "loadBalancingCrossZoneEnabled": Attribute(
        key="load_balancing.cross_zone.enabled", default="use_load_balancer_configuration"
    ),
    "preserveClientIp": Attribute(key="preserve_client_ip.enabled"),
    "proxyProtocolV2": Attribute(key="proxy_protocol_v2.enabled", default=False),
    "slowStart": Attribute(key="slow_start.duration_seconds", default=0),
    "stickiness": {
        "enabled": Attribute(key="stickiness.enabled", default=True),
        "type": Attribute(key="stickiness.type"),
        "cookieDuration": Attribute(key="stickiness.lb_cookie.duration_seconds", default=86400),
    },
}

LISTENER: Final[Attributes] = {
    "tcpIdleTimeoutSeconds": Attribute(key="tcp.idle_timeout.seconds", default=350),
    "routingHttpResponseServerEnabled": Attribute(key="routing.http.response.server.enabled", default=True),
    "routingHttpResponseStrictTransportSecurityHeaderValue": Attribute(
        key="routing.http.response.strict_transport_security.header_value", default=""
    ),
    "routingHttpResponseContentSecurityPolicyHeaderValue": Attribute(
        key="routing.http.response.content_security_policy.header_value", default=""
    ),
    "routingHttpResponseXContentTypeOptionsHeaderValue": Attribute(
        key="routing.http.response.x_content_type_options.header_value", default=""
    ),
    "routingHttpResponseXFrameOptionsHeaderValue": Attribute(
        key="routing.http.response.x_frame_options.header_value", default=""
    ),
}
