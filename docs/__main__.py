"""`python -m docs`: write the generated pages; `--check`: exit 1 and name those that are stale."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs import architecture_page, dashboards_page, observability_page, settings_page, support_page, x_aws_page

_DOCS = Path(__file__).parent

PAGES: Mapping[str, Callable[[], str]] = {
    "architecture.md": architecture_page.render,
    "reference/compose-support.md": support_page.render,
    "reference/dashboards.md": dashboards_page.render,
    "reference/observability.md": observability_page.render,
    "reference/settings.md": settings_page.render,
    "reference/x-aws.md": x_aws_page.render,
    **dashboards_page.PICTURES,
}
"""Generated page or picture, relative to `docs/` -> what renders it."""


def stale() -> list[str]:
    """Names of the generated pages whose file differs from what the code says now."""
    return [
        name for name, render in PAGES.items() if not (_DOCS / name).exists() or (_DOCS / name).read_text() != render()
    ]


def main() -> int:
    """Write what is stale, or only name it."""
    names = stale()
    if "--check" in sys.argv[1:]:
        for name in names:
            print(f"docs/{name} is stale: run `make docs` and commit it", file=sys.stderr)
        return 1 if names else 0
    for name in names:
        (_DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (_DOCS / name).write_text(PAGES[name]())
        print(f"wrote docs/{name}")
    if not names:
        print("docs: every generated page is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
