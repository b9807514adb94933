# antq-sync. `make help` lists every target.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# So many processes share the tests; each has a broker and a database of its own. Much of a test of
# faults is waiting, so two are quicker than one on a single core too.
JOBS ?= 2
# Tests start this program again and again, and the packages are installed uncompiled: where the
# environment forbids Python to keep what it compiled, each start would compile all of it again.
export PYTHONDONTWRITEBYTECODE :=
# The packages are pinned with hashes, so pip need not look at what they ask for.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

# -- environments

$(VENV)/runtime.done: requirements/runtime.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) --no-compile -r requirements/runtime.txt
	@touch $@

$(VENV)/dev.done: requirements/dev.txt requirements/units.txt $(VENV)/runtime.done
	$(PIP_INSTALL) -r requirements/dev.txt -r requirements/units.txt
	@touch $@

.PHONY: install
install: $(VENV)/dev.done ## Make the virtual environment with everything development needs

.PHONY: pins
pins: install ## Pin the newest packages that pyproject.toml allows, with hashes
	bash requirements/pin.sh $(BIN)/python

# -- see it work

.PHONY: demo
demo: $(VENV)/runtime.done ## Play a report year on the embedded profile and keep serving the pages
	$(BIN)/python -m services.app demo $(DEMO)

.PHONY: demo-kafka
demo-kafka: $(VENV)/dev.done ## The same on a real Kafka broker and PostgreSQL
	$(BIN)/python -m infra.backing run -- sh -c 'ANTQ_DEMO_KAFKA=$$ANTQ_TEST_KAFKA \
		ANTQ_DEMO_POSTGRES=$$ANTQ_TEST_POSTGRES exec $(BIN)/python -m services.app demo $(DEMO)'

# -- checks

.PHONY: test
test: $(VENV)/dev.done wheel-test ## Every test: unit, contract suites on every adapter, end to end, the wheel
	@# Go's own code checks our proofs; where there is no Go or no network, those tests say so and skip.
	@if command -v go >/dev/null; then (cd tests/node/ledger/go && go mod download) || true; fi
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(PYTEST)

.PHONY: test-containers
test-containers: $(VENV)/dev.done ## The adapters' tests with broker and database in containers
	$(BIN)/python -m pytest -m integration tests/infra tests/node $(PYTEST)

.PHONY: unit
unit: $(VENV)/dev.done ## Only the tests that need no server
	$(BIN)/python -m pytest -m "not integration and not e2e and not browser" $(PYTEST)

.PHONY: lint
lint: $(VENV)/dev.done ## ruff, mypy, import-linter; generated files against their sources
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python -m contracts.generate --check
	$(BIN)/python -m services.node.api.generate --check

.PHONY: format
format: $(VENV)/dev.done ## Put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: contracts
contracts: $(VENV)/dev.done ## Write schemas, golden samples and OpenAPI into contracts/
	$(BIN)/python -m contracts.generate
	$(BIN)/python -m services.node.api.generate

.PHONY: wheel
wheel: $(VENV)/dev.done ## Build the wheel into dist/
	rm -rf build dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

.PHONY: wheel-test
wheel-test: wheel ## Install the wheel into an environment of its own and use it
	bash tests/packaging/wheel.sh $(PYTHON) dist/*.whl

.PHONY: bench
bench: $(VENV)/dev.done ## Measure beside the plain library and the floor of this machine
	$(BIN)/python -m bench $(BENCH)

.PHONY: clean
clean: ## Remove what the other targets made
	rm -rf $(VENV) .cache .demo build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
