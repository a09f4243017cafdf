# Two commands do everything: `make demo` and `make test`. Both prepare what they need first:
# as root the system packages come by apt, otherwise the one command to run is printed.

PYTHON ?= python3
CONFIG ?= config/asterisk-bridge.yml
CRM ?= builtin
# Two more than cores: live tests wait for people to talk, and the last process computes
# meanwhile (tests/spread.py).
PROCESSES ?= $(shell expr $$(nproc) + 2)
# Hundreds of processes are started: none of them is to compile the program anew.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin

# What the program and the demo's real Asterisk need, what compiling takes, and what only
# tests need on top.
WHEEL_PACKAGES := gcc python3-dev
DEMO_PACKAGES := ca-certificates debootstrap ffmpeg python3 python3-venv
TEST_PACKAGES := $(WHEEL_PACKAGES) chromium libatomic1 postgresql redis-server sip-tester sox systemd

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test run wheel lint bench torture requirements clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

demo: $(VENV)/.installed ## A real Asterisk, real phones, every finished call in the page of CRM=builtin, bitrix24 or amocrm
	$(BIN)/asterisk-bridge demo --crm $(CRM)

test: lint $(VENV)/.test-packages ## Lint, then every test
	$(BIN)/python -m tests.lab.prepare
	$(BIN)/pytest -n $(PROCESSES) --dist loadgroup

run: $(VENV)/.installed ## The daemon with CONFIG=config/asterisk-bridge.yml
	$(BIN)/asterisk-bridge run -c $(CONFIG)

wheel: $(VENV)/.installed $(VENV)/.wheel-packages ## A wheel in dist/ with the tracker compiled, for a busy PBX
	HATCH_BUILD_HOOK_ENABLE_CUSTOM=true $(BIN)/python -m hatchling build -t wheel

lint: $(VENV)/.installed ## ruff, mypy strict, the layers of the design
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed $(VENV)/.test-packages ## Speed and memory, as tables
	$(BIN)/python -m tests.bench

torture: $(VENV)/.installed $(VENV)/.test-packages ## The kill tests, two hundred times, and random conversations
	TORTURE=200 $(BIN)/pytest -m torture --timeout 7200

requirements: $(VENV)/.installed ## Rewrite what is written from the code: proven facts, metrics, schema
	$(BIN)/python -m tests.project.requirements
	$(BIN)/python -m tests.project.metrics
	$(BIN)/python -m tests.project.schema
	$(BIN)/python -m tests.project.connectors

clean: ## Forget everything that was built here
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: pyproject.toml constraints.txt $(VENV)/.demo-packages
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11'; exit 1; }
	@echo 'Installing into $(VENV) what the program needs; this takes some minutes the first time.'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,postgres]'
	@touch $@

$(VENV)/.demo-packages: Makefile
	$(call packages,$(DEMO_PACKAGES))

$(VENV)/.wheel-packages: Makefile
	$(call packages,$(WHEEL_PACKAGES))

$(VENV)/.test-packages: Makefile
	$(call packages,$(TEST_PACKAGES))

# $(call packages,names): the Debian packages that are missing are installed, or asked for.
define packages
	@mkdir -p $(VENV); \
	command -v dpkg-query >/dev/null \
	  || { echo 'No dpkg here: see that you have what Debian calls $(1)'; touch $@; exit 0; }; \
	missing=$$(for name in $(1); do \
	  dpkg-query -W -f '$${Status}' $$name 2>/dev/null | grep -q '^install ok installed' \
	    || echo $$name; \
	done | tr '\n' ' '); \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$missing; \
	else \
	  echo "Run this once, then repeat:  sudo apt-get install -y $$missing"; exit 1; \
	fi; \
	touch $@
endef
