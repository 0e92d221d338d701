"""The filters that all pages share. They live in the URL: a link shows to others what its sender sees."""

from collections.abc import Sequence

import streamlit as st

from dashboard.data import Published
from dashboard.filters import CREDITS, Filters
from dashboard.queries import choices


def choose_filters(published: Published) -> Filters:
    """Draw the filters and return what is chosen in them."""
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
            companies = _several("Companies", "company", choices.companies(published))
            industries = _several("Industries", "industry", choices.industries(published))
            countries = _several("Countries", "country", choices.countries(published))
            min_minutes = st.number_input(
                "Minutes, at least",
                min_value=0,
                max_value=1_000_000,
                value=0,
                key="minutes",
                help="Leaves out attendances that were shorter.",
                bind="query-params",
            )
        credit = st.radio(
            "Credit for a session with several speakers or tags",
            CREDITS,
            key="credit",
            captions=["each is given all of the minutes", "the minutes are divided equally"],
            bind="query-params",
        )
    # One day alone is that day: so is the range of a single day in a link, where Streamlit drops what repeats.
    first_day, last_day = (days[0], days[-1]) if days else (None, None)
    return Filters(
        event_ids=event_ids,
        first_day=first_day,
        last_day=last_day,
        locations=locations,
        tags=tags,
        speaker_ids=speaker_ids,
        companies=companies,
        industries=industries,
        countries=countries,
        min_minutes=min_minutes or None,
        credit=credit,
    )


def _several(label: str, key: str, options: Sequence[str], names: dict[str, str] | None = None) -> tuple[str, ...]:
    called = names or {}
    return tuple(
        st.multiselect(
            label,
            options,
            # An id chosen earlier may be gone by now: Streamlit asks for its label, then drops it.
            format_func=lambda option: called.get(option, option),
            key=key,
            placeholder="All",
            bind="query-params",
        )
    )
