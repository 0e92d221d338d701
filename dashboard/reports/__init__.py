"""Reports to hand over: one HTML file each, which prints well, or a workbook. None of them names an attendee.

- `executive`: the event on one page
- `handout`: one speaker's or one sponsor's sessions and audience
- `booth`: what a sponsor's report says of the booth
- `workbook`: all tables of the event
- `drawings`: charts as SVG
- `page`: the HTML around them
- `files`: each report under its name
- `asked_for`, `command`: `dashboard report`
"""
