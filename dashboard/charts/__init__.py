"""Charts: from a frame to an Altair chart, knowing nothing of where rows come from or where charts go."""
