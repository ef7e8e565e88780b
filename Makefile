# Everything a developer or a first visitor needs; each target does its own set-up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# The tests run the GPU's kernels through Triton's interpreter. CUDA builds of torch bring the one version that they work
# with, CPU builds bring none: so it is no dependency of the project, and comes only where it is missing. It has no builds
# but for Linux, and no longer any of the newest version for Python 3.10. Without it those tests are skipped.
TRITON := 'triton==3.9.0 ; python_version >= "3.11"' 'triton==3.8.0 ; python_version < "3.11"'

# Two at a time, for half of their time they wait for a process or a clock; a file's tests share what they are slow to make.
TESTS := $(BIN)/python -m pytest -n 2 --dist loadfile

.PHONY: help run demo setup page client test check soak bench clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: page ## Start the studio at http://127.0.0.1:8000: server and worker, until Ctrl-C
	@exec $(BIN)/coaxial studio

demo: $(READY) ## Make a demo voice from generated speech and let it speak (CPU, a few minutes)
	@$(BIN)/python tools/demo.py

setup: $(READY) ## Make .venv with the command line program, .venv/bin/coaxial
	@echo "Ready: $(BIN)/coaxial --help"

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "Python 3.10 or newer is needed, and $(PYTHON) is not. Name another: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV); the first time this takes some minutes, mostly PyTorch."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@$(BIN)/python -c 'import sys; sys.platform == "linux" and __import__("triton")' 2>/dev/null || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(TRITON) || \
	  echo "Triton cannot be installed here: the tests of the GPU's kernels will be skipped."
	@touch $(READY)

page: $(READY) ## Build the studio's page, where its sources are newer
	@$(BIN)/python hatch_build.py

client: $(READY) ## Make the page's types from what the server says of itself
	@$(BIN)/python tools/describe_api.py
	@$(BIN)/python hatch_build.py npm run client --silent

test: page ## Run the tests
	@$(TESTS)

check: page ## Lint, format, types, layers and tests: what has to pass
	@$(BIN)/python tools/describe_api.py --check
	@$(BIN)/python hatch_build.py npm run check --silent
	@$(BIN)/python hatch_build.py npm test --silent
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(TESTS)

soak: $(READY) ## Kill workers, jobs, servers and brokers at random moments, fifty times each (hours; COAXIAL_SOAK_KILLS=5: less)
	@$(BIN)/python -m pytest -m soak -rP

bench: $(READY) ## Measure every claim beside its peer (long)
	@set -e; for script in bench/prepare.py bench/download.py bench/inspect_checkpoint.py bench/diphone_coverage.py \
	  bench/broker.py bench/server.py bench/web.py bench/page_speed.py bench/metrics_answer.py bench/train_step.py bench/train_run.py; do \
	  echo "== $$script"; $(BIN)/python "$$script"; done

clean: ## Remove .venv, caches and the demo's data; nothing of yours
	rm -rf $(VENV) demo build dist frontend/node_modules src/coaxial/page src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
