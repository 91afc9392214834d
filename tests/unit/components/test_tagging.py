"""One helper tags everything."""

from components.naming import short_name
from components.tagging import Tagging
from tests.unit.components.recording import settings

SEVEN = {"Project", "Stack", "Owner", "CostCenter", "DataClassification", "ManagedBy", "Repository"}


def test_a_stack_has_exactly_the_seven_tags() -> None:
    tags = Tagging(project="infra", stack="prod", settings=settings().tags).tags
    assert set(tags) == SEVEN
    assert tags["Project"] == "infra"
    assert tags["Stack"] == "prod"
    assert tags["CostCenter"] == "42"


def test_tags_are_the_same_every_time() -> None:
    one, other = (Tagging(project="infra", stack="prod", settings=settings().tags).tags for _ in range(2))
    assert one == other


def test_a_short_name_stays_and_a_long_one_fits_with_its_suffix() -> None:
    assert short_name("frontend", limit=32) == "frontend"
    long = short_name("a-very-long-name-of-a-service-indeed", limit=32)
    assert len(long) + 8 <= 32
    assert long.startswith("a-very-long-name")


def test_long_names_with_one_beginning_stay_apart() -> None:
    assert short_name("x" * 30 + "1", limit=32) != short_name("x" * 30 + "2", limit=32)
