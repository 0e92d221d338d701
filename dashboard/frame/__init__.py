"""The frame around every page.

- `access`: sign-in
- `sidebar`: the filters
- `view`: what the page is handed: generation, filters, settings
- `welcome`: the screen before there is data
"""
