"""The drawn dashboards: every panel is there, none lies over another, and nothing is loaded from elsewhere."""

from itertools import combinations
from xml.etree import ElementTree

import pytest

from docs.dashboards_page import PICTURES
from docs.layout_picture import Sketch, Tile, picture
from observability.dashboards import LOG_DASHBOARDS, METRICS_DASHBOARDS

SVG = "{http://www.w3.org/2000/svg}"
PANELS = {board.slug: [panel.title for panel in board.panels] for board in (*METRICS_DASHBOARDS, *LOG_DASHBOARDS)}


@pytest.mark.parametrize("name", PICTURES)
def test_every_panel_is_drawn_once_and_lies_over_no_other(name: str) -> None:
    image = ElementTree.fromstring(PICTURES[name]())
    titles = [text.text or "" for text in image.iter(f"{SVG}text") if text.get("class") == "title"]
    slug = name.removesuffix(".svg").split("-", 1)[1]
    assert len(titles) == len(PANELS[slug])
    assert all(whole.startswith(shown.rstrip("…")) for whole, shown in zip(PANELS[slug], titles, strict=True))
    cards = [
        [float(card.attrib[key]) for key in ("x", "y", "width", "height")]
        for card in image.iter(f"{SVG}rect")
        if card.get("class") == "card"
    ]
    width, height = (float(size) for size in image.attrib["viewBox"].split()[2:])
    assert all(x >= 0 and x + wide <= width and y + high <= height for x, y, wide, high in cards)
    for (x, y, wide, high), (other_x, other_y, other_wide, other_high) in combinations(cards, 2):
        assert x + wide <= other_x or other_x + other_wide <= x or y + high <= other_y or other_y + other_high <= y


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_loads_nothing(name: str) -> None:
    text = PICTURES[name]()
    assert "://" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "@import" not in text
    assert "url(" not in text


@pytest.mark.parametrize("sketch", Sketch)
def test_what_a_title_holds_is_text_in_every_sketch(sketch: Sketch) -> None:
    tile = Tile(title="a < b & c", sketch=sketch, unit="", column=0, row=0, width=6, names=["<i>"])
    image = ElementTree.fromstring(picture("<x>", "&", 12, [tile]))
    assert [text.text for text in image.iter(f"{SVG}text")][2] == "a < b & c"
