"""Charts as files."""

from xml.etree import ElementTree as ET

import polars as pl
import pytest

from dashboard.charts.ranking import ranking
from dashboard.display import pictures
from tests.dashboard.rows import SUMMIT

HOSTILE = "<script>alert(1)</script> & مرحبا"


@pytest.fixture
def chart() -> pictures.Chart:
    """Two bars; one of them has a name that would be markup."""
    frame = pl.DataFrame({"talk": [HOSTILE, "Welcome"], "time": [2.0, 1.5]})
    return ranking(frame, name="talk", value="time", what="talks")


def parsed(svg: bytes) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 -- we have just made it


def texts(svg: bytes) -> list[str]:
    """What stands in the picture, as text."""
    return [element.text or "" for element in parsed(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_an_svg_holds_its_title_its_source_and_the_names_of_its_bars(chart: pictures.Chart) -> None:
    """It parses, and says what it shows without the page around it."""
    assert texts(pictures.as_svg(chart, "Minutes, by talk", SUMMIT))[-2:] == [
        "Minutes, by talk",
        "Summit · 1 October 2025 · Tag: AI · as of 1 Nov 2025, 13:30 (Europe/Berlin)",
    ]
    assert {HOSTILE, "Welcome", "2", "1.5"} <= set(texts(pictures.as_svg(chart, "Minutes, by talk", SUMMIT)))


def test_markup_in_data_and_titles_is_only_text_in_an_svg(chart: pictures.Chart) -> None:
    """A browser that opens the file runs nothing of it."""
    tags = {element.tag for element in parsed(pictures.as_svg(chart, HOSTILE, SUMMIT)).iter()}

    assert not any("script" in tag for tag in tags)


def test_a_png_is_one(chart: pictures.Chart) -> None:
    """Twice the pixels of the page, so that it is sharp in print."""
    png = pictures.as_png(chart, "Minutes, by talk", SUMMIT)

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(png[16:20]) >= 2 * pictures.WIDTH
