# Every target sets up what it needs in .venv, once: a stamp keyed to the files that say what to install makes the next
# run skip it. A machine needs Python 3.11 or later, git and make; pip's own settings say where packages come from.

PYTHON ?= python3
WORKERS ?= 2
RUNS ?= 20000

BIN := .venv/bin
KEY := $(shell cat pyproject.toml constraints.txt | cksum | cut -d ' ' -f 1)-$(shell echo '$(CURDIR)' | cksum | cut -d ' ' -f 1)
PLAIN := .venv/.plain-$(KEY)
DEV := .venv/.dev-$(KEY)
TYPES := $(BIN)/python -m mypy
BESIDE := .venv/.beside
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --constraint constraints.txt
# On all cores, where pip would compile on one; the tests of libraries are never imported.
COMPILE := $(BIN)/python -W ignore -m compileall -qq -j 0 -x '/tests/' .venv/lib || true

.PHONY: help demo test check style fix bench parity soak fuzz docs audit clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

demo: $(PLAIN) ## draw a small collection of signs, build arrays, crops and a manifest of it into demo/, and say where the report is
	@$(BIN)/chereme demo --out demo

# mypy takes a core for a minute and tests often wait: both at once, and what mypy says comes after the tests.
test: style docs ## everything a change must pass: check, docs, and the tests
	@$(TYPES) > $(BESIDE) 2>&1 & beside=$$!; trap "kill $$beside" INT TERM; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup; tests=$$?; \
	wait $$beside; types=$$?; cat $(BESIDE); exit $$((tests | types))

check: style ## style and types: ruff, mypy
	@$(TYPES)

style: $(DEV)
	@$(BIN)/python -m ruff check --quiet .
	@$(BIN)/python -m ruff format --quiet --check .

fix: $(DEV) ## what ruff can mend by itself
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .

bench: $(DEV) ## the measurements of speed, memory and truth behind the README and the docs; best on an idle machine
	@for script in benchmarks/bench_*.py; do echo "$$script" && $(BIN)/python "$$script" || exit 1; done

parity: $(DEV) ## points beside MediaPipe's own and beside known joints, on the same frames; about a quarter of an hour
	@$(BIN)/python benchmarks/parity.py

soak: $(DEV) ## 200 builds with a fault each at a seeded moment, and what must hold in the end; a quarter of an hour
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.faults.soak --runs 200 --record benchmarks/soak.json

fuzz: $(DEV) ## parsers and readers fed with what chance makes of sound files: RUNS inputs each
	@$(BIN)/python -m tests.hostile.fuzz --runs $(RUNS)

docs: $(DEV) ## the pages, into site/; a broken link is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

audit: $(DEV) ## libraries with versions and licenses, an error where one is not permitted; and known holes, where pip-audit is
	@$(BIN)/python docs/dependencies.py
	@if $(BIN)/python -c 'import pip_audit' 2>/dev/null; then $(BIN)/python -m pip_audit --local --skip-editable; else \
	echo "known holes: pip install pip-audit, then make audit; it asks pypi.org, so it needs the network"; fi

clean: ## remove what the other targets made, .venv as well
	rm -rf .venv demo site dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else "chereme needs Python 3.11 or later; $(PYTHON) is %d.%d; name another: make PYTHON=python3.11" % v[:2])'
	@$(PYTHON) -m venv .venv

$(PLAIN): | $(BIN)/python
	@echo "setting up .venv (once; a few minutes)"
	@$(PIP_INSTALL) --editable .
	@$(COMPILE)
	@rm -f .venv/.plain-* .venv/.dev-* && touch $@

$(DEV): | $(BIN)/python
	@echo "setting up .venv with the tools for tests and docs (once; a few minutes)"
	@$(PIP_INSTALL) --editable '.[dev]'
	@$(COMPILE)
	@rm -f .venv/.plain-* .venv/.dev-* && touch $(PLAIN) $@
