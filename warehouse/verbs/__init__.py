"""The verbs of `warehouse` that have options and a report of their own."""
