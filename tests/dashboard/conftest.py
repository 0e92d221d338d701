"""Real warehouses of literal rows, published as the loader does it: by replacing the file."""

import tempfile
from functools import cache, lru_cache
from pathlib import Path

import duckdb
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import dashboard
from tests.dashboard.page import listening_at, visitor_from
from tests.dashboard.rows import Publish
from warehouse import schema
from warehouse.marts import surrogate_keys


@pytest.fixture(autouse=True)
def _no_cache_from_another_test() -> None:
    st.cache_data.clear()


@pytest.fixture(autouse=True)
def _visitor_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest has no connection that would say where its visitor is, and no server that would listen somewhere."""
    visitor_from(None, monkeypatch)
    listening_at("localhost")


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("REPEAT_POLICY", raising=False)
    return tmp_path


@pytest.fixture
def publish(data_dir: Path) -> Publish:
    """Publish a warehouse with the rows that the given statements insert."""

    def replace_warehouse(statements: str) -> None:
        draft = data_dir / "draft.duckdb"
        draft.write_bytes(warehouse_with(statements))
        draft.replace(data_dir / "warehouse.duckdb")

    return replace_warehouse


@cache
def empty_warehouse() -> bytes:
    """The file of a warehouse without rows. To make its tables takes longer than all that a test does with them."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        file = Path(folder) / "warehouse.duckdb"
        connection.execute(f"ATTACH '{file}' AS w (STORAGE_VERSION 'v1.2.0')")
        connection.execute("USE w")
        schema.create(connection)
        connection.execute("USE memory; DETACH w")
        return file.read_bytes()


@lru_cache(maxsize=4)
def warehouse_with(statements: str) -> bytes:
    """The file of a warehouse with these rows. Tests that differ in the link alone, which run in a row, share it."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        file = Path(folder) / "warehouse.duckdb"
        file.write_bytes(empty_warehouse())
        connection.execute(f"ATTACH '{file}' AS w")
        connection.execute("USE w; SET TimeZone = 'UTC'")
        connection.execute(statements)
        connection.execute("CREATE TEMP VIEW wanted_sessions AS FROM sessions")
        connection.execute("CREATE TEMP VIEW wanted_attendees AS FROM attendees")
        surrogate_keys.renew_sessions(connection)
        surrogate_keys.renew_attendees(connection)
        connection.execute("""
            INSERT INTO surrogate_keys.time_spent BY NAME
                SELECT session_key, attendee_key, minutes_spent FROM time_spent
                JOIN surrogate_keys.sessions USING (event_id, session_id)
                JOIN surrogate_keys.attendees USING (event_id, registration_id)
        """)
        connection.execute("USE memory; DETACH w")
        return file.read_bytes()


@pytest.fixture
def app(data_dir: Path) -> AppTest:
    """The dashboard, not yet run, on whatever the test has published in `data_dir`."""
    assert data_dir.is_dir()
    return AppTest.from_file(f"{Path(dashboard.__file__).parent}/streamlit_app.py", default_timeout=30)
