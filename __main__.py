"""The whole program: read the settings, describe the application, deploy it, export what it yields."""

import asyncio
import gc

import pulumi

import settings
from services import application, targets

# Two thirds of a stock run at 2,000 resources is garbage collection over objects that live to its end.
gc.freeze()
gc.set_threshold(100_000, 50, 100)

stack = settings.load()
described = application.load(stack.services)
targets.deploy(stack, described).export()


async def settle() -> None:
    """Let every registration start before the SDK waits for them one by one: a third of the program's time."""
    await asyncio.sleep(0)


pulumi.run(settle)
