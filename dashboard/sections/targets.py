"""A pasted list of target accounts: the filter on companies, and part of the sponsors' reports."""

import streamlit as st

from dashboard import address
from dashboard.data import View
from dashboard.display.text import count, listing, plain
from dashboard.queries.accounts import listed
from dashboard.queries.audience import event_of
from dashboard.queries.companies import matching
from dashboard.queries.spellings import shown_names

KEY = "target-accounts"
# The text outlives the page: Streamlit forgets what is in a field that is not drawn.
KEPT = "target-accounts-kept"
MAX_NAMED = 20


def pasted() -> tuple[str, ...]:
    """The accounts that this visitor has pasted."""
    return listed(str(st.session_state.get(KEPT, "")))


def choose(view: View) -> None:
    """Draw the field to paste into, which of the accounts are here, and the button that filters by them."""
    with st.expander("Target accounts", icon=":material/target:"):
        if KEY not in st.session_state:
            st.session_state[KEY] = st.session_state.get(KEPT, "")
        st.session_state[KEPT] = st.text_area("Paste the names of companies, one a line", key=KEY)
        names = pasted()
        if not names:
            st.caption(
                "Case and blanks do not matter. They become a filter, and a sponsor's report says which it reached."
            )
            return
        found = matching(view, names)
        missing = [plain(name, 60) for name in names if not found[name]]
        st.markdown(f"**{len(names) - len(missing):,} of {count(len(names), 'account')}** registered somebody.")
        if missing:
            st.caption(f"Nobody from {listing(missing, MAX_NAMED)}.")
        companies = shown_names(view.published, event_of(view), [name for name in names if found[name]])
        if companies:
            st.button("Filter by these", type="primary", on_click=address.put, args=("company", list(companies)))
