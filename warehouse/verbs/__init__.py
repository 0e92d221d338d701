"""The verbs of `warehouse`: their options, and what they show."""
