"""The API of the built-in application."""

from typing import Final

SERVICE_NAME: Final = "backend"
"""The service's name in logs and in messages."""
