"""The dashboard: a reader of the published warehouse, and of nothing else."""
