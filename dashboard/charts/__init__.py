"""Charts: from a frame to an Altair chart, knowing nothing of where rows come from or where charts go."""

from altair import theme
from altair.utils.schemapi import disable_debug_mode

# Else altair checks each part of a chart as it is made, and all of them again with the whole.
disable_debug_mode()
# Where a chart goes, it is dressed: by the page's light or dark theme, or for a picture.
theme.enable("none")
