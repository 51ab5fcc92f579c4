PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ROOMS := wirewatch connectors extraction watchlist storage alerts flows console
CONFIG ?= examples/wirewatch.yaml
MINUTES ?= 60
KILLS ?= 1000
WORKERS ?= 4

export PREFECT_SERVER_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help setup run test test-long check format bench soak check-compose clean

help: ## what you can make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(READY) ## the environment in .venv, from constraints.txt (the others call it)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("wirewatch needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 setup") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once; a minute or two) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

run: $(READY) ## apply $(CONFIG), poll once, deliver, show the hits (CONFIG=… takes another)
	@$(BIN)/wirewatch run --once --config '$(CONFIG)'

test: $(READY) ## the tests
	@$(BIN)/python -m pytest

test-long: $(READY) ## the tests that take minutes: two Prefect workers on Postgres
	@$(BIN)/python -m pytest -m long

check: $(READY) ## format, lint, types, import rules, entrypoints
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m flows.entrypoints prefect.yaml

format: $(READY) ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY) ## the benchmarks; results go into docs/benchmarks.md
	@$(BIN)/python -m benchmarks

soak: $(READY) ## an hour on a world of news with faults, ten minutes of killed workers, 1,000 kills (MINUTES=… WORKERS=… KILLS=…)
	@$(BIN)/python -m soak world --minutes $(MINUTES)
	@$(BIN)/python -m soak workers --workers $(WORKERS)
	@$(BIN)/python -m soak kills --number $(KILLS)

check-compose: ## whether Docker Compose takes compose.yaml (needs docker)
	@POSTGRES_PASSWORD=x docker compose --file compose.yaml config --quiet && echo "compose.yaml is in order"

clean: ## remove the environment and all state
	rm -rf $(VENV) .wirewatch examples/.wirewatch
