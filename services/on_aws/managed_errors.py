"""What is wrong with a service that shall be managed."""

from services.compose.values import Path


class ManagedError(ValueError):
    """A managed service that cannot be: the key below the service, what is wrong and what to do."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self.path = path
