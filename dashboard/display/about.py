"""What every file of this run says about itself."""

import streamlit as st

from dashboard.provenance import Provenance


def hand_over(provenance: Provenance) -> None:
    """Hand it to whatever this run draws."""
    st.session_state["provenance"] = provenance


def current() -> Provenance:
    """What the files of this run say about themselves."""
    provenance = st.session_state["provenance"]
    assert isinstance(provenance, Provenance)  # noqa: S101 -- session state is untyped
    return provenance
