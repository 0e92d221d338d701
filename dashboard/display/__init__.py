"""Display: tables, charts and their files, as each page shows them."""
