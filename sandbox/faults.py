"""What was ordered for an AWS call: which call a request is, and how its protocol says an ordered error."""

import io
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.core.request import Request as MotoRequest
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from sandbox.injections import ApiFault, Injections, Silence

SIGNING_NAMES = {
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
}
"""Name that a request is signed for -> boto3's name, where they differ."""

_SCOPE = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/aws4_request")
"""In an Authorization header: key/date/region/service/aws4_request."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """An AWS call: boto3's name of the service, AWS's name of the operation, the protocol of the answer."""

    service: str
    operation: str
    protocol: str


def call_of(environ: dict[str, Any]) -> Call | None:
    """The AWS call that a request is, None when it is none. The request's body stays readable."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if scope is None:
        return None
    service = SIGNING_NAMES.get(scope[1], scope[1])
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return Call(service=service, operation=target.rsplit(".", 1)[-1], protocol="json")
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        action = parse_qs(body.decode()).get("Action")
        if action:
            return Call(service=service, operation=action[0], protocol="ec2" if service == "ec2" else "query")
    return _rest_call(service, environ)


def _rest_call(service: str, environ: dict[str, Any]) -> Call | None:
    try:
        operation, _ = get_service_router(service).match(MotoRequest(environ.copy()))
    except (HTTPException, NotImplementedError):
        return None
    protocol = str(get_service_model(service).metadata["protocol"])
    return Call(service=service, operation=operation.name, protocol="s3" if service == "s3" else protocol)


def ordered(injections: Injections, environ: dict[str, Any]) -> Response | Silence | None:
    """What was ordered for this request: an error, or silence after its answer; None when there is nothing."""
    call = call_of(environ) if injections.waiting_for_calls else None
    order = injections.order_for(call.service, call.operation) if call else None
    if call and isinstance(order, ApiFault):
        return _answer(call, order)
    return order if isinstance(order, Silence) else None


_QUERY = "<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>sandbox</RequestId></ErrorResponse>"
_XML = {
    "ec2": "<Response><Errors><Error>{error}</Error></Errors><RequestID>sandbox</RequestID></Response>",
    "s3": "<Error>{error}</Error>",
    "query": _QUERY,
    "rest-xml": _QUERY,
}


def _answer(call: Call, fault: ApiFault) -> Response:
    if call.protocol in _XML:
        error = f"<Code>{escape(fault.code)}</Code><Message>{escape(fault.message)}</Message>"
        return Response(_XML[call.protocol].format(error=error), status=fault.status, content_type="text/xml")
    body = json.dumps({"__type": fault.code, "message": fault.message})
    headers = {"x-amzn-errortype": fault.code}
    return Response(body, status=fault.status, headers=headers, content_type="application/x-amz-json-1.1")
