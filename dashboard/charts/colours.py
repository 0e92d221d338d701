"""Colours that every kind of colour vision tells apart, on white as on near-black (Okabe and Ito; cividis)."""

from typing import Literal

BLUE = "#0072B2"
# For kinds of things; the last one is for all others together.
KINDS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C")
OTHER = "Other"
# For amounts: from dark blue to yellow, even in grey.
AMOUNTS: Literal["cividis"] = "cividis"
