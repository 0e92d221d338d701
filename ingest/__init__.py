"""The receiver of Zuddl's webhooks, and the tools to try it: a simulator and a sender."""
