# Everything a person types. `make report` and `make test` are complete on a machine that has only
# Python 3.11 or later (with venv), make and git.

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
CODE := cvlab tests tools benchmarks conftest.py
PARTS := $(patsubst %.py,%,$(patsubst %/__init__.py,%,$(wildcard cvlab/*/__init__.py cvlab/[a-z]*.py)))

.DEFAULT_GOAL := help
.PHONY: help setup lab report test test-all check bench docs lock clean

help: ## list what can be made
	@echo 'make TARGET, where TARGET is one of'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' Makefile
	@echo 'Another Python: make PYTHON=python3.12 setup. More arguments: make report ARGS="--effort full".'

setup: $(INSTALLED) ## make .venv with the locked set of packages, and cvlab itself

# A half-made environment has no stamp, so the next call goes on from where this one stopped.
$(INSTALLED): requirements.lock pyproject.toml
	@command -v $(PYTHON) > /dev/null || { \
	    echo 'cvlab needs Python 3.11 or later, and $(PYTHON) is not on the PATH:' \
	         'install it, or name yours: make PYTHON=/path/to/python3 setup' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "cvlab needs Python 3.11 or later, and $(PYTHON) is $$($(PYTHON) -V 2>&1):" \
	         'name a later one: make PYTHON=python3.12 setup' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
	    echo '$(PYTHON) cannot make environments: install its venv module' \
	         '(Debian and Ubuntu: apt install python3-venv)' >&2; exit 1; }
	@$(BIN)/python -c '' 2> /dev/null || $(PYTHON) -m venv --clear $(VENV)
	@if command -v uv > /dev/null; then \
	    install="uv pip install --quiet --python $(BIN)/python"; \
	else \
	    install="$(BIN)/python -m pip install --disable-pip-version-check --quiet"; \
	fi; \
	echo 'Installing the locked packages into $(VENV): about two minutes, once'; \
	$$install --require-hashes -r requirements.lock && \
	$$install --no-deps --no-build-isolation -e .
	@touch $@

lab: setup ## open JupyterLab on the notebooks
	$(BIN)/cvlab lab $(ARGS)

report: setup ## make the customer value reports of the three sample product lines
	$(BIN)/cvlab report $(ARGS)

test: setup ## run the tests, without the slow ones
	$(BIN)/python -m pytest -m 'not slow' -n 2 --dist loadfile $(ARGS)

test-all: setup ## run all tests, the slow ones too
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: setup ## look for mistakes without running: style, types, direction of imports
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: setup ## measure cvlab beside its peers
	$(BIN)/python -m benchmarks $(ARGS)

# pdoc describes what a module holds: names that load on first use are loaded first. A type that a result inherits
# from another module stands on the page as written, without a link; that is no reason to warn.
LOAD := import cvlab, cvlab.reports; [getattr(m, n) for m in (cvlab, cvlab.reports) for n in m.__all__]
docs: setup ## write the reference pages to docs/api
	$(BIN)/python -W 'ignore:Error parsing type annotation' -c '$(LOAD); from pdoc.__main__ import cli; cli()' \
	    --docformat numpy --output-directory docs/api cvlab $(subst /,.,$(PARTS))
	@echo 'Open docs/api/index.html'

lock: setup ## pin every package anew: requirements.lock and environment.yml
	$(BIN)/python -m tools.lock

clean: ## remove .venv, caches and reference pages; reports stay
	rm -rf $(VENV) docs/api dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find cvlab tests tools benchmarks -type d -name __pycache__ -prune -exec rm -rf {} +
