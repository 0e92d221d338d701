"""The first screen, while there is nothing to draw."""

import streamlit as st


def show(delivery_count: int) -> None:
    """Say what has arrived so far, and what to do next."""
    st.title("Nothing to show yet")
    loaded = "Nothing has been loaded so far."
    if delivery_count:
        loaded = f"Deliveries loaded so far: {delivery_count:,}. None of them names an attendee."
    st.info(f"{loaded} Zuddl sends the time spent in sessions one hour after the event has ended.")
    st.markdown(
        """
**See it with simulated data**

```
make demo
```

**Connect Zuddl**

1. Put the webhook's signing secret into `.env` as `ZUDDL_WEBHOOK_SECRET`, and start everything: `make run`.
2. In Zuddl, point the webhook at `https://your-host/webhooks/zuddl`, with the same secret, for the action
   `TIME_SPENT_IN_SESSION`.

**Send payloads that you already have**, one JSON object per line

```
ingest send FILE.ndjson
```

This page fills by itself as soon as the first data is loaded.
"""
    )
