"""Steps that wait: until AWS has done what it was asked, with a deadline."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import jmespath

from sandbox.aws_error import AwsError
from sandbox.aws_types.templates import Context, Template, render
from sandbox.plugin import ProviderError
from sandbox.polling import wait_until

DEADLINE_SECONDS: Final = 120


def wait_for(
    context: Context, service: str, operation: str, params: Mapping[str, Template], until: str, fails: str = "`false`"
) -> Any:
    """The response of an operation once the JMESPath `until` is true of it.

    Raises:
        ProviderError: `fails` became true, or the deadline passed; the text holds the last response's reason.
    """
    found: Any = None

    def settled() -> bool:
        nonlocal found
        found = context.call(service, operation, render(params, context))
        return bool(jmespath.search(until, found) or jmespath.search(fails, found))

    if not wait_until(settled, seconds=DEADLINE_SECONDS):
        raise ProviderError(f"{context.name}: {operation} did not show {until} within {DEADLINE_SECONDS} s")
    if jmespath.search(fails, found):
        raise ProviderError(f"{context.name}: {operation} shows that AWS failed ({fails})")
    return found


def until_gone(service: str, operation: str, params: Mapping[str, Template], *gone: str) -> Callable[[Context], None]:
    """A step that waits until an operation answers with one of the error codes `gone`."""

    def step(context: Context) -> None:
        def absent() -> bool:
            try:
                _ = context.call(service, operation, render(params, context))
            except AwsError as error:
                if error.code in gone:
                    return True
                raise
            return False

        if not wait_until(absent, seconds=DEADLINE_SECONDS):
            raise ProviderError(f"{context.name} was still there {DEADLINE_SECONDS} s after its deletion")

    return step
