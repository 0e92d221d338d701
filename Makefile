# Each verb makes what it needs. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help demo run test check format sql clean

PYTHON ?= python3
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never

help:  ## this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/' | expand -t 16

# uv lives in an environment of its own: `uv sync` would remove it from the project's.
.uv/bin/uv: .ci/bootstrap.py
	@echo "Setting up: uv"
	@$(PYTHON) .ci/bootstrap.py .uv

$(BIN)/.synced: .uv/bin/uv pyproject.toml uv.lock
	@echo "Setting up: the locked dependencies"
	@.uv/bin/uv sync --locked --quiet --python $(PYTHON)
	@touch $@
