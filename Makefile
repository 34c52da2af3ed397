# Everything a newcomer needs is two targets: `make demo` and `make test`. Each sets up what it needs in .venv.
PYTHON ?= python3
BIN := .venv/bin
# torch is pinned for the development environment only; the package itself does not need it.
TORCH := torch==2.13.0

.PHONY: help demo models test check fix coverage page docs reference package first-hour container clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.venv/core: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/dev: .venv/core
	$(BIN)/python -m pip install --quiet "$(TORCH)"
	$(BIN)/python -m pip install --quiet --editable '.[parser,minilm,st,train,remote,hub,langchain,llamaindex]' --group dev
	@touch $@

demo: .venv/core ## the map of the example file: demo/map.html
	@mkdir -p demo
	$(BIN)/taskscape map examples/instructions.jsonl -o demo/map.html
	@echo "Open demo/map.html in a browser."

DATA ?= ../shared/data
models: .venv/dev ## train the shipped models from DATA, some two and a half hours on two cores
	$(BIN)/python -m taskscape.training.recipe $(DATA)

test: check ## lint, types, layers and all tests, with at least 90 % branch coverage
	$(BIN)/python -m pytest -n 2 --cov --cov-report=

check: .venv/dev ## lint, format, spelling, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell README.md docs src tests benchmarks web/src
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: .venv/dev ## format, and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

coverage: .venv/dev ## the same tests, and a list of what they do not reach
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term-missing:skip-covered

page: ## build the page of the map from web/ into the package
	cd web && npm ci && npm run build && npm test

docs: .venv/dev reference ## the documents as a site: dist/site/index.html
	$(BIN)/mkdocs build --strict

reference: .venv/dev ## write the generated pages: docs/cli.md, docs/api.md
	$(BIN)/python scripts/reference.py

package: .venv/dev ## wheel, sdist, bill of materials in dist/, built twice and compared
	$(BIN)/python scripts/package.py

PYTHONS ?= $(PYTHON)
first-hour: package ## the README and the tutorial from the wheel, in a new environment without network
	scripts/first_hour.sh $(PYTHONS)

container: .venv/core ## the steps of the Dockerfile without a container engine (Linux, root)
	$(BIN)/python scripts/container_steps.py

clean: ## remove what the targets made
	rm -rf .venv demo dist
