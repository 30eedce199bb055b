# make run       installs the project into .venv and runs the bundled study
# make test      passes the fast tests, some of every room; under two minutes of one processor
# make test-all  passes all tests
# make docs      builds the documentation site, docs/_build/html/index.html
# make browser   passes the tests of pages in a Chromium of this machine
# make check     everything CI does
#
# Nothing is needed but make and Python 3.11 or newer; PYTHON=/path/to/python picks one.

VENV := .venv
BIN := $(VENV)/bin
CANDIDATES := $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python)

# Uncompiled packages start three to five times slower.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := run
.PHONY: run test test-all lint notebooks docs docs-links browser check clean

run: $(VENV)/.run
	$(BIN)/eventstudy run --out eventstudy-out

# Last, so that the output ends with pytest's own summary.
check: lint notebooks docs $(VENV)/.browser
	@$(MAKE) --no-print-directory test-all

# The arrays are small: more threads in each process only wait for each other.
test test-all: export OPENBLAS_NUM_THREADS := 1

# One process: each further one must read all tests first, at the cost of many of these.
test: $(VENV)/.test
	@$(BIN)/python -m pytest -m "not slow"

test-all: $(VENV)/.test
	@$(BIN)/python -m pytest -n auto --hypothesis-profile all

lint: $(VENV)/.lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	.ci/typed $(BIN)
	$(BIN)/lint-imports

# The environment's own kernel, not one of the same name in the home folder.
notebooks: export JUPYTER_PREFER_ENV_PATH := 1
notebooks: $(VENV)/.notebooks
	$(if $(wildcard notebooks/*.ipynb),$(BIN)/python -m pytest --nbmake --nbmake-timeout=300 \
	  notebooks,@echo "no notebooks yet")

# The pages of the gallery run; warnings, such as a link to nowhere, are errors.
docs docs-links: export JUPYTER_PREFER_ENV_PATH := 1
docs docs-links: export OPENBLAS_NUM_THREADS := 1
docs: $(VENV)/.docs
	@$(BIN)/python -m sphinx -q -W --keep-going -j auto -c docs -d docs/_build/doctrees . docs/_build/html
	@echo "docs/_build/html/index.html"

# Asks the network for every link that leads out.
docs-links: $(VENV)/.docs
	@$(BIN)/python -m sphinx -q -c docs -b linkcheck -d docs/_build/doctrees . docs/_build/linkcheck

# Skipped, with a word, where there is no Chromium.
browser: $(VENV)/.test $(VENV)/.browser
	@$(BIN)/python -m pytest -rs tests/browser

clean:
	rm -rf $(VENV) eventstudy-out eventstudy-calibration eventstudy-curve build dist .mypy_cache .pytest_cache .ruff_cache \
	  .import_linter_cache .hypothesis docs/_build docs/reference/generated

# The first of the candidates that starts, is new enough and can make environments.
$(VENV)/.made:
	@for python in $(CANDIDATES); do \
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	      >/dev/null 2>&1; then \
	    echo "$$python -m venv $(VENV)  # $$("$$python" --version)"; \
	    "$$python" -m venv $(VENV) || exit 1; \
	    touch $@; exit 0; \
	  fi; \
	done; \
	echo "No Python 3.11 or newer with venv among: $(CANDIDATES)" \
	  "(Debian, Ubuntu: apt install python3-venv; or make PYTHON=/path/to/python)" >&2; \
	exit 1

# pip reads dependency groups from 25.1 on.
$(VENV)/.run: pyproject.toml $(VENV)/.made
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	$(BIN)/python -m compileall -q eventstudy
	@touch $@

$(VENV)/.test $(VENV)/.lint $(VENV)/.notebooks $(VENV)/.docs $(VENV)/.browser: $(VENV)/.%: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --group $*
	@touch $@
