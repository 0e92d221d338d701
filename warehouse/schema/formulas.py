"""The constants of the engagement formulas, for the marts, the column comments and the dashboard alike.

`warehouse/marts/reference` keeps its own copy, so that `warehouse check` also proves these.
"""

# Parts of the scheduled time: whoever stayed at least so long stayed to the end, whoever stayed shorter left early.
FULL_STAY = 0.9
EARLY_EXIT = 0.25

# The engagement score: 100 * (MINUTES_WEIGHT * cume_dist(minutes) + SESSIONS_WEIGHT * cume_dist(sessions)).
MINUTES_WEIGHT = 0.6
SESSIONS_WEIGHT = 0.4
