"""The receiver of Zuddl's webhooks, and the tools to try it: a simulator and a sender.

- `cli`: the command line
- `serve`: the receiver's process, from its first check to its last delivery
- `receive`: HTTP: verifies, answers, shows health and metrics
- `commit`: many deliveries in one transaction of the inbox
- `supervisor`: the loader's process, started and ended with the receiver's
- `signature`: how a body is signed and checked; `diagnose`: why a signature fails, and what to set
- `settings`: what the environment says; `metrics`: what Prometheus asks
- `send`: posts deliveries as Zuddl does; `simulate`: makes up a conference of them
"""
