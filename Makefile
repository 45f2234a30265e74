# Leadhouse on one machine. `make run` is all a newcomer needs; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SPARK := .venv-spark
COMPANIES ?= 1
export DO_NOT_TRACK := 1

comma := ,
SCALE ?= S
SEED ?= 1
LEADHOUSE_DROP ?= drop
LEADHOUSE_HOME ?= .leadhouse
export LEADHOUSE_DROP LEADHOUSE_HOME

.PHONY: help run panels dev check test lint ruff mypy sqlfluff quick bench metrics docs lock clean environment \
	spark demo-api parity

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 16

run: $(STAMP) ## land, build, check and publish; makes up a demo company when there is no drop folder
	@test -e "$(LEADHOUSE_DROP)" || $(BIN)/leadhouse demo --scale $(SCALE) --seed $(SEED)
	@$(BIN)/leadhouse run

panels: $(STAMP) ## the published numbers as pages on this machine; make panels PORT=8051 for another port
	@$(if $(PORT),LEADHOUSE_PANELS_PORT=$(PORT)) exec $(BIN)/python -m panels

dev: $(STAMP) ## web UI and daemon on this machine; make dev PORT=3001 for another port than 3000
	@$(if $(PORT),LEADHOUSE_PORT=$(PORT)) exec $(BIN)/python -m orchestration.dev

check: $(STAMP) ## lints and every test that needs no build, about two minutes
	@$(MAKE) --no-print-directory --jobs 2 ruff mypy sqlfluff quick

test: $(STAMP) ## the gate: every lint and every test
	@$(MAKE) --no-print-directory --jobs 2 ruff mypy sqlfluff
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(STAMP) ruff mypy sqlfluff ## ruff, mypy, sqlfluff and the house's own lints
	$(BIN)/python -m tests.lints

ruff: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

mypy: $(STAMP)
	$(BIN)/mypy

# Half a minute for all of them, so that only what changed since the last pass is looked at again.
SQL := $(shell find models tests/data -name '*.sql')
SQL_RULES := .sqlfluff $(shell find macros tests/lints/jinja_library -name '*.sql' -o -name '*.py')
sqlfluff: $(VENV)/.sqlfluff
$(VENV)/.sqlfluff: $(SQL) $(SQL_RULES) | $(STAMP)
	$(BIN)/sqlfluff lint --processes 2 $(if $(filter $(SQL_RULES),$?),$(SQL),$(filter $(SQL),$?))
	@touch $@

# The house's own lints are among these tests.
quick: $(STAMP)
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m 'not slow' \
		$(addprefix --ignore tests/,warehouse orchestration macros)

bench: $(STAMP) ## measure land, build, audit and publish against the hand-written floor
	$(BIN)/python -m bench

METRICS ?= revenue,win_rate,cycle_days
BY ?= metric_time__month,user_day__team
metrics: export DBT_TARGET := published
metrics: $(STAMP) ## ask the semantic layer: make metrics METRICS=leads,sla_share BY=metric_time__week
	@$(BIN)/dbt parse --quiet
	@$(BIN)/mf query --metrics $(METRICS) --group-by $(BY) --order $(firstword $(subst $(comma), ,$(BY)))

docs: $(STAMP) ## write the generated documents, and dbt's browsable docs in the home folder
	@$(BIN)/python -m leadhouse.docs

lock: ## requirements*.in to requirements*.lock, with hashes
	$(PYTHON) -m venv .lock-venv
	.lock-venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	for group in requirements requirements-spark; do \
		.lock-venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-header --no-annotate --no-strip-extras --output-file $$group.lock $$group.in \
			|| exit 1; \
	done
	rm -rf .lock-venv

clean: ## remove caches; data and published builds stay
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info target logs
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

environment: $(STAMP) ## the Python environment alone

spark: $(SPARK)/.installed ## Spark for a cluster on this machine, 450 MB (docs/scale.md)

demo-api: $(STAMP) ## the demo company through vendors' interfaces and through files: the same tables
	$(BIN)/python -m tests.connectors.demo_api $(LEADHOUSE_HOME)/demo-api

parity: $(STAMP) ## build made-up companies on DuckDB and on Spark and compare every table: make parity COMPANIES=10
	@$(BIN)/python -m tests.parity --companies $(COMPANIES)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "Python 3.11 is needed; name it: make run PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(SPARK)/.installed: requirements-spark.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "Python 3.11 is needed; name it: make spark PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(SPARK)
	$(SPARK)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-spark.lock
	@touch $@

# The stamp is written last, so that an interrupted installation is taken up again.
$(STAMP): requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
