"""The filters that all pages share. They stand in the URL, so a link shows what its sender sees."""

from collections.abc import Sequence

import streamlit as st

from dashboard.data import Published
from dashboard.filters import CREDITS, Filters
from dashboard.queries import choices


def choose_filters(published: Published) -> Filters:
    """Draw the filters, and return the visitor's choice."""
    events, speakers = choices.events(published), choices.speakers(published)
    with st.sidebar:
        event_ids = _several("Events", "event", list(events), names=events)
        days = st.date_input(
            "Days (UTC)",
            value=[],
            key="days",
            format="YYYY-MM-DD",
            help="Sessions that start on one of these days. Those without a start are left out.",
            bind="query-params",
        )
        locations = _several("Locations", "location", choices.locations(published))
        tags = _several("Tags", "tag", choices.tags(published))
        with st.expander("More filters"):
            speaker_ids = _several("Speakers", "speaker", list(speakers), names=speakers)
            companies = _several("Companies", "company", choices.profile(published, "company"))
            industries = _several("Industries", "industry", choices.profile(published, "industry"))
            countries = _several("Countries", "country", choices.profile(published, "country"))
            min_minutes = st.number_input(
                "Minutes, at least",
                min_value=0,
                max_value=1_000_000,
                value=0,
                key="minutes",
                help="Shorter attendances are left out.",
                bind="query-params",
            )
        credit = st.radio(
            "Credit for a session with several speakers or tags",
            CREDITS,
            key="credit",
            captions=["each gets all of the minutes", "the minutes are divided equally"],
            bind="query-params",
        )
    return Filters(
        event_ids=event_ids,
        days=days,
        locations=locations,
        tags=tags,
        speaker_ids=speaker_ids,
        companies=companies,
        industries=industries,
        countries=countries,
        min_minutes=min_minutes,
        credit=credit,
    )


def _several(label: str, key: str, options: Sequence[str], names: dict[str, str] | None = None) -> tuple[str, ...]:
    names = names or {}
    return tuple(
        st.multiselect(
            label,
            options,
            # An id from an old link may be gone: Streamlit asks for its label, then drops it.
            format_func=lambda option: names.get(option, option),
            key=key,
            placeholder="All",
            bind="query-params",
        )
    )
