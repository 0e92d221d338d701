"""What the verbs of the `warehouse` command do, a module each."""
