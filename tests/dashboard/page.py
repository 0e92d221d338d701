"""A page as a test sees it: its figures, its tables and its sentences."""

from pathlib import Path
from typing import Any

import pytest
from streamlit import config
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from dashboard.data import Published, View
from dashboard.filters import Filters
from dashboard.settings import DashboardSettings
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of


def at(app: AppTest, page: str, **link: str) -> AppTest:
    """The page, as a link with these parameters shows it."""
    for name, value in link.items():
        app.query_params[name] = value
    app.switch_page(f"app_pages/{page}.py").run()
    assert not app.exception
    assert not app.error
    return app


def view_of(data_dir: Path) -> View:
    """What the directory has published now, without a filter."""
    settings = DashboardSettings(WarehouseSettings(data_dir=data_dir))
    storage = storage_of(settings.warehouse)
    generation = storage.generation()
    assert generation
    return View(Published(storage, generation), Filters(), settings)


def metrics(app: AppTest) -> dict[str, str]:
    """Figures at the top of the page, by their labels."""
    return {metric.label: metric.value for metric in app.metric}


def rows(app: AppTest, *columns: str) -> list[tuple[Any, ...]]:
    """The first table with the given columns: these, of every row."""
    table = next(table for table in app.dataframe if set(columns) <= set(table.value.columns))
    return list(table.value[list(columns)].itertuples(index=False, name=None))


def said(app: AppTest) -> str:
    """Everything that the page says outside of its tables and charts."""
    kinds = (app.title, app.header, app.subheader, app.markdown, app.caption, app.info, app.error)
    return "\n".join(element.value for elements in kinds for element in elements)


def cells(app: AppTest) -> str:
    """Every cell of every table."""
    return "\n".join(str(cell) for table in app.dataframe for cell in table.value.to_numpy().ravel())


def downloads(app: AppTest) -> dict[str, str]:
    """The labels of all download buttons, by the names of their files."""
    buttons: list[Any] = list(app.get("download_button"))
    return {button.key: button.label for button in buttons}


def visitor_from(address: str | None, monkeypatch: pytest.MonkeyPatch, **headers: str) -> None:
    """Let Streamlit say that the visitor has this IP address, None for this machine, and has sent these headers."""
    monkeypatch.setattr(ContextProxy, "ip_address", address)
    monkeypatch.setattr(ContextProxy, "headers", {name.replace("_", "-"): text for name, text in headers.items()})


def listening_at(address: str | None) -> None:
    """Let Streamlit say that its server listens at this address, None for every address."""
    config.set_option("server.address", address)
