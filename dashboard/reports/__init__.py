"""Reports to hand over: one file each, as HTML that prints well, as PDF, or as a workbook.

- `definition`: what a report says, as plain data, whatever the format
- `executive`: the event on one page
- `reached`, `handout`: one speaker's or one sponsor's figures, and the report and the workbook of them
- `booth`, `targets`: what a sponsor's report says of the booth and of target accounts
- `workbook`: all tables of the event
- `drawings`: charts as SVG
- `page`, `pdf` with `report.typ`: a report as HTML and as PDF
- `files`: each report under its name
- `asked_for`, `command`: `dashboard report`
"""
