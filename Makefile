# Two commands matter: `make run` opens the chat, `make test` runs every test.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
RUN := $(UV) run --frozen
PORT ?= 8000

.PHONY: help run test lint format typecheck bench bench-peers clean install install-dev install-load-generator

help: ## List what can be made
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

run: install ## Install, start the database and open the chat on http://127.0.0.1:8000
	@$(RUN) --no-dev --inexact neuralnav serve --port $(PORT)

test: install-dev install-load-generator ## Run every test, fast ones first
	@$(RUN) pytest -n $$(($$(nproc) + 1)) --dist loadfile --no-loadscope-reorder

lint: install-dev ## Check style, types and the layers
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@$(RUN) lint-imports

format: install-dev ## Put the code into its one style
	@$(RUN) ruff check --fix
	@$(RUN) ruff format

typecheck: install-dev ## Check types
	@$(RUN) mypy

bench: install-dev ## Measure the speed that the documentation claims
	@$(RUN) python -m bench

bench-peers: install-dev ## The same, beside other estimators that are installed for it
	@$(RUN) python -m bench --peers

clean: ## Remove what the other targets made in this directory
	rm -rf .venv .uv .load-generators .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build

install: $(UV)
	@echo "Installing packages ..."
	@$(UV) sync --frozen --no-dev --inexact --quiet

install-dev: $(UV)
	@echo "Installing packages and development tools ..."
	@$(UV) sync --frozen --quiet

install-load-generator: install-dev
	@$(RUN) python -m bench.load_generators --install aiperf

.uv/bin/uv:
	@echo "Installing uv into .uv ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "NeuralNav needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .uv || \
	  { rm -rf .uv; echo "Python cannot make virtual environments here. On Debian: apt-get install python3-venv"; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
