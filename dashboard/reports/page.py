"""The HTML of a report: self-contained, printable on A4, and with all text from data escaped."""

from collections.abc import Sequence
from html import escape

from dashboard.charts.colours import BLUE
from dashboard.reports.definition import Card, Chart, Column, Content, Figure, Points, Report, Sentence, Share, Table

STYLE = f"""
@page {{ size: A4; margin: 13mm 14mm; @bottom-right {{ content: counter(page) " / " counter(pages);
  font: 9px system-ui, sans-serif; color: #4a4f55 }} }}
* {{ box-sizing: border-box }}
body {{ font: 13px/1.45 system-ui, "Source Sans 3", "Noto Sans", sans-serif; color: #10151a; background: #fff;
  max-width: 920px; margin: 2rem auto; padding: 0 1rem; print-color-adjust: exact; -webkit-print-color-adjust: exact }}
h1 {{ font-size: 26px; line-height: 1.2; margin: 0 }}
h2 {{ font-size: 14px; margin: 0 0 6px; break-after: avoid }}
p {{ margin: 0 0 6px }} ul {{ margin: 0; padding-left: 1.1em }} li {{ margin-bottom: 2px }}
.kicker {{ color: {BLUE}; font-weight: 600; margin-bottom: 2px }}
.quiet {{ color: #4a4f55; font-size: 12px }}
.figures {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(104px, 1fr)); gap: 8px; margin: 14px 0 }}
.figures div, section {{ border: 1px solid #dededa; border-radius: 8px; padding: 9px 12px; break-inside: avoid }}
.figures b {{ display: block; font-size: 18px; line-height: 1.4; font-weight: 600; white-space: nowrap }}
.grid {{ display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px }}
section {{ margin-bottom: 10px }} .grid {{ margin-bottom: 10px }}
.grid > div {{ display: flex; flex-direction: column }}
.grid section:last-child {{ flex-grow: 1; margin-bottom: 0 }}
table + p {{ margin-top: 6px }} svg {{ display: block; width: 100%; height: auto }}
table {{ border-collapse: collapse; width: 100% }} tr {{ break-inside: avoid }}
th, td {{ text-align: left; padding: 3px 10px 3px 0; border-bottom: 1px solid #ececea; vertical-align: top;
  overflow-wrap: anywhere }}
th {{ color: #4a4f55; font-weight: 500; overflow-wrap: normal; vertical-align: bottom }}
tr:last-child td {{ border-bottom: 0 }} td:last-child, th:last-child {{ padding-right: 0 }}
.line {{ white-space: nowrap; overflow-wrap: normal }}
.number {{ text-align: right; white-space: nowrap; overflow-wrap: normal; font-variant-numeric: tabular-nums }}
.share {{ display: inline-block; min-width: 42px }}
.bar {{ display: inline-block; width: 52px; height: 8px; margin-right: 6px; border-radius: 2px; background: #e3eff6 }}
.bar i {{ display: block; height: 100%; border-radius: 2px; background: {BLUE} }}
footer {{ border-top: 1px solid #dededa; padding-top: 6px; margin-top: 12px }}
@media print {{
  body {{ max-width: none; margin: 0; padding: 0; font-size: 10.5px; line-height: 1.3 }}
  h2 {{ font-size: 12.5px; margin-bottom: 4px }} .quiet {{ font-size: 10px }} footer {{ line-height: 1.3 }}
  th, td {{ padding-top: 2px; padding-bottom: 2px }} .figures b {{ font-size: 15.5px }} .figures {{ margin: 10px 0 }}
  .figures div, section {{ padding: 7px 10px }} svg {{ max-height: 50mm }}
}}
@media (max-width: 600px) {{
  .grid {{ grid-template-columns: minmax(0, 1fr) }} .figures {{ grid-template-columns: 1fr 1fr }}
  .wide thead {{ display: none }}
  .wide tr {{ display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); padding: 6px 0;
    border-bottom: 1px solid #ececea }}
  .wide td {{ border: 0; text-align: left; white-space: normal }}
  .wide td:first-child {{ grid-column: 1 / -1; font-weight: 600 }}
  .wide td:not(:first-child)::before {{ content: attr(data-label); display: block; color: #4a4f55; font-size: 12px }}
  .wide .bar {{ display: none }}
}}
"""
# Nothing is fetched, and nothing runs, whatever the data holds.
MAX_COLUMNS = 4  # beside each other on a phone
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html(report: Report) -> str:
    """The report as a page that stands alone."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(report.title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f'<header><p class="kicker">{escape(report.kind)}</p><h1 dir="auto">{escape(report.heading)}</h1>'
        + "".join(f'<p class="quiet">{escape(line)}</p>' for line in report.lines)
        + f"</header><main>{_figures(report.figures)}{''.join(_row(row) for row in report.rows)}</main>"
        f'<footer class="quiet"><p>{escape(report.method)}</p><p>{escape(report.source)}</p></footer></body></html>'
    )


def _figures(figures: Sequence[Figure]) -> str:
    cards = "".join(
        f"<div>{escape(figure.label)}<b>{escape(figure.value)}</b>"
        f'<span class="quiet">{escape(figure.note)}</span></div>'
        for figure in figures
    )
    return f'<div class="figures">{cards}</div>' if figures else ""


def _row(columns: Sequence[Sequence[Card]]) -> str:
    written = ["".join(_card(card) for card in column) for column in columns]
    if len(written) == 1:
        return written[0]
    return '<div class="grid">' + "".join(f"<div>{column}</div>" for column in written) + "</div>"


def _card(card: Card) -> str:
    return f"<section><h2>{escape(card.heading)}</h2>{''.join(_content(part) for part in card.content)}</section>"


def _content(part: Content) -> str:
    match part:
        case Chart():
            return part.svg
        case Sentence():
            return f'<p class="quiet">{escape(part.text)}</p>'
        case Points():
            return "<ul>" + "".join(f'<li dir="auto">{escape(text)}</li>' for text in part.texts) + "</ul>"
        case Table():
            return _table(part)


def _table(table: Table) -> str:
    is_wide = len(table.columns) > MAX_COLUMNS
    looks = [_look(column) for column in table.columns]
    labels = [f' data-label="{escape(column.heading)}"' if is_wide else "" for column in table.columns]
    head = "".join(
        f"<th{look}>{escape(column.heading)}</th>" for look, column in zip(looks, table.columns, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{look}{label}>{_cell(cell)}</td>" for look, label, cell in zip(looks, labels, row, strict=True))
        + "</tr>"
        for row in table.rows
    )
    look = ' class="wide"' if is_wide else ""
    return f"<table{look}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _look(column: Column) -> str:
    return ' dir="auto"' if column.holds == "text" else f' class="{column.holds}"'


def _cell(cell: str | Share) -> str:
    if isinstance(cell, str):
        return escape(cell)
    if cell.share is None:
        return "—"
    filled = f'<i style="width:{100 * min(max(cell.share, 0), 1):.1f}%"></i>'
    return f'<span class="bar">{filled}</span><span class="share">{escape(cell.text)}</span>'
