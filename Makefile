# Every command that people and CI use; `make` alone lists them. Targets are idempotent: the virtual
# environment is made once, and again only when pyproject.toml changes.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# $(STAMP): what `make run` needs. $(DEV): the tools of tests and checks too. $(GEN): the protocol compiler, apart.
STAMP  := $(VENV)/.installed
DEV    := $(VENV)/.installed-dev
GEN    := $(VENV)/proto/.installed
PIP    := install --quiet --disable-pip-version-check

PROGRAM      ?= orrery
ARGS         ?=
PYTEST_ARGS  ?=
BENCH_ARGS   ?=
FUZZ_SECONDS ?= 60
SOAK_SESSIONS ?= 1000

PROTOS := $(wildcard proto/exclave/v1/*.proto)
PROTOC  = $(CURDIR)/$(VENV)/proto/bin/python -m grpc_tools.protoc \
          --plugin=protoc-gen-mypy_grpc=$(CURDIR)/$(VENV)/proto/bin/protoc-gen-mypy_grpc -I.

.PHONY: help run test check lint types imports buf proto proto-check programs programs-check golden soak fuzz bench clean
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  make %-15s %s\n", $$1, $$2 }'

run: $(STAMP)  ## compile, link and run a program out of process (PROGRAM=orrery ARGS="100 10")
	$(BIN)/exclave run --account $(sort $(wildcard tests/programs/$(PROGRAM)/*.ll)) -- $(ARGS)

test: $(DEV)  ## all tests but the long fuzzing (PYTEST_ARGS="-k name")
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint types imports buf proto-check  ## everything that CI checks besides the tests

lint: $(DEV)  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)  ## mypy --strict, the package and the benches
	$(BIN)/mypy
	MYPYPATH=tests $(BIN)/mypy --package bench
	$(BIN)/mypy tests/programs/regenerate.py

imports: $(DEV)  ## import-linter: who may import whom
	$(BIN)/lint-imports

buf: $(DEV)  ## buf lint: names and comments of the protocol
	cd proto && ../$(BIN)/buf lint

proto: $(GEN)  ## regenerate the protocol's Python code
	cd proto && $(PROTOC) --python_out=. --pyi_out=. --grpc_python_out=. --mypy_grpc_out=. $(PROTOS:proto/%=%)

proto-check: $(GEN)  ## the committed protocol code is what the .proto files give
	@set -eu; out=$$(mktemp -d); trap 'rm -rf "$$out"' EXIT; \
	(cd proto && $(PROTOC) --python_out="$$out" --pyi_out="$$out" --grpc_python_out="$$out" \
	    --mypy_grpc_out="$$out" $(PROTOS:proto/%=%)); \
	for file in "$$out"/exclave/v1/*; do diff -u "proto/exclave/v1/$${file##*/}" "$$file" \
	    || { echo "proto: not current, run 'make proto'" >&2; exit 1; }; done; \
	echo "proto: the generated code is current"

programs:  ## regenerate the IR and the expected output of tests/programs (needs clang-19)
	$(PYTHON) tests/programs/regenerate.py

programs-check:  ## the committed IR is what clang-19 gives
	$(PYTHON) tests/programs/regenerate.py --check

golden: $(DEV)  ## rewrite the golden files from what the linker does now; then look at `git diff`
	$(BIN)/python -m pytest -q tests/golden --update-golden

soak: $(DEV)  ## sessions that come and go, every third crashes: nothing is left of them (SOAK_SESSIONS=1000)
	EXCLAVE_SOAK_SESSIONS=$(SOAK_SESSIONS) $(BIN)/python -m pytest tests/hostile/test_hostile_soak.py

fuzz: $(DEV)  ## fuzz what reads untrusted bytes, FUZZ_SECONDS for each target
	$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/pip $(PIP) -e '.[fuzz]'
	set -e; for target in tests/fuzz/fuzz_*.py; do \
	    echo "== $$target, $(FUZZ_SECONDS) s"; $(BIN)/python $$target -max_total_time=$(FUZZ_SECONDS); done

bench: $(DEV)  ## measure against the targets and against the peers (BENCH_ARGS="--only link --json out.json")
	PYTHONPATH=tests $(BIN)/python -m bench $(BENCH_ARGS)

clean:  ## remove what the targets made, the virtual environment too
	rm -rf $(VENV) tests/bench/.work .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A half-made environment is worse than none, so pip's success is what makes the stamp.
$(STAMP): pyproject.toml
	@$(call need_python)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip $(PIP) -e .
	@touch $@

$(DEV): $(STAMP)
	$(BIN)/pip $(PIP) -e '.[dev]'
	@touch $@

# The oldest protocol compiler that we support, as pyproject.toml pins it: it must not share a venv with the runtime.
$(GEN): pyproject.toml
	@$(call need_python)
	@test -x $(VENV)/proto/bin/python || $(PYTHON) -m venv $(VENV)/proto
	$(VENV)/proto/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["proto"], sep="\n")' > $(VENV)/proto/requirements.txt
	$(VENV)/proto/bin/pip $(PIP) -r $(VENV)/proto/requirements.txt
	@touch $@

define need_python
command -v $(PYTHON) >/dev/null || { echo "no $(PYTHON): apt-get install python3 python3-venv" >&2; exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || { echo "$(PYTHON) is $$($(PYTHON) -V): Exclave needs 3.11; set PYTHON=" >&2; exit 1; }; \
$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
    || { echo "$(PYTHON) cannot make virtual environments: apt-get install python3-venv" >&2; exit 1; }
endef
