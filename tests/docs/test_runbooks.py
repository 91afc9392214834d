"""What runbooks tell somebody to set can be set."""

import re
from pathlib import Path

import pytest
import yaml

from observability.settings import ObservabilitySettings

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
SETTINGS = sorted(
    (page.stem, text)
    for page in RUNBOOKS.glob("*.md")
    for text in re.findall(r"`(observability(?![.\w])[^`/]*)`", page.read_text(encoding="utf-8"))
)


@pytest.mark.parametrize(("page", "text"), SETTINGS)
def test_a_setting_that_a_runbook_names_is_one(page: str, text: str) -> None:
    namespace, _, setting = text.partition(":")
    key, _, value = setting.partition(":")

    assert namespace == "observability"
    assert key in ObservabilitySettings.model_fields, page
    if value:
        _ = ObservabilitySettings.model_validate(yaml.safe_load(f"{key}:{value}"))
