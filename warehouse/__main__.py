"""The command `warehouse`, and `python -m warehouse`, which the supervisor starts, whatever PATH says."""

import sys

# The warehouse needs no NumPy. Where there is none, pyarrow does not import pandas either.
sys.modules["numpy"] = None  # type: ignore[assignment]  # this is how Python spells "not installed"

from warehouse.cli import main

if __name__ == "__main__":
    main(prog_name="warehouse")
