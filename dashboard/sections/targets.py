"""A pasted list of target accounts, which becomes the filter on companies."""

import streamlit as st

from dashboard import address
from dashboard.data import View
from dashboard.display.text import count, plain
from dashboard.queries.companies import matching

KEY = "target-accounts"
MAX_NAMED = 20


def choose(view: View) -> None:
    """Draw the field to paste into, which of the accounts are here, and the button that filters by them."""
    with st.expander("Target accounts", icon=":material/target:"):
        text = st.text_area("Paste the names of companies, one a line", key=KEY)
        names = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
        if not names:
            st.caption("Case and blanks do not matter. All other pages then show the people of these companies alone.")
            return
        found = matching(view, names)
        missing = [name for name in names if not found[name]]
        st.markdown(f"**{len(names) - len(missing):,} of {count(len(names), 'account')}** registered somebody.")
        if missing:
            named = ", ".join(plain(name, 60) for name in missing[:MAX_NAMED])
            more = f" and {len(missing) - MAX_NAMED:,} more" if len(missing) > MAX_NAMED else ""
            st.caption(f"Nobody from {named}{more}.")
        spellings = [spelling for name in names for spelling in found[name]]
        if spellings:
            st.button("Filter by these", type="primary", on_click=address.put, args=("company", spellings))
