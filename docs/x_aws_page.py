"""`docs/reference/x-aws.md`, from the model of `x-aws`."""

from typing import Final

from docs.settings_page import HEADING, rows
from services.x_aws import ServiceOnAws

_HEAD: Final = """\
# `x-aws`

What a service of a Compose file says to AWS alone. Docker and `docker compose` ignore it. An unknown key is an error.

```yaml
services:
  api:
    build: ./api
    ports: ["8080:8080"]
    x-aws:
      expose: internal
      scaling: {max_replicas: 6, cpu_percent: 60}
```

This page is generated from the code: `make docs`.
"""


def render() -> str:
    """The whole page."""
    return f"{_HEAD}\n{HEADING}\n" + "\n".join(rows("", ServiceOnAws)) + "\n"
