"""`python -m warehouse`: the same as the `warehouse` command, for the supervisor, whatever PATH says."""

from warehouse.cli import main

main(prog_name="warehouse")
