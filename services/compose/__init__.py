"""Compose files, loaded as `docker compose` loads them. No Pulumi here: `load` takes milliseconds.

    project = load(["compose.yaml"], profiles=["debug"], variables={"TAG": "1.2"})
    project.model["services"]["web"]["image"]

`load` raises `ComposeError` for everything that is not right, each reason with its file, line and column.
"""

from services.compose.errors import ComposeError, Notice, Position
from services.compose.loader import load
from services.compose.project import Project
from services.compose.refusals import RestError

__all__ = ["ComposeError", "Notice", "Position", "Project", "RestError", "load"]
