"""Waiting for a condition, with a deadline."""

from collections.abc import Callable

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed


def wait_until(condition: Callable[[], bool], *, seconds: float, every_seconds: float = 0.05) -> bool:
    """Whether the condition became true within the time. What it raises ends the waiting."""
    retrying = Retrying(
        retry=retry_if_result(lambda done: not done), stop=stop_after_delay(seconds), wait=wait_fixed(every_seconds)
    )
    try:
        return bool(retrying(condition))
    except RetryError:
        return False
