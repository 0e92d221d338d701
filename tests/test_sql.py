"""What no SQL of ours may have."""

from tests.e2e.machine import ROOT


def test_no_window_is_over_all_rows() -> None:
    """DuckDB 1.5.5 fails at such a window now and then, and its whole instance with it (duckdb 25713)."""
    sources = [path for wing in ("dashboard", "ingest", "warehouse") for path in (ROOT / wing).rglob("*.py")]
    assert len(sources) > 200
    assert [path for path in sources if "OVER ()" in path.read_text("utf-8")] == []
