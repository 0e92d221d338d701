"""From the invitation to the interaction: how many people reached each stage, and who did not come."""

import polars as pl
import streamlit as st

from dashboard.charts.ranking import ranking
from dashboard.display import bars, chart, columns, pickers, tables
from dashboard.display.text import from_code, percent
from dashboard.frame.view import current_event, current_view
from dashboard.queries import funnel as queries
from dashboard.sections import scope

STAGES = {
    "invited_count": ("Invited", "Registrations with an invitation. Who registered without one is not among them."),
    "registered_count": ("Registered", "Who attended, or registered and was not deleted or rejected since."),
    "attended_count": ("Attended", "Who arrived, asked, upvoted, answered a poll, or spent any minutes."),
    "session_attendee_count": ("In a session", "Who spent minutes in a session."),
    "interacting_count": (
        "Interacting",
        "Who asked, upvoted, answered a poll or a survey, or clicked a call to action.",
    ),
}
SHOW_RATE_MEANING = "Share of the registered who attended."
view, event = current_view(), current_event()

st.header("Funnel")
scope.say(view, "all registrations of the event", "company", "industry", "country")
stages = queries.stages(view)
registered = stages["registered_count"]
if not any(stages[stage] for stage in STAGES):
    scope.say_nothing_is_left(
        "No action names a registration", view, "INVITED and REGISTERED", "company", "industry", "country"
    )
    st.stop()

with st.container(key="figures"):
    for stage, (label, meaning) in STAGES.items():
        later = stage not in ("invited_count", "registered_count")
        of_registered = f"{percent(stages[stage] / registered)} of registered" if later and registered else None
        st.metric(
            label,
            f"{stages[stage]:,}",
            of_registered,
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help=meaning,
        )
steps = pl.DataFrame({"stage": [label for label, _ in STAGES.values()], "people": [stages[stage] for stage in STAGES]})
with st.container(border=True):
    st.markdown("**People at each stage**")
    chart.show(
        ranking(steps, name="stage", value="people", what="stages", unit="figures"),
        name="funnel",
        title=f"{event.name}: people at each stage",
    )

st.subheader("Where they came from")
column = pickers.one_of("Group by", queries.GROUPS, key="group")
groups = queries.by(view, column)
if column in queries.CODES:
    groups = groups.with_columns(pl.col("name").map_elements(from_code, return_dtype=pl.String))
tables.show(
    groups,
    {
        "name": columns.name(queries.GROUPS[column]),
        "registered_count": bars.count("Registered", groups["registered_count"]),
        "show_rate": bars.share("Show rate", SHOW_RATE_MEANING),
        **{stage: columns.count(label) for stage, (label, _) in STAGES.items() if stage != "registered_count"},
        "no_show_count": columns.count("No-shows"),
    },
    name="funnel",
    chosen={"By": queries.GROUPS[column]},
    alt=f"Funnel by {queries.GROUPS[column].lower()}",
)

left, right = st.columns(2)
with left.container(border=True, height="stretch"):
    st.markdown("**Show rate by the time between registration and event**")
    rates = queries.show_rates(view)
    if rates.is_empty():
        st.info("The event has no start, or no registration has a time, so it is unknown how early people registered.")
    else:
        tables.show(
            rates,
            {
                "when": columns.name("Registered before the event"),
                "registered_count": bars.count("Registered", rates["registered_count"]),
                "show_rate": bars.share("Show rate", SHOW_RATE_MEANING),
            },
            name="show-rates",
            alt="Show rate by how long before the event people registered",
        )
        if rates["when"][-1] == queries.LATER[-1]:
            st.caption("Who registered after the event could only watch the recordings.")
with right.container(border=True, height="stretch"):
    st.markdown("**No-shows by company**")
    no_shows = queries.no_shows(view)
    if stages["no_show_count"] is None:
        st.info("The event is not over: the first report of time spent, or of a no-show, tells that it is.")
    elif no_shows.is_empty():
        st.info("Everybody who registered came.")
    else:
        tables.show(
            no_shows,
            {
                "name": columns.name("Company"),
                "no_show_count": bars.count("No-shows", no_shows["no_show_count"]),
                "registered_count": columns.count("Registered"),
                "no_show_rate": bars.share("No-show rate", "Share of the registered who did not come."),
            },
            name="no-shows",
            alt="No-shows by company",
        )
