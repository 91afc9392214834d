"""A person at the page: Debian's Chromium, driven by Playwright, against any address where the application runs.

`life` is the whole story and needs nothing of the sandbox or of nginx: give it the address and how the backend goes
away and comes back.
"""

import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from services.frontend.tests import npm
from tests.debian import libraries, unpacked

PATIENCE_MS = 30_000
DESKTOP = (1280, 860)
PHONE = (390, 844)
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def browser() -> Generator[Browser]:
    """Chromium: the one on PATH, or Debian's. It reaches loopback and nothing else.

    Raises:
        UnavailableError: It is not here and cannot be fetched.
    """
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        root = unpacked("chromium", ("chromium", "fonts-dejavu-core", "fontconfig-config"))
        program = str(root / "usr/lib/chromium/chromium")
        environment |= {
            "LD_LIBRARY_PATH": libraries(root),
            "XDG_DATA_HOME": str(root / "usr/share"),
        }
        if not Path("/etc/fonts").exists():
            environment["FONTCONFIG_PATH"] = str(root / "etc/fonts")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program,
            env=dict(environment),
            args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-dev-shm-usage"],
        )
        yield started
        started.close()


@dataclass(frozen=True)
class Person:
    """Somebody who uses the page and sees what it says."""

    page: Page
    url: str
    pictures: Path | None = None
    complaints: list[str] = field(default_factory=list[str])
    """What the browser complained of on its console: scripts that fail, content that the policy forbids."""

    @classmethod
    def arrives(
        cls,
        browser: Browser,
        url: str,
        *,
        size: tuple[int, int] = DESKTOP,
        dark: bool = False,
        pictures: Path | None = None,
    ) -> "Person":
        """A new visitor on a screen of this size, who has not opened the page yet."""
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            has_touch=size == PHONE,
            is_mobile=size == PHONE,
            device_scale_factor=2 if size == PHONE else 1,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        person = cls(context.new_page(), url, pictures)
        person.page.on("console", lambda message: person.hears(message))
        person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
        return person

    def hears(self, message: ConsoleMessage) -> None:
        """Note a complaint. A failed request is none: what the page makes of that is looked at."""
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def opens(self) -> None:
        """Open the page, or open it anew."""
        self.page.goto(self.url)

    def task(self, title: str) -> Locator:
        """The line of a task."""
        return self.page.get_by_role("listitem").filter(has_text=title)

    def adds(self, title: str) -> None:
        """Add a task by keyboard and see it in the list."""
        field = self.page.get_by_label("What is to be done?")
        field.fill(title)
        field.press("Enter")
        expect(field).to_have_value("", timeout=PATIENCE_MS)
        self.sees(self.task(title))

    def completes(self, title: str) -> None:
        """Tick a task off and see that it is saved."""
        self.task(title).get_by_role("checkbox").check()
        expect(self.task(title)).to_contain_text("Done just now", timeout=PATIENCE_MS)

    def sees(self, what: Locator) -> None:
        """Wait until it can be seen."""
        expect(what).to_be_visible(timeout=PATIENCE_MS)

    def sees_no(self, what: Locator) -> None:
        """Wait until it cannot be seen."""
        expect(what).to_be_hidden(timeout=PATIENCE_MS)

    def barriers(self) -> list[str]:
        """Every violation that axe-core finds on the page as it is now."""
        npm.install()
        self.page.evaluate((npm.SERVICE / "node_modules/axe-core/axe.min.js").read_text())
        found = self.page.evaluate("axe.run()")["violations"]
        return [
            f"{each['impact']} {each['id']}: {node['html']} ({node['failureSummary']})"
            for each in found
            for node in each["nodes"]
        ]

    def looks(self, name: str) -> None:
        """Find no barrier in this state, nothing cut off sideways, and keep a picture where they are wanted."""
        if self.pictures is not None:
            self.page.screenshot(path=self.pictures / f"{name}.png")
        assert self.barriers() == []
        wide, screen = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= screen, f"{name}: the page is {wide} pixels wide, the screen {screen}"


def life(person: Person, *, backend_goes: Callable[[], object], backend_comes: Callable[[], object]) -> None:
    """Create, complete, reload; the backend goes, people are told; it comes back, and the page by itself."""
    page, mark = person.page, token_hex(3)
    milk, plumber, plants = f"Buy oat milk {mark}", f"Call the plumber {mark}", f"Water the plants {mark}"
    person.opens()
    person.adds(milk)
    person.adds(plumber)
    person.completes(milk)
    person.looks("tasks")
    person.opens()
    expect(person.task(milk).get_by_role("checkbox")).to_be_checked(timeout=PATIENCE_MS)
    expect(person.task(plumber).get_by_role("checkbox")).not_to_be_checked()

    backend_goes()
    person.opens()
    person.sees(page.get_by_role("alert").filter(has_text="not available"))
    person.sees(page.get_by_role("button", name="Try now"))
    person.looks("backend-away")
    backend_comes()
    person.sees(person.task(plumber))
    person.sees_no(page.get_by_role("button", name="Try now"))

    backend_goes()
    page.get_by_label("What is to be done?").fill(plants)
    page.keyboard.press("Enter")
    person.sees(page.get_by_text("Not added."))
    expect(page.get_by_label("What is to be done?")).to_have_value(plants)
    person.looks("not-added")
    backend_comes()
    # It may take a moment until it serves: the page waits for it.
    person.opens()
    person.sees(person.task(plumber))

    page.get_by_role("button", name=f"Delete “{plumber}”").click()
    person.sees(page.get_by_role("status").filter(has_text=f"Deleted “{plumber}”."))
    person.sees_no(person.task(plumber))
    person.looks("deleted")
    assert person.complaints == []
