# Every target sets up what it needs first; a second run spends well under a second on that.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
STACK ?= prod
PY := .venv/bin/python
SANDBOX := $(PY) -m sandbox
TESTS ?= tests services/backend/tests services/frontend/tests

.PHONY: help setup setup-python up preview refresh status down test check docs bench

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  STACK=prod|dev chooses the stack (now: $(STACK)); PYTHON=... chooses the Python >= 3.11 to set up with"

setup: ## virtual environment and Pulumi CLI
	@command -v $(PYTHON) >/dev/null || { echo "set-up: no $(PYTHON) on PATH: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) tools/setup.py

setup-python:
	@command -v $(PYTHON) >/dev/null || { echo "set-up: no $(PYTHON) on PATH: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) tools/setup.py --without-cli

up: setup ## bring the stack up here: real Pulumi engine, moto as the cloud or your Docker engine
	@$(SANDBOX) up --stack $(STACK)

preview: setup ## show what an up would change
	@$(SANDBOX) preview --stack $(STACK)

refresh: setup ## show and adopt what was changed in the cloud behind Pulumi's back
	@$(SANDBOX) refresh --stack $(STACK)

status: setup ## is the sandbox up, and what is in it
	@$(SANDBOX) status --stack $(STACK)

down: setup ## lift protection, destroy, check that nothing is left; VOLUMES=1 removes Docker volumes too
	@$(SANDBOX) down --stack $(STACK) $(if $(VOLUMES),--volumes)

test: setup ## every test that this machine can run
	@$(PY) -m pytest -n 2 $(TESTS)

check: setup-python ## format, lint, types, documents
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m basedpyright
	@$(PY) -m pytest -q tests/docs

docs: setup-python ## write the generated pages
	@$(PY) -m docs

bench: setup ## the figures: up, preview, down, program time against a flat program
	@$(PY) -m tests.bench
