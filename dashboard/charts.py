"""Charts: from a frame to an Altair chart, knowing nothing of where rows come from or where charts go."""

import altair as alt
import polars as pl

TOP = 20
# Okabe and Ito's blue: told apart by every kind of colour vision, and from both white and near-black.
BLUE = "#0072B2"
ROW_HEIGHT, BAR_HEIGHT = 42, 12
VALUE_WIDTH = 90


def minutes_ranking(frame: pl.DataFrame, *, name: str, minutes: str, what: str) -> alt.LayerChart:
    """Horizontal bars of minutes, in the frame's order, at most `TOP` of them.

    Args:
        frame: one row per bar, most minutes first.
        name: the column that names a bar; names may repeat.
        minutes: the column with its minutes.
        what: what the bars are, in the plural, for whoever hears the chart instead of seeing it.
    """
    # Rows are told apart by position, not by name: two sessions called "Welcome" are two bars, not a sum.
    bars = frame.head(TOP).select(
        pl.col(name).alias("name"), pl.col(minutes).alias("minutes"), pl.int_range(pl.len()).alias("position")
    )
    base = alt.Chart(bars).encode(
        y=alt.Y("position:O", axis=None),
        tooltip=[
            alt.Tooltip("name:N", title="Name"),
            alt.Tooltip("minutes:Q", title="Minutes", format=",.1f"),
        ],
    )
    # Spoken by a screen reader, once a row: its two texts stay silent.
    spoken = "datum.name + ': ' + format(datum.minutes, ',.1f') + ' minutes'"
    bar = base.transform_calculate(spoken=spoken).mark_bar(
        height=BAR_HEIGHT, yOffset=ROW_HEIGHT / 5, color=BLUE, cornerRadiusEnd=2
    )
    # A name stands above its bar: beside it, a long one leaves no room for bars on a phone.
    # Text marks do not follow the light or dark theme; the page's own text colour does.
    left = base.mark_text(
        align="left",
        dy=-8,
        fontSize=13,
        color="currentColor",
        limit=alt.ExprRef(f"width - {VALUE_WIDTH}"),
        aria=False,
    )
    right = base.mark_text(align="right", dy=-8, fontSize=13, color="currentColor", aria=False)
    return alt.LayerChart(
        layer=[
            bar.encode(
                x=alt.X("minutes:Q", axis=None, scale=alt.Scale(zero=True, nice=False)),
                description="spoken:N",
            ),
            left.encode(x=alt.value(0), text="name:N"),
            right.encode(x=alt.value("width"), text=alt.Text("minutes:Q", format=",.1f")),
        ],
        height=ROW_HEIGHT * bars.height,
        width="container",
        description=f"Bar chart of minutes: the first {bars.height} of {frame.height} {what}. "
        "The table below holds the same figures.",
    )
