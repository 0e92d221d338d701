"""Charts: from a frame to an Altair chart, without Streamlit and without queries.

- `ranking`: horizontal bars
- `reach`: a dot for each session, by attendees and completion; `labels` finds places for their names
- `stay`, `agenda`: over the minutes of a session, and over the hours of a day; `day` is what they share
- `heatmap`, `index_grid`: grids of shares and of indices; `grid` is what they share
- `hours`: a grid of hours by day
- `events`: events side by side
- `picking`: marks that open the page of their session
- `colours`: for every kind of colour vision

Encodings are written as Altair's classes (`alt.Text("name:N")`, `alt.ColorValue`), not as text or `alt.condition`: to
find the class of each of those, Altair hashes its whole schema, which takes 5 ms. The page Compare had 23 of them.
"""

from altair import theme
from altair.utils.schemapi import disable_debug_mode

# Otherwise Altair checks each part of a chart when it is made, and all parts again with the whole.
disable_debug_mode()
# A chart gets its theme where it is shown: the page's light or dark one, or that of a picture.
theme.enable("none")
