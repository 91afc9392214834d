"""The page in a real browser, behind the real nginx."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from services.frontend.tests.browser import DESKTOP, PATIENCE_MS, PHONE, Person, life
from services.frontend.tests.server import Frontend
from services.frontend.tests.stand_in import StandIn

TITLES = (
    "Book the train to Lisbon",
    "Send the invoice for October to the bookkeeper, with the receipts of the conference and the hotel",
    "Water the plants",
    "Renew the passport",
)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: the folder SCREENSHOTS, to look at them."""
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_a_life_with_the_page(chromium: Browser, running: Frontend, backend: StandIn) -> None:
    life(Person.arrives(chromium, running.url), backend_goes=backend.stop, backend_comes=backend.start)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_state_is_without_barriers_on_every_screen(
    chromium: Browser, running: Frontend, backend: StandIn, pictures: Path, size: tuple[int, int], dark: bool
) -> None:
    name = f"{'phone' if size == PHONE else 'desktop'}-{'dark' if dark else 'light'}"
    person = Person.arrives(chromium, running.url, size=size, dark=dark, pictures=pictures)
    page = person.page
    person.opens()
    person.sees(page.get_by_text("Nothing to do"))
    person.looks(f"{name}-1-empty")
    for title in TITLES:
        person.adds(title)
    person.completes("Water the plants")
    person.looks(f"{name}-2-tasks")
    page.get_by_role("button", name="Delete “Renew the passport”").click()
    person.sees(page.get_by_role("button", name="Undo"))
    person.looks(f"{name}-3-deleted")
    backend.stop()
    page.get_by_label("What is to be done?").fill("Late")
    page.keyboard.press("Enter")
    person.sees(page.get_by_text("Not added."))
    person.looks(f"{name}-4-not-added")
    person.opens()
    person.sees(page.get_by_role("button", name="Try now"))
    person.looks(f"{name}-5-away")
    assert person.complaints == []


def test_long_lists_come_page_by_page(chromium: Browser, running: Frontend, backend: StandIn, pictures: Path) -> None:
    for number in range(45):
        backend.tasks.add(f"Task {number:02}")
    person = Person.arrives(chromium, running.url, pictures=pictures)
    person.opens()
    lines = person.page.get_by_role("listitem")
    for shown in (20, 40, 45):
        expect(lines).to_have_count(shown, timeout=PATIENCE_MS)
        if shown < 45:
            person.page.get_by_role("button", name="Show more").click()
    expect(person.page.get_by_role("checkbox", name="Task 04")).to_be_focused()
    person.sees_no(person.page.get_by_role("button", name="Show more"))
    person.looks("long-list")


def test_everything_can_be_done_by_keyboard(chromium: Browser, running: Frontend) -> None:
    person = Person.arrives(chromium, running.url)
    page = person.page
    person.opens()
    page.keyboard.press("Tab")
    page.keyboard.type("Water the plants")
    page.keyboard.press("Enter")
    person.sees(person.task("Water the plants"))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(person.task("Water the plants")).to_contain_text("Done", timeout=PATIENCE_MS)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    person.sees_no(person.task("Water the plants"))
    expect(page.get_by_label("What is to be done?")).to_be_focused()


def test_a_title_from_elsewhere_runs_nothing(chromium: Browser, running: Frontend, backend: StandIn) -> None:
    title = "<img src=x onerror=document.title='taken'><script>document.title='taken'</script>"
    backend.tasks.add(title)
    person = Person.arrives(chromium, running.url)
    person.opens()
    person.sees(person.task("<img"))
    assert person.page.title() == "Tasks"
    assert person.complaints == []


def test_a_script_that_was_slipped_in_does_not_run(chromium: Browser, running: Frontend) -> None:
    def slip_in(route: Route) -> None:
        answer = route.fetch()
        slipped = "<script>document.title = 'taken'</script><p style='color: red'>slipped in</p></body>"
        route.fulfill(response=answer, body=answer.text().replace("</body>", slipped))

    person = Person.arrives(chromium, running.url)
    person.page.route(f"{running.url}/", slip_in)
    person.opens()
    person.sees(person.page.get_by_text("slipped in"))
    assert person.page.title() == "Tasks"
    told = " ".join(person.complaints)
    assert "script-src" in told
    assert "style-src" in told
