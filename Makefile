# make site            the status site of this project, in _site
# make site ROOT=DIR   the site of another project
# make test            everything that has to pass
# make release PART=patch    the next version, with everything that has to pass
PYTHON ?= python3
ROOT ?= .
OUT ?= _site
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
# More than two processors: many tests wait for processes of their own.
JOBS ?= 4
# How many examples of each law.
EXAMPLES ?= 60
export EXAMPLES
# Compiled once, whatever the environment says: every test starts the program anew.
export PYTHONDONTWRITEBYTECODE =

PART ?= patch
export COMMENT

.PHONY: site release test lint types tests check reference lock golden bench format clean
.DEFAULT_GOAL := site

# A stamp for each set of requirements: installed again only when the lock changes.
$(VENV)/site.stamp: requirements/site.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "secstatus needs Python 3.11 or newer; found $$($(BIN)/python -V). Try: rm -rf $(VENV); make PYTHON=python3.11" >&2; exit 2; }
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/site.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test.stamp: requirements/test.txt $(VENV)/site.stamp
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/test.txt
	@touch $@

# docopt, which a peer needs, has no wheel.
$(VENV)/bench.stamp: requirements/bench.txt $(VENV)/site.stamp
	@$(PIP) install --require-hashes --only-binary :all: --no-binary docopt -r requirements/bench.txt
	@touch $@

# Reports that are newer than the status are ingested first; 1 says that a scan is not complete.
NEWER = find $(ROOT)/security/reports/latest -type f -newer $(ROOT)/security/status/live-status.json
site: $(VENV)/site.stamp
	@test -z "$$($(NEWER) 2>/dev/null)" || $(BIN)/secstatus ingest --root $(ROOT) || test $$? = 1
	@$(BIN)/secstatus build --root $(ROOT) --out $(OUT)

# The project's own bump, on itself; it asks, unless COMMENT is given.
release: $(VENV)/test.stamp
	@$(BIN)/secstatus bump $(PART) $(if $(COMMENT),--yes --comment "$$COMMENT")

test: lint types tests

lint: $(VENV)/test.stamp
	@$(BIN)/ruff check generator tests bench scripts
	@$(BIN)/ruff format --check --quiet generator tests bench scripts
	@$(BIN)/lint-imports --no-cache | tail -n 4
	@$(BIN)/python scripts/reference.py --check
	@$(BIN)/python scripts/workflows.py --check

types: $(VENV)/test.stamp
	@$(BIN)/mypy

tests: $(VENV)/test.stamp
	@sh scripts/chromium
	@sh scripts/servers
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q

check: test

# What is generated into the repository: schemas, OpenAPI, the command reference, the workflows.
reference: $(VENV)/site.stamp
	@$(BIN)/python scripts/reference.py
	@$(BIN)/python scripts/workflows.py

# The locked requirements, after pyproject.toml or a .in file has changed; pins stay where they can.
LOCK = $(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
lock:
	@$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/python -m pip install --disable-pip-version-check -q uv
	@$(LOCK) -o requirements/site.txt pyproject.toml requirements/site.in
	@$(LOCK) -c requirements/site.txt -o requirements/test.txt pyproject.toml requirements/site.in requirements/test.in
	@$(LOCK) -o requirements/bench.txt requirements/bench.in

# The expected sites of the tests; read the diff before you commit it.
golden: $(VENV)/test.stamp
	@SECSTATUS_REWRITE_GOLDEN=1 $(BIN)/python -m pytest -q tests/site tests/commands -k golden

format: $(VENV)/test.stamp
	@$(BIN)/ruff check --fix --quiet generator tests bench scripts
	@$(BIN)/ruff format --quiet generator tests bench scripts

bench: $(VENV)/bench.stamp $(VENV)/test.stamp
	@$(BIN)/python bench/run.py $(BENCH)
	@$(BIN)/python bench/ingest.py
	@$(BIN)/python bench/decide.py
	@$(BIN)/python bench/bump.py
	@$(BIN)/python bench/deploy.py
	@$(BIN)/python bench/publish.py
	@$(BIN)/python bench/journal.py
	@$(BIN)/python bench/usage.py
	@$(BIN)/python bench/serve.py

clean:
	rm -rf $(VENV) _site build dist
