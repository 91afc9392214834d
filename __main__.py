"""The whole program: read the settings, describe the application, deploy it, export what it yields."""

import gc

import settings
from services import application, rules, targets

# Two thirds of a stock run at 2,000 resources is garbage collection over objects that live to its end.
gc.freeze()
gc.set_threshold(100_000, 50, 100)

stack = settings.load()
described = application.load(stack.services)
rules.check(described, stack.services)
targets.deploy(stack, described).export()
