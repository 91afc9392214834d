"""What AWS says when it refuses, in the reader's words."""

from typing import Final

from sandbox.plugin import ProviderError

CRASH_HEADER: Final = "x-sandbox-crash"
"""Header of the cloud's answer that names the exception which broke it."""


class AwsError(ProviderError):
    """AWS refused an operation. `code` is AWS's own word for why."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation}: AWS {code}: {message}")
        self.operation, self.code, self.reason = operation, code, message

    def on(self, resource: str) -> "AwsError":
        """The same error, naming the resource that the operation was for."""
        return AwsError(f"{self.operation} on {resource}", self.code, self.reason)
