"""The inbox: the durable queue between receiver and loader, an SQLite file."""
