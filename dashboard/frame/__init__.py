"""The frame around every page.

- `access`: sign-in
- `sidebar`: the filters
- `view`: hands the page what to show
- `welcome`: the screen before there is data
- `share`: the menu that hands on the link, reports and tables
"""
