"""Marts: from typed rows to figures."""
