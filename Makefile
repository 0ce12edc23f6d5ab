# Every target sets up what it needs in .venv and nothing outside it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONSAFEPATH :=

.DEFAULT_GOAL := help
.PHONY: help demo test check fix lock generate bench bench-long soak clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "caf-gateway needs Python 3.11 or newer: set PYTHON=python3.11 (or install it with: apt-get install python3)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing: install it with: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(INSTALLED) ## Tell the story of one referral, end to end (DIR=folder keeps what it made)
	@$(BIN)/caf-gateway demo $(if $(DIR),--keep $(DIR))

test: $(INSTALLED) ## Run the whole test suite
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "not soak and not performance" $(ARGS)

check: $(INSTALLED) ## Format, lint, types, import contracts, generated files, docs and proofs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.tools.generate --check
	@$(BIN)/caf-gateway policy check policies --brief

fix: $(INSTALLED) ## Format and mend what can be mended by itself
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

generate: $(INSTALLED) ## Write generated code, schemas and docs anew
	@$(BIN)/python -m tests.tools.generate

lock: $(INSTALLED) ## Pin the newest versions of all packages, with hashes
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes --upgrade --no-emit-index-url --no-header --quiet -o requirements.lock

bench: $(INSTALLED) ## Measure, as ratios against honest baselines, into build/bench.json
	@$(BIN)/python -m tests.performance.bench

bench-long: $(INSTALLED) ## The long measurements
	@$(BIN)/python -m tests.performance.bench --long

soak: $(INSTALLED) ## The long fault tests
	@$(BIN)/python -m pytest -q -m soak --timeout 3600 $(ARGS)

clean: ## Remove what the other targets made
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis
