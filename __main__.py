"""The whole program: read the settings, describe the application, deploy it, export what it yields."""

import gc

from services.application import built_in
from services.rules import check
from services.targets import deploy
from settings import load

# Two thirds of a stock run at 2,000 resources is garbage collection over objects that live to its end.
gc.freeze()
gc.set_threshold(100_000, 50, 100)

settings = load()
application = built_in()
check(application, settings.services)
deploy(settings, application).export()
