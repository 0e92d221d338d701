"""A visitor's own queries."""

import polars as pl
import streamlit as st

from dashboard import address
from dashboard.display import chart, tables
from dashboard.display.text import count
from dashboard.frame.view import current_view
from dashboard.sandbox import query
from dashboard.sandbox.job import Refused

EXAMPLES = {
    "Sessions with most minutes": """SELECT session_title, total_minutes, attendee_count
FROM session_engagement
ORDER BY total_minutes DESC
LIMIT 20""",
    "Minutes by tag and country": """SELECT tag, country, sum(minutes_spent) AS minutes
FROM time_spent
JOIN session_tags USING (event_id, session_id)
JOIN attendees USING (event_id, registration_id)
GROUP BY ALL
ORDER BY minutes DESC""",
    "Companies by attendees": """SELECT company, count(*) AS attendees, avg(engagement_score) AS mean_score
FROM attendee_engagement
GROUP BY company
ORDER BY attendees DESC""",
    "Sessions that attendees left early": """SELECT session_title, early_exit_rate, attendee_count
FROM session_engagement
WHERE attendee_count >= 10
ORDER BY early_exit_rate DESC""",
}
MAX_REMEMBERED = 20

view = current_view()
show_pii = view.settings.show_pii
history: list[str] = st.session_state.setdefault("sql_history", [])
offered = EXAMPLES | {f"Before: {' '.join(before.split())[:60]}": before for before in reversed(history)}


def take() -> None:
    """Put the selected example into the editor."""
    if label := st.session_state["sql_example"]:
        st.session_state["sql_text"] = offered[label]


def show(answer: query.Answer) -> None:
    """The answer's rows, their files, and a chart of one of its columns."""
    rows, is_cut = answer
    st.header("Answer")
    st.caption(f"The first {rows.height:,} rows; there are more." if is_cut else count(rows.height, "row"))
    dates = {name: st.column_config.DateColumn() for name, dtype in rows.schema.items() if dtype == pl.Date}
    st.dataframe(rows, hide_index=True, placeholder="—", alt="Answer to the query", column_config=dates)
    tables.files(rows, "answer")
    if address.query():
        st.caption("This link asks the same again. The answer is that of the moment in which it is opened.")
        st.code(address.link(), language=None, wrap_lines=True)
    else:
        st.caption("The query is too long for a link.")

    numbers = [name for name, dtype in rows.schema.items() if dtype.is_numeric()]
    # Lists and structs name nothing.
    names = [name for name, dtype in rows.schema.items() if not dtype.is_numeric() and not dtype.is_nested()]
    if numbers and names and rows.height:
        st.header("Chart")
        name = st.selectbox("A bar for each", names, key="sql_name")
        number = st.selectbox("Its length", numbers, key="sql_number")
        bars = rows.select(name=pl.col(name).cast(pl.String), value=pl.col(number).cast(pl.Float64)).filter(
            pl.col("value").is_finite()
        )
        title = f"{number}, by {name}"
        chart.show_ranking(bars, "name", "value", what="rows", unit="figures", name="answer-chart", title=title)


st.title("SQL")
limits = query.LIMITS
st.caption(
    "A query reads a temporary copy of the tables; it can't change them, and reaches no files, network or settings. "
    f"It may take {limits.seconds:,.0f} seconds and {limits.memory_mb}\N{NO-BREAK SPACE}MB of memory, and answer with "
    f"at most {limits.max_rows:,} rows and {limits.max_bytes // 1_000_000}\N{NO-BREAK SPACE}MB. "
    "One query runs at a time. The filters do not apply here."
)
st.selectbox(
    "Start from an example, or from a query that you ran before",
    list(offered),
    index=None,
    key="sql_example",
    on_change=take,
    placeholder="Examples",
)
# A link brings a query, which is run once. Streamlit empties the address when the visitor goes to another page.
if not address.query() and "sql_asked" in st.session_state:
    address.ask(st.session_state["sql_asked"])
is_linked = address.query() not in ("", st.session_state.get("sql_asked"))
if is_linked:
    st.session_state["sql_text"] = address.query()
with st.form("sql", border=False):
    sql = st.text_area(
        "Query (DuckDB)",
        height=200,
        max_chars=limits.max_characters,
        key="sql_text",
        placeholder=EXAMPLES["Sessions with most minutes"],
    )
    is_asked = st.form_submit_button("Run", type="primary", shortcut="Ctrl+Enter") or is_linked
with st.expander("Tables and columns"):
    allowed = query.tables(show_pii=show_pii)
    st.table(pl.DataFrame({"Table": list(allowed), "Columns": [", ".join(columns) for columns in allowed.values()]}))

# One place for the wait and the answer: the answer before must not stand below the spinner.
place = st.empty()
if is_asked and not sql.strip():
    st.info("The editor is empty. Write a query, or start from an example.")
elif is_asked:
    address.ask(sql)
    st.session_state["sql_asked"] = sql
    try:
        # A query that its visitor replaces by the next one runs on, too, up to its limit.
        turn = "Waiting for the query before, then running this one" if query.is_busy() else "Running the query"
        with place, st.spinner(turn, show_time=True):
            st.session_state["sql_answer"] = query.run(view.settings.warehouse, sql, show_pii=show_pii)
    except Refused as refusal:
        st.session_state.pop("sql_answer", None)
        st.error("The query was not answered.")
        st.code(str(refusal), language=None, wrap_lines=True)
    else:
        history[:] = [*(before for before in history[-MAX_REMEMBERED:] if before != sql), sql]

answer: query.Answer | None = st.session_state.get("sql_answer")
if answer is not None:
    with place.container():
        show(answer)
