# Needs Python 3.11+ and make; everything else is installed under .venv and .local.
PY ?= python3
N ?= auto
# The gate runs the tests in the order of their files; `make test ORDER=` in another one each time.
ORDER = --randomly-seed=1 --randomly-dont-reorganize
# Dozens of processes start from the same files: where an image says so, each would compile them all again.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv/bin
PYTHON := $(VENV)/python
PIP := $(PYTHON) -m pip --disable-pip-version-check --no-input -q

# What production sets, for checks that never touch a server.
LIKE_PRODUCTION := DEBUG=0 SECRET_KEY=lint-lint-lint-Lint-lint-lint-lint-lint-lint-lint-0123456789 \
	ALLOWED_HOSTS=stillwater.example PUBLIC_BASE_URL=https://stillwater.example BEHIND_TLS_PROXY=1 \
	DATABASE_URL=postgres:///lint?host=/nonexistent REDIS_URL=redis://127.0.0.1:1/0

.DEFAULT_GOAL := help
.PHONY: help run env test cover faults properties nightly lint lint-style lint-types lint-layers lint-django format lock clean

help: ## these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.run ## the whole product with demo data: http://127.0.0.1:8000 (PORT=8001 make run)
	@exec $(PYTHON) -m config.local run

env: .venv/.run ## install what `make run` needs

test: .venv/.dev ## all tests; installs a browser as root, SKIP_BROWSER=1 does without
	@CHROMIUM=$$($(PYTHON) -m config.local browser) || exit 1; export CHROMIUM; \
	exec $(PYTHON) -m pytest -n $(N) $(ORDER) $(PYTEST)

cover: ## all tests, and which lines they reach; takes three quarters longer
	@$(MAKE) test PYTEST="--cov --cov-report=term --cov-fail-under=90"

PROPERTIES = scheduling/tests/test_openings.py scheduling/tests/test_openings_property.py scheduling/tests/test_series_property.py \
	scheduling/tests/test_overbooked_property.py

properties: .venv/.dev ## what the booking engine promises, on 4,100 practices made at random
	@exec $(PYTHON) -m pytest -n $(N) --hypothesis-profile=ci $(PROPERTIES)

nightly: .venv/.dev ## the same on 41,000
	@exec $(PYTHON) -m pytest -n $(N) --hypothesis-profile=nightly $(PROPERTIES)

faults: .venv/.dev ## the sender under faults, the long form: half an hour
	@exec $(PYTHON) -m tests.faults --write

lint: lint-style lint-types lint-layers lint-django ## every check that runs nothing

lint-style: .venv/.dev
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/djlint --quiet --lint templates

lint-types: .venv/.dev
	$(LIKE_PRODUCTION) $(VENV)/mypy

lint-layers: .venv/.dev
	$(VENV)/lint-imports --no-logo

lint-django: .venv/.dev
	$(LIKE_PRODUCTION) $(PYTHON) -W "ignore:Got an error checking" manage.py makemigrations --check --dry-run
	$(LIKE_PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING

format: .venv/.dev ## let ruff lay the code out
	$(VENV)/ruff check --fix-only --quiet .
	$(VENV)/ruff format .

# Extras stay in the lock: pip, asked for coverage[toml] by a package, otherwise takes the newest and refuses it for want of a hash.
COMPILE := $(VENV)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-strip-extras
lock: .venv/.dev ## requirements*.in to requirements*.txt
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-local.in -o requirements-local.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt

clean: ## forget the environment, the local data and the keys to it
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m config.local forget; fi
	rm -rf .venv staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage

.venv/.python:
	@command -v $(PY) >/dev/null || { echo "$(PY) not found: install Python 3.11 or newer, or name one: PY=python3.12 make run"; exit 1; }
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PY) is too old: Python 3.11 or newer is needed, as in PY=python3.12 make run"; exit 1; }
	@$(PY) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PY) lacks its venv module: on Debian and Ubuntu, apt install python3-venv"; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || $(PY) -m venv --clear .venv
	@touch $@

.venv/.run: requirements-local.txt | .venv/.python
	@echo "Installing what Stillwater needs (about half a minute) …"
	@$(PIP) install --require-hashes -r requirements-local.txt
	@touch $@

.venv/.dev: requirements-dev.txt | .venv/.python
	@echo "Installing what the tests need (about a minute) …"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@ .venv/.run
