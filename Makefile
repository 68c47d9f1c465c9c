# Python 3.11+, git and make are all it takes. Everything lands in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: help demo test quick lint spark node bench docs lock clean
help:            ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

$(VENV)/run.stamp: requirements/run.txt pyproject.toml
	@test -x $(BIN)/python || { echo "making $(VENV) with $$($(PYTHON) --version)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing the locked packages (once)"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@echo "installing the locked development packages (once)"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/run.stamp  ## the main job on the emulated organization, no AWS account
	@$(BIN)/hubposture demo

test: lint       ## lint, types, layers, docs checks and every test; skips what the machine lacks and says so
	@$(BIN)/python -m pytest -n auto

quick: $(VENV)/dev.stamp  ## the fast tests alone
	@$(BIN)/python -m pytest -q -n auto -m "not slow"

lint: $(VENV)/dev.stamp  ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check src tests tools bench
	@$(BIN)/ruff format --check --quiet src tests tools bench
	@$(BIN)/mypy
	@$(BIN)/lint-imports

$(VENV)/spark.stamp: requirements/spark.txt $(VENV)/dev.stamp
	@echo "installing Spark, for the tests that compare it with DuckDB (once)"
	@$(PIP) install --require-hashes -r requirements/spark.txt
	@touch $@

spark: $(VENV)/spark.stamp  ## what the tests of Spark need besides Java; without it they are skipped

tests/web/node/node_modules/.package-lock.json: tests/web/node/package-lock.json
	@echo "installing what the browser tests take from npm (once)"
	@npm ci --prefix tests/web/node --no-audit --no-fund --loglevel=error

node: tests/web/node/node_modules/.package-lock.json  ## what the browser tests need besides Chromium and Node.js 20; without it they are skipped

bench: $(VENV)/dev.stamp  ## what was promised beside what this machine does
	@$(BIN)/python -m bench

docs: $(VENV)/dev.stamp  ## write the generated pages of docs/ anew
	@$(BIN)/python tools/docs.py

lock:            ## renew the locked versions
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade \
	  --extra sandbox --extra postgres --extra web --extra pdf --group build pyproject.toml -o requirements/run.txt
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade \
	  --extra sandbox --extra postgres --extra web --extra pdf --group build --group dev pyproject.toml -o requirements/dev.txt
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade \
	  --group spark -o requirements/spark.txt

clean:           ## remove everything that make made
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
