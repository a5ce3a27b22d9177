# Two commands are enough: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PORTAL_PORT ?= 8000
DEMO_DATA ?= instance
LANGUAGES := en es zh

.DEFAULT_GOAL := help

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Legajo needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	touch $@ $(VENV)/.runtime

CATALOGUES := $(foreach l,$(LANGUAGES),portal/translations/$(l)/LC_MESSAGES/messages.mo)

%.mo: %.po | $(BIN)/python
	$(BIN)/pybabel --quiet compile -i $< -o $@

install: $(VENV)/.runtime $(CATALOGUES) ## Set up .venv with what the portal needs to run

install-dev: $(VENV)/.dev $(CATALOGUES) ## Set up .venv with the tools for working on the portal too

demo: install ## Set up, make the demonstration archive (once) and serve it
	PORTAL_DATA=$(DEMO_DATA) $(BIN)/flask db upgrade
	if test -e $(DEMO_DATA)/demonstration; then cat $(DEMO_DATA)/demonstration; else PORTAL_DATA=$(DEMO_DATA) $(BIN)/flask demo; fi
	PORTAL_DATA=$(DEMO_DATA) $(BIN)/flask serve

serve: install ## Serve the portal with the data in instance/ (or PORTAL_DATA)
	$(BIN)/flask db upgrade
	$(BIN)/flask serve

test: install-dev ## Run the tests (SQLite; the main story in a browser where Chromium is installed)
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "story or not (browser or process or slow)"

slow-tests: install-dev ## Run the rest of them: every page in a browser, killed processes, many random archives and stories
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "(browser or process or slow) and not story"
	PORTAL_TEST_EXAMPLES=150 $(BIN)/python -m pytest tests/unit/lending_property

check: install-dev ## Lint, types, import contract, catalogues, lock files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.catalogues

all-checks: check test slow-tests ## Everything a developer runs before handing in

messages: install-dev ## Collect the strings and bring the catalogues up to date
	$(BIN)/pybabel --quiet extract -F babel.cfg -k N_ -k _l --no-location --sort-output --omit-header -o portal/translations/messages.pot .
	for l in $(LANGUAGES); do $(BIN)/pybabel --quiet update -l $$l -i portal/translations/messages.pot -d portal/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width=110; \
	  sed -i '/^"\(Report-Msgid\|POT-Creation\|PO-Revision\|Last-Translator\|Language-Team\|Generated-By\)/d' portal/translations/$$l/LC_MESSAGES/messages.po; done

lock: install-dev ## Compile requirements*.in into pinned, hashed files
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --override overrides.txt --no-header requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --override overrides.txt --no-header requirements-dev.in -c requirements.txt -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header requirements-reloaded.in -c requirements-dev.txt -o requirements-reloaded.txt

clean: ## Remove the environment and caches (never the data)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help install install-dev demo serve test slow-tests check all-checks messages lock clean
