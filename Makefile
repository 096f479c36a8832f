# Everything a user or a developer runs. `make` alone lists it. Needs Python >= 3.11 with venv, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup dev bench board test test-all lint perf clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## make .venv and install what running needs

dev: $(VENV)/.ready-dev ## the same, and what tests and lint need

bench: $(VENV)/.ready ## METHOD=maven [ARGS="--size smoke"]: train, score, cost and show a method and the floors
ifndef METHOD
	@echo 'say which method: make bench METHOD=maven   (all of them: $(BIN)/abaw methods)' >&2; exit 2
endif
	@$(BIN)/abaw bench $(METHOD) $(ARGS)

board: $(VENV)/.ready ## make the leaderboard again from runs/records
	@$(BIN)/abaw board $(ARGS)

test: $(VENV)/.ready-dev ## the tests that must always pass, under ten minutes on two cores
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

test-all: $(VENV)/.ready-dev ## every test, the slow ones too
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not gpu" $(ARGS)

lint: $(VENV)/.ready-dev ## style, types and import rules
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

perf: $(VENV)/.ready-dev ## speed, as ratios against peers measured in the same run
	@$(BIN)/python -m pytest tests/perf -m "not gpu" --benchmark-enable --benchmark-only -q -s $(ARGS)

clean: ## remove .venv and caches; runs/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

# Byte code is left to the first import: compiling all of torch and transformers costs more than it saves.
$(VENV)/.ready: pyproject.toml constraints/lock.txt | $(BIN)/python
	@echo 'Installing into $(VENV): about a minute with a warm download cache, 2 GB on disk.'
	$(PIP) install --no-compile -c constraints/lock.txt -e '.[cpu]'
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(PIP) install --no-compile -c constraints/lock.txt -e '.[cpu,dev]'
	@touch $@
