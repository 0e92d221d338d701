"""The page of one session: who it is about, how long people stayed, what they did, who they were, where they went."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import address
from dashboard.charts.stay import minutes_distribution, stay_curve
from dashboard.data import View
from dashboard.display import about, bars, chart, columns, detail, tables
from dashboard.display.text import count, duration, hours, percent, plain
from dashboard.queries import sessions as queries
from dashboard.queries.event import Event
from dashboard.sections import audience

PAGES = {"speaker": "speakers", "sponsor": "sponsors", "tag": "tags"}


def show(view: View, event: Event, session: dict[str, Any]) -> None:
    """Draw the page of the session, a row of `queries.with_quantiles`."""
    about.narrow(session["session"])
    st.header(plain(session["session"]), anchor=False)
    st.caption(f"{_when(session, event)} · {plain(session['location_name'] or 'no room given')}")
    _parts(view, session)
    _figures(session)
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        _stay(view, session)
    with right.container(border=True, height="stretch"):
        st.subheader("Minutes spent")
        minutes = queries.minutes_distribution(view, session["session_key"])
        title = f"{session['session']}: minutes spent"
        chart.show(minutes_distribution(minutes), name="minutes-spent", title=title)
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        _went_next(view, session)
    with right.container(border=True, height="stretch"):
        _interactions(view, session)
    st.subheader("Who came")
    audience.show(view, [session["session_key"]], ("company", "designation"), whose=session["session"])
    audience.show(view, [session["session_key"]], ("industry", "country"), whose=session["session"])


def _when(session: dict[str, Any], event: Event) -> str:
    starts_at, ends_at = session["local_starts_at"], session["local_ends_at"]
    if starts_at is None:
        return "No start given"
    until = f"\N{EN DASH}{ends_at:%H:%M}" if ends_at else ""
    return f"{starts_at:%a} {starts_at.day} {starts_at:%b %Y}, {starts_at:%H:%M}{until} ({event.clock})"


def _parts(view: View, session: dict[str, Any]) -> None:
    """Speakers, sponsors and tags, each a link to its page."""
    found = queries.parts(view, session["event_id"], session["session_id"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for kind, part, name in found.iter_rows():
            st.page_link(
                f"app_pages/{PAGES[kind]}.py",
                label=f"{kind.capitalize()}: {plain(name, 60)}",
                query_params=address.also_showing(part),
            )


def _figures(session: dict[str, Any]) -> None:
    figures = (
        ("Attendees", f"{session['attendee_count']:,}", "People with time in this session."),
        ("Hours watched", hours(session["total_minutes"]), None),
        ("Per attendee", duration(session["mean_minutes"]), "Time in this session by an attendee on average."),
        ("Completion", percent(session["mean_completion"]), columns.COMPLETION_MEANING),
        ("Stayed to the end", percent(session["full_stay_rate"]), columns.FULL_STAY_MEANING),
        ("Left early", percent(session["early_exit_rate"]), columns.EARLY_EXIT_MEANING),
    )
    with st.container(key="figures"):
        for label, figure, meaning in figures:
            st.metric(label, figure, border=True, help=meaning, height="stretch")


def _stay(view: View, session: dict[str, Any]) -> None:
    st.subheader("How long people stayed")
    curve = queries.stay_curve(view, session["session_key"])
    if curve.is_empty():
        st.info("This session has no scheduled length, so there is no chart of how long attendees stayed.")
    else:
        chart.show(stay_curve(curve), name="stay-curve", title=f"{session['session']}: how long people stayed")


def _went_next(view: View, session: dict[str, Any]) -> None:
    st.subheader("Where they went next")
    if session["local_starts_at"] is None:
        st.info("This session has no start, so nothing is known of what came after it.")
        return
    following = queries.went_next(view, session)
    if following.is_empty():
        st.info("Under these filters, none of these attendees was in a later session of this event.")
        return
    others = session["attendee_count"] - int(following["attendee_count"].sum())
    to_none = f" {count(others, 'attendee')} went to none." if others else ""
    st.caption(f"The next session of each attendee, by its start.{to_none}")
    tables.show(
        following,
        {
            "session": columns.name("Session"),
            "attendee_count": bars.count("Attendees", following["attendee_count"]),
            "share": columns.share("Share", "Of this session's attendees."),
            "local_starts_at": columns.local("Start"),
            "location_name": columns.text("Room"),
        },
        name="went-next",
        alt="Next sessions of these attendees",
        choose=detail.opens("sessions", following["session_id"].to_list()),
        more=columns.SESSION_ID,
    )


def _interactions(view: View, session: dict[str, Any]) -> None:
    st.subheader("What they did")
    acted = queries.interactions(view, session)
    kinds = {
        "Questions": "question_count",
        "Votes for a question": "upvote_count",
        "Answers to polls": "poll_answer_count",
        "Answers to surveys": "survey_answer_count",
    }
    done = pl.DataFrame({"kind": list(kinds), "action_count": [acted[column] for column in kinds.values()]})
    st.caption(
        f"{acted['joined_count']:,} joined, as Zuddl says. {count(acted['interacting_count'], 'attendee')} asked, "
        f"voted or answered: {percent(acted['interaction_rate'] or 0)} of all who were there."
    )
    tables.show(
        done,
        {"kind": columns.text("Action"), "action_count": bars.count("Count", done["action_count"])},
        name="interactions",
        alt="Interactions by kind",
    )
    if not acted["question_count"]:
        return
    if not view.settings.show_pii:
        st.caption("What they asked is shown with DASHBOARD\\_SHOW\\_PII=1: a question may name people.")
        return
    tables.show(
        queries.questions(view, session),
        {"question": columns.name("Question"), "upvote_count": columns.count("Votes")},
        name="questions",
        alt="Questions, most votes first",
    )
