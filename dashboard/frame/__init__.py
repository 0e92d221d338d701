"""The frame around every page.

- `access`: who may enter
- `heading`, `bar`: the event, and the filters with their chips
- `view`: hands the page what to show
- `share`: the menu that hands on the link, reports and tables
- `welcome`: the screen before there is data
- `looks`: what Streamlit's theme has no option for
"""
