"""How figures look on a page and in files.

- `tables`, `columns`: a table with its downloads; the label and number format of each column
- `chart`: a chart with its downloads
- `text`: numbers and foreign text in sentences
- `pickers`: widgets by which a visitor picks one of several
- `downloads`: files that are made when their button is pressed
- `exports`, `workbook`, `pictures`: the files themselves: CSV and Parquet, Excel, PNG and SVG
- `about`: what every file says about itself
"""
