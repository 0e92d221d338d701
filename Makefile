# Each verb makes what it needs. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help demo run test lake check lint drills bench format docs release sql

PYTHON ?= python3
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
# Many containers set this. Without bytecode, each of our processes compiles everything again.
unexport PYTHONDONTWRITEBYTECODE
# Tests mostly wait for processes. With more than four tests at a time, these processes wait for each other.
PYTEST := $(BIN)/pytest --numprocesses 4 --dist worksteal
# The machine's certificates where there are some, since a company's proxy may need them; else uv's own.
export UV_SYSTEM_CERTS := $(if $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),true,false)

help:  ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

demo: $(BIN)/.synced  ## everything, with a simulated conference: dashboard at http://localhost:8501
	@$(BIN)/python .make/processes.py demo

run: $(BIN)/.synced  ## receiver, loader and dashboard
	@$(BIN)/python .make/processes.py

test: $(BIN)/.synced  ## all tests
	@$(PYTEST)

# Each test has a lake of its own. What is about the file is left out.
lake: $(BIN)/.synced  ## the tests of the warehouse again, on a lake instead of the file (postgresql from Debian)
	@$(PYTEST) --storage lake --ignore tests/warehouse/storage/file tests/warehouse

check: lint test  ## format, lint, types, imports, tests

lint: $(BIN)/.synced  ## format, lint, types, imports
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

drills: $(BIN)/.synced  ## break real processes, and show what survives (root; strace, libfaketime, systemd-container, mmdebstrap, buildah, radosgw, ceph-mon, ceph-osd, postgresql)
	@$(BIN)/pytest -m drill --verbose --durations=0

bench: $(BIN)/.synced  ## measure speed beside baselines (wrk, curl, postgresql and Ceph's radosgw from Debian)
	@$(BIN)/python tests/benchmarks/bench_ingest.py
	@$(BIN)/python tests/benchmarks/bench_warehouse.py
	@$(BIN)/python tests/benchmarks/bench_actions.py
	@$(BIN)/python tests/benchmarks/bench_dashboard.py
	@$(BIN)/python tests/benchmarks/bench_lake.py

format: $(BIN)/.synced  ## format, and fix what the linter can fix
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

docs: $(BIN)/.synced  ## write the table dictionary, warehouse/schema/README.md
	@$(BIN)/python .make/dictionary.py > .dictionary.tmp && mv .dictionary.tmp warehouse/schema/README.md

EXPORT = --quiet --locked --no-dev --no-emit-project --no-header
# The last line of the requirements is the wheel itself, so one command installs all of it by hash.
release: .uv/bin/uv  ## the wheel, its locked dependencies with their hashes, and checksums, in dist/
	@rm -rf dist
	@.uv/bin/uv build --quiet --wheel --python $(PYTHON)
	@.uv/bin/uv export $(EXPORT) --extra pdf --output-file dist/requirements.txt
	@.uv/bin/uv export $(EXPORT) --extra pdf --extra lake --output-file dist/requirements-lake.txt
	@cd dist && for wheel in *.whl; do echo "./$$wheel --hash=sha256:$$(sha256sum <$$wheel | cut -c -64)"; done \
		| tee -a requirements.txt requirements-lake.txt >/dev/null
	@cd dist && sha256sum *.whl *.txt | tee SHA256SUMS

sql: $(BIN)/.synced  ## a DuckDB prompt on the warehouse, read-only; make sql Q="..." prints one answer
	@$(BIN)/python .make/sql.py $(if $(Q),"$$Q")

# uv has its own environment: `uv sync` would remove it from the project's.
.uv/bin/uv: .make/bootstrap.py .make/uv.txt
	@echo "Setting up uv"
	@$(PYTHON) .make/bootstrap.py .uv

$(BIN)/.synced: .uv/bin/uv pyproject.toml uv.lock
	@echo "Setting up the locked dependencies"
	@.uv/bin/uv sync --locked --all-extras --quiet --python $(PYTHON)
	@touch $@
