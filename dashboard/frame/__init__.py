"""The frame around each page: who may look, the filters, and what is shown before there is data."""
