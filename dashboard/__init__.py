"""The dashboard: reads the published warehouse, and nothing else.

- `streamlit_app`: the frame around every page; its parts are in `frame`
- `app_pages`: a script for each page
- `sections`: parts that pages share
- `display`: tables, charts, text and downloads, as pages show them
- `queries`, `charts`: SQL, one module a subject; from a frame to a chart
- `data`, `filters`: the connection with its cache; the filters as SQL
- `sandbox`, `redaction`: visitors' SQL; payloads without anybody in them
- `settings`: from the environment
"""
