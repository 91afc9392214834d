"""botocore against the sandbox's cloud: clients, and errors in the reader's words."""

import threading
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, cast

import botocore.exceptions
import botocore.parsers
from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.model import OperationModel

from sandbox import call_keys
from sandbox.aws_error import CRASH_HEADER, AwsError
from sandbox.plugin import Props, ProviderError
from sandbox.service_models import session

__all__ = ["AwsError", "Clients", "CrashError", "LackingError", "ThrottledError", "known_regions"]

ATTEMPTS: Final = 5
"""Tries of a call that AWS answers with "too often"."""
_LACKING: Final = ("not been implemented", "notyetimplemented", "not yet implemented", "notimplemented")
_THROTTLING: Final = frozenset(
    {
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""AWS SDKs and Tools Reference Guide, "Retry behavior": the codes that all SDKs take for throttling."""


class LackingError(ProviderError):
    """The sandbox's cloud does not have an operation."""

    def __init__(self, operation: str) -> None:
        super().__init__(
            f"{operation}: the sandbox's cloud (moto) lacks this operation or this form of it; "
            "the declaration may be right for AWS, but the sandbox cannot act it out"
        )


class CrashError(ProviderError):
    """The sandbox's cloud broke while it answered: its own defect, which says nothing about AWS."""

    def __init__(self, operation: str, cause: str) -> None:
        super().__init__(
            f"{operation}: the sandbox's cloud (moto) broke while answering ({cause}); AWS itself might well accept "
            "this. Its log names the line; `make up` again once it is mended or the declaration avoids it"
        )


class ThrottledError(AwsError):
    """AWS says, also after every repetition, that it is asked too often."""

    def __str__(self) -> str:
        return (
            f"{self.operation}: AWS is asked too often ({self.code}: {self.reason}), {ATTEMPTS} times over; "
            "nothing is wrong with the declaration: repeat the command"
        )


@cache
def known_regions() -> frozenset[str]:
    """Every region of the public partitions."""
    partitions = ("aws", "aws-cn", "aws-us-gov")
    return frozenset(name for one in partitions for name in session().get_available_regions("ec2", one))


class Clients:
    """Clients of one endpoint and region, made once a service and shared between threads."""

    def __init__(self, *, endpoint_url: str, region: str) -> None:
        self.endpoint_url, self.region = endpoint_url, region
        self._clients: dict[str, BaseClient] = {}
        self._regions: dict[str, Clients] = {region: self}
        self._lock = threading.RLock()

    def in_region(self, region: str) -> "Clients":
        """The clients of the same endpoint in a region; the same ones each time."""
        with self._lock:
            if region not in self._regions:
                other = self._regions[region] = Clients(endpoint_url=self.endpoint_url, region=region)
                other._regions, other._lock = self._regions, self._lock
            return self._regions[region]

    def client(self, service: str) -> BaseClient:
        """The service's client; fake credentials, repeated only when AWS is asked too often."""
        found = self._clients.get(service)
        if found is not None:
            return found
        with self._lock:
            if service not in self._clients:
                made = session().create_client(
                    service,
                    region_name=self.region,
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id="sandbox",
                    aws_secret_access_key="sandbox",  # noqa: S106
                    config=Config(
                        max_pool_connections=64,
                        retries={"total_max_attempts": 1},
                        s3={"addressing_style": "path"},
                        inject_host_prefix=False,
                    ),
                )
                made.meta.events.register("before-call", _bear_key)
                made.meta.events.register("before-parse", _look_for_crash)
                made.meta.events.register("needs-retry", cast(Any, _pause_when_throttled))
                self._clients[service] = made
            return self._clients[service]

    def call(self, service: str, operation: str, params: Props) -> Props:
        """Perform an operation; raises `AwsError`, `LackingError`, `CrashError` or `ProviderError`."""
        method: Any = getattr(self.client(service), xform_name(operation))
        name = f"{service}:{operation}"
        try:
            response = cast(Props, method(**params))
        except botocore.exceptions.ClientError as error:
            response = cast(dict[str, Any], error.response)
            code = str(response["Error"].get("Code", "Unknown"))
            message = str(response["Error"].get("Message", ""))
            status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            text = f"{code} {message}".lower()
            if any(word in text for word in _LACKING) or (status == 404 and code == "404" and not message.strip()):
                raise LackingError(name) from error
            raise (ThrottledError if code in _THROTTLING else AwsError)(name, code, message) from error
        except botocore.exceptions.ParamValidationError as error:
            raise ProviderError(f"{name}: {error}") from error
        except botocore.parsers.ResponseParserError as error:
            raise CrashError(name, "its answer cannot be read") from error
        except _BrokenAnswer as error:
            raise (LackingError(name) if error.lacking else CrashError(name, error.cause)) from error
        except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError) as error:
            _note_act(operation)
            raise ProviderError(
                f"{name}: the sandbox's cloud does not answer at {self.endpoint_url}; is it running?"
            ) from error
        _note_act(operation)
        return response


def _bear_key(model: OperationModel, params: dict[str, Any], **_: object) -> None:
    """Give the call of a creation its key."""
    attempt = call_keys.running()
    if attempt is not None:
        params["headers"][call_keys.HEADER] = attempt.next_key(model.name)


def _note_act(operation: str) -> None:
    attempt = call_keys.running()
    if attempt is not None and not call_keys.is_read(operation):
        attempt.acted = True


class _BrokenAnswer(Exception):  # noqa: N818
    """A web page in place of an answer: moto's server has no such operation, or broke."""

    def __init__(self, *, lacking: bool, cause: str) -> None:
        super().__init__(cause)
        self.lacking, self.cause = lacking, cause


def _look_for_crash(response_dict: Mapping[str, Any], **_: object) -> None:
    """Stop at a web page, before botocore reads an AWS error into it."""
    status = cast(int, response_dict["status_code"])
    if status < 400 or cast(bytes, response_dict["body"]).lstrip()[:9].lower() != b"<!doctype":
        return
    headers: Mapping[str, str] = response_dict["headers"]
    cause = headers.get(CRASH_HEADER) or f"HTTP {status}"
    raise _BrokenAnswer(lacking=status in (404, 501), cause=cause)


def _pause_when_throttled(response: Any, attempts: int, **_: object) -> float | None:
    """Seconds until the next attempt; `None`: there is none."""
    if response is None or attempts >= ATTEMPTS:
        return None
    code = cast(tuple[Any, Mapping[str, Any]], response)[1].get("Error", {}).get("Code")
    return 0.1 * 2**attempts if code in _THROTTLING else None
