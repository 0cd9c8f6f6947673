# setup makes .venv; every other target calls it first. EXTRA=cuda on a machine with a GPU.
# Compiled packages load in less than half the time, in each of a run's programs.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
EXTRA ?= cpu
UV_VERSION := 0.13.9
BIN := .venv/bin
CASES ?= 2000
KILLS ?= 50
MODEL := models/SmolLM2-135M-Instruct

# uv does not read pip's settings, so they are handed over. Without local wheels, the CPU build of
# torch comes from PyTorch's own index.
export UV_FIND_LINKS := $(PIP_FIND_LINKS)
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX := $(PIP_INDEX_URL)
endif
ifeq ($(EXTRA),cpu)
CONSTRAINTS := --constraints constraints-cpu.txt
ifndef PIP_FIND_LINKS
TORCH := --torch-backend=cpu
endif
endif

LOCK := $(BIN)/uv pip compile pyproject.toml --python $(BIN)/python \
	--python-platform x86_64-unknown-linux-gnu --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --quiet

.PHONY: setup model demo wheel test quick fault-test check format docs site locks clean

setup: .venv/.ready-$(EXTRA)

.venv/.ready-$(EXTRA): pyproject.toml constraints-cpu.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --python $(BIN)/python --compile-bytecode $(TORCH) $(CONSTRAINTS) --editable '.[$(EXTRA),dev]'
	touch $@

model: setup
	$(BIN)/python examples/fetch_smollm2.py $(MODEL)

demo: setup
	@$(BIN)/audit demo

# What `uv tool install` and `pip install` take; it holds all that the command needs.
wheel: setup
	$(BIN)/uv build --wheel --quiet --out-dir dist

test: setup
	$(BIN)/python -m pytest

# What needs no model, no browser, no long simulation and no whole run, as tests/marks.py says.
quick: setup
	$(BIN)/python -m pytest -m "not model and not browser and not simulation and not whole_runs"

# Bad inputs and kills: two campaigns over the real command; docs/reliability.md has the counts.
fault-test: setup
	PYTHONPATH=tests $(BIN)/python -P benchmarks/faults.py $(CASES) $(KILLS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup
	$(BIN)/python docs/generate.py

# The documents as a site under dist/site; a link that leads nowhere ends it.
site: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

clean:
	rm -rf .venv runs models .pytest_cache .ruff_cache .mypy_cache

# Every package with its version and hashes, for both extras, and under which licence each comes.
locks: setup
	$(LOCK) --extra cpu $(CONSTRAINTS) --output-file requirements/cpu.txt > /dev/null
	$(LOCK) --extra cuda --output-file requirements/cuda.txt > /dev/null
	$(BIN)/python docs/licences.py
