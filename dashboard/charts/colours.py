"""Colours that every kind of colour vision tells apart, on white as on near-black; the theme has them too."""

from typing import Any

import altair as alt

BLUE = "#006AA8"
GREY = "#8C8C8C"
# For kinds of things (Okabe and Ito, their blue a little deeper); the last one is for all others together.
KINDS = (BLUE, "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", GREY)
OTHER = "Other"
# For amounts, from the least to the most. A page takes those of its theme, which are the other way round where it is
# dark; these are for pictures.
AMOUNTS = (
    *("#e3eff6", "#c6dfed", "#a3cbe2", "#7cb4d4", "#539cc4"),
    *("#2c84b3", "#0a6c9f", "#065682", "#054164", "#052d47"),
)


def ink_on(amount: str) -> alt.ExprRef:
    """Black or white, whichever can be read on the colour of this field: a contrast of 4.5:1 and more."""
    return alt.ExprRef(f"luminance(scale('color', datum.{amount})) > 0.179 ? 'black' : 'white'")


def in_ink(**look: Any) -> dict[str, Any]:  # noqa: ANN401 -- properties of a mark
    """The look of text in the page's own colour: Vega's text marks know of no theme. A screen reader skips it."""
    return {"fontSize": 12, "color": "currentColor", "aria": False} | look
