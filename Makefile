# Two commands: `make run` and `make test`. Neither asks a question.
VENV ?= .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
HOME_DIR ?= $(CURDIR)/var/tocsin
# Tests that start whole systems (tests/conftest.py marks them); to read all the others first would take longer than some of them.
WHOLE := tests/e2e tests/browser tests/drill tests/doors/cli/test_up.py tests/adapters/probes/test_drill_case.py
.DEFAULT_GOAL := help
.PHONY: help run test setup check lint unit soak fuzz lock apt browser

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/'

setup: $(VENV)/.ready ## prepare .venv with the tocsin command in it

$(VENV)/.ready: requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (once; a minute or two) ..."
	@python3 -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test-ready: $(VENV)/.ready requirements-test.lock
	@echo "Installing what the tests need ..."
	@$(PIP) --require-hashes -r requirements-test.lock
	@touch $@

run: $(VENV)/.ready ## start Tocsin on embedded SQLite; its first start plays a drill
	@exec $(VENV)/bin/tocsin up --home $(HOME_DIR) --with-drills --first-drill

apt: ## install the Debian packages that the tests' real servers need
	@sh tests/apt.sh tests/apt.txt

test: apt $(VENV)/.test-ready ## set up and run every check and test, the checks beside the first tests
	@$(MAKE) --no-print-directory -j 2 check unit

check: $(VENV)/.test-ready lint ## lint, types, import contracts
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache | tail -n 20

lint: $(VENV)/.test-ready ## format and lint
	@$(VENV)/bin/ruff format --check -q . && $(VENV)/bin/ruff check -q .

unit: $(VENV)/.test-ready ## every test; those that start whole systems after the others, by group
	@$(PY) -m pytest -q -n 2 --dist loadgroup -m "not e2e"
	@$(PY) -m pytest -q -n 3 --dist loadgroup --no-loadscope-reorder -m e2e $(WHOLE)

soak: $(VENV)/.test-ready ## the long runs: 10 000 simulated worlds, 40 kills of either process, 50 under a flood of alerts, 200 in chaos
	@$(PY) -m bench.simulation --seeds 10000 --json
	@$(PY) -m bench.crash --kills 40 --json
	@$(PY) -m bench.kept --kills 50 --json
	@$(PY) -m bench.chaos --kills 200 --json
	@$(PY) -m bench.timers --json

fuzz: $(VENV)/.test-ready ## 20 000 made-up posts at the door, 20 000 at the sources alone, and 40 of each operation
	@$(PY) -m bench.fuzz --inputs 20000 --json

lock: ## pin every dependency anew, with hashes and no index address
	@$(PY) -m uv --version >/dev/null 2>&1 || $(PIP) uv
	@$(PY) -m uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--extra drill --extra build pyproject.toml -o requirements.lock
	@$(PY) -m uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--extra drill --extra build --extra test -c requirements.lock pyproject.toml -o requirements-test.lock
