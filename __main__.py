"""The whole program: read the settings, describe the application and who watches it, deploy them, export the result."""

import asyncio
import gc

import pulumi

import settings
from observability.stack import watch
from services import application, targets

# Two thirds of a stock run at 2,000 resources is garbage collection over objects that live to its end.
gc.freeze()
gc.set_threshold(100_000, 50, 100)

stack = settings.load()
watched = watch(stack, application.load(stack.services))
targets.deploy(watched, watched.application).export()
watched.export()


async def settle() -> None:
    """Let every registration start before the SDK waits for them one by one: a third of the program's time."""
    await asyncio.sleep(0)


pulumi.run(settle)
