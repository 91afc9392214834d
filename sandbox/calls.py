"""botocore against the sandbox's cloud: clients, and errors in the reader's words."""

import threading
from typing import Any, Final, cast

import botocore.exceptions
import botocore.parsers
from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config

from sandbox.aws_error import AwsError
from sandbox.mapping import session
from sandbox.plugin import Props, ProviderError

_LACKING: Final = ("not been implemented", "notyetimplemented", "not yet implemented", "notimplemented")


class LackingError(ProviderError):
    """The sandbox's cloud does not have an operation."""

    def __init__(self, operation: str) -> None:
        super().__init__(
            f"{operation}: the sandbox's cloud (moto) lacks this operation or this form of it; "
            "the declaration may be right for AWS, but the sandbox cannot act it out"
        )


class Clients:
    """Clients of one endpoint and region, made once a service (making one is slow) and shared between threads."""

    def __init__(self, *, endpoint_url: str, region: str) -> None:
        self.endpoint_url, self.region = endpoint_url, region
        self._clients: dict[str, BaseClient] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> BaseClient:
        """The service's client; fake credentials, one attempt a call."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = session().create_client(
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
            return self._clients[service]

    def call(self, service: str, operation: str, params: Props) -> Props:
        """Perform an operation; raises `AwsError`, `LackingError` or `ProviderError`."""
        method: Any = getattr(self.client(service), xform_name(operation))
        try:
            return cast(Props, method(**params))
        except botocore.exceptions.ClientError as error:
            response = cast(dict[str, Any], error.response)
            code = str(response["Error"].get("Code", "Unknown"))
            message = str(response["Error"].get("Message", ""))
            status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            text = f"{code} {message}".lower()
            if any(word in text for word in _LACKING) or (status == 404 and code == "404" and not message.strip()):
                raise LackingError(f"{service}:{operation}") from error
            raise AwsError(f"{service}:{operation}", code, message) from error
        except botocore.exceptions.ParamValidationError as error:
            raise ProviderError(f"{service}:{operation}: {error}") from error
        except botocore.parsers.ResponseParserError as error:
            raise LackingError(f"{service}:{operation}") from error
        except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError) as error:
            raise ProviderError(
                f"{service}:{operation}: the sandbox's cloud does not answer at {self.endpoint_url}; is it running?"
            ) from error
