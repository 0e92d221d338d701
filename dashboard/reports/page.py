"""The HTML of a report: self-contained, printable on A4, and with all text from data escaped."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from dashboard.provenance import Provenance

ACCENT = "#0072B2"
STYLE = f"""
@page {{ size: A4; margin: 13mm 14mm }}
* {{ box-sizing: border-box }}
body {{ font: 13px/1.45 system-ui, "Source Sans 3", "Noto Sans", sans-serif; color: #10151a; background: #fff;
  max-width: 190mm; margin: 2rem auto; padding: 0 1rem; print-color-adjust: exact; -webkit-print-color-adjust: exact }}
h1 {{ font-size: 26px; line-height: 1.2; margin: 0 }}
h2 {{ font-size: 14px; margin: 0 0 6px; break-after: avoid }}
p {{ margin: 0 0 6px }} ul {{ margin: 0; padding-left: 1.1em }} li {{ margin-bottom: 2px }}
.kicker {{ color: {ACCENT}; font-weight: 600; margin-bottom: 2px }}
.quiet {{ color: #4a4f55; font-size: 12px }}
.figures {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(104px, 1fr)); gap: 8px; margin: 14px 0 }}
.figures div, section {{ border: 1px solid #dededa; border-radius: 8px; padding: 9px 12px; break-inside: avoid }}
.figures b {{ display: block; font-size: 18px; line-height: 1.4; font-weight: 600; white-space: nowrap }}
.grid {{ display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px }}
section {{ margin-bottom: 10px }} .grid {{ margin-bottom: 10px }}
.grid > section, .grid > div > section:last-child {{ margin-bottom: 0 }}
svg {{ display: block; width: 100%; height: auto }}
table {{ border-collapse: collapse; width: 100% }} tr {{ break-inside: avoid }}
th, td {{ text-align: left; padding: 3px 10px 3px 0; border-bottom: 1px solid #ececea; vertical-align: top;
  overflow-wrap: anywhere }}
th {{ color: #4a4f55; font-weight: 500; overflow-wrap: normal; vertical-align: bottom }}
tr:last-child td {{ border-bottom: 0 }} td:last-child, th:last-child {{ padding-right: 0 }}
.fixed {{ white-space: nowrap; overflow-wrap: normal }}
.number {{ text-align: right; white-space: nowrap; overflow-wrap: normal; font-variant-numeric: tabular-nums }}
.share {{ display: inline-block; min-width: 42px }}
.bar {{ display: inline-block; width: 52px; height: 8px; margin-right: 6px; border-radius: 2px; background: #e3eff6 }}
.bar i {{ display: block; height: 100%; border-radius: 2px; background: {ACCENT} }}
footer {{ border-top: 1px solid #dededa; padding-top: 6px; margin-top: 12px }}
@media print {{
  body {{ max-width: none; margin: 0; padding: 0; font-size: 11px; line-height: 1.35 }}
  h2 {{ font-size: 12.5px; margin-bottom: 4px }} .quiet {{ font-size: 10px }} footer {{ line-height: 1.3 }}
  th, td {{ padding-top: 2px; padding-bottom: 2px }} .figures b {{ font-size: 15.5px }} .figures {{ margin: 10px 0 }}
  .figures div, section {{ padding: 7px 10px }}
}}
@media (max-width: 600px) {{ .grid {{ grid-template-columns: minmax(0, 1fr) }} }}
"""
# Nothing is fetched, and nothing runs, whatever the data holds.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Html(str):
    """Markup that is ours, or text that is escaped."""

    __slots__ = ()


class Figure(NamedTuple):
    """A figure, with its label, and a note such as its change."""

    label: str
    value: str
    note: str = ""


class Column(NamedTuple):
    """A column of a table: its heading, and whether it holds numbers, or text that stays in one line."""

    heading: str
    is_number: bool = False
    is_fixed: bool = False

    @property
    def attributes(self) -> str:
        """Those of its cells."""
        if self.is_number:
            return ' class="number"'
        return ' class="fixed"' if self.is_fixed else ' dir="auto"'


def html(kicker: str, lines: Sequence[str], parts: Iterable[Html], about: Provenance, note: str) -> str:
    """The page: what kind of report it is, lines below its heading, its parts, whence it is, a note on its method."""
    heading = about.whose or about.event
    title = escape(f"{heading}: {kicker.lower()}" if heading == about.event else f"{heading}, {about.event}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f'<header><p class="kicker">{escape(kicker)}</p><h1 dir="auto">{escape(heading)}</h1>'
        + "".join(f'<p class="quiet">{escape(line)}</p>' for line in lines if line)
        + f"</header><main>{''.join(parts)}</main>"
        f'<footer class="quiet"><p>{escape(note)}</p><p>{escape(about.sentence)}</p></footer></body></html>'
    )


def figures(shown: Iterable[Figure]) -> Html:
    """A row of cards."""
    return Html(
        '<div class="figures">'
        + "".join(
            f'<div>{escape(label)}<b>{escape(value)}</b><span class="quiet">{escape(note)}</span></div>'
            for label, value, note in shown
        )
        + "</div>"
    )


def section(heading: str, *content: Html) -> Html:
    """A card with a heading."""
    return Html(f"<section><h2>{escape(heading)}</h2>{''.join(content)}</section>")


def below(*sections: Html) -> Html:
    """Cards in one of two columns."""
    return Html(f"<div>{''.join(sections)}</div>")


def side_by_side(*sections: Html) -> Html:
    """Cards in two columns."""
    return Html(f'<div class="grid">{"".join(sections)}</div>')


def sentence(text: str) -> Html:
    """A paragraph in quiet type."""
    return Html(f'<p class="quiet">{escape(text)}</p>')


def points(sentences: Iterable[str]) -> Html:
    """A list of sentences."""
    return Html("<ul>" + "".join(f'<li dir="auto">{escape(text)}</li>' for text in sentences) + "</ul>")


def table(columns: Sequence[Column], rows: Iterable[Sequence[str | Html]]) -> Html:
    """A table. A cell is text, or markup of `bar`."""
    looks = [column.attributes for column in columns]
    head = "".join(f"<th{look}>{escape(column.heading)}</th>" for look, column in zip(looks, columns, strict=True))
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{look}>{cell if isinstance(cell, Html) else escape(cell)}</td>"
            for look, cell in zip(looks, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return Html(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def bar(share: float | None, text: str) -> Html:
    """A share from 0 to 1 as a bar, with its figure; a dash where there is none."""
    if share is None:
        return Html("—")
    filled = f'<i style="width:{100 * min(max(share, 0), 1):.1f}%"></i>'
    return Html(f'<span class="bar">{filled}</span><span class="share">{escape(text)}</span>')
