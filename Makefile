# microEVSE: everything a developer or CI does. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
PYTEST := $(PY) -m pytest
RUFF := $(VENV)/bin/ruff
ARGS ?=
# How many tests run at a time, 0 for one after the other; empty for what tools/run_tests.py takes.
JOBS ?=
# Of the targets that build for a board or talk to one.
BOARD ?=
PORT ?=
FIRMWARE ?=
BACKUP ?=
FORCE ?=
DRY_RUN ?=
# Of the comparison of regulators; empty for all days.
BENCH_DAYS ?=

# Without .frozen MicroPython would lose its built-in asyncio.
export MICROPYPATH := firmware:lib:boards/SIM:build/mplib:.frozen
# Pyright asks the registry for a newer version of itself unless told not to.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

SIM_STAMP := $(VENV)/.stamp-sim
DEV_STAMP := $(VENV)/.stamp-dev
MPLIB_STAMP := build/mplib/.stamp
TYPINGS_STAMP := build/typings/.stamp
WASM_STAMP := node_modules/.stamp
TEST_SETUP := $(DEV_STAMP) $(MPLIB_STAMP) $(TYPINGS_STAMP)

.PHONY: help sim test check lint types types-firmware types-host format arrows compile clean distclean setup-sim setup browser broker FORCE
.PHONY: bench image size deploy backup flash restore console firmware test-budgets test-hil
.PHONY: test-core test-arch test-mp test-mp32 test-services test-scenarios test-e2e

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-16s %s\n", $$1, $$2 }'

sim: setup-sim ## run the firmware on the simulated board; options in ARGS, such as ARGS="--bench-port 8080"
	@$(PY) tools/sim.py $(ARGS)

check: test ## the same as test

test: setup ## lint, types, arrows, compile and all test lanes [JOBS=]
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint types-firmware types-host
	@JOBS="$(JOBS)" $(PY) tools/run_tests.py $(ARGS)

lint: $(DEV_STAMP) ## check style and banned imports (ruff)
	$(RUFF) check
	$(RUFF) format --check

types: types-firmware types-host ## check types: device stubs for firmware, typeshed for the rest (pyright)

types-firmware: $(TEST_SETUP)
	$(VENV)/bin/pyright --project pyrightconfig.json

types-host: $(TEST_SETUP)
	$(VENV)/bin/pyright --project pyrightconfig.host.json

format: $(DEV_STAMP) ## fix what ruff can fix
	$(RUFF) format
	$(RUFF) check --fix

arrows: $(TEST_SETUP) ## check the directions of imports, no floats in core, nothing at import
	$(PYTEST) host_tests/arch -k "not compile" $(ARGS)

compile: $(TEST_SETUP) ## compile every firmware file with mpy-cross
	$(PYTEST) host_tests/arch -k compile $(ARGS)

test-arch: $(TEST_SETUP) ## arrows and compile
	$(PYTEST) host_tests/arch $(ARGS)

test-core: $(TEST_SETUP) ## core tests under CPython
	$(PYTEST) host_tests/core $(ARGS)

test-mp: $(TEST_SETUP) ## core and mp tests under the MicroPython unix port
	$(PYTEST) -n auto host_tests/lanes/test_mp_lane.py $(ARGS)

test-mp32: $(TEST_SETUP) $(WASM_STAMP) ## core tests under 32-bit MicroPython (WebAssembly in node)
	$(PYTEST) -n auto host_tests/lanes/test_mp32_lane.py $(ARGS)

test-services: $(TEST_SETUP) browser broker ## services against real peers, pages in a browser
	$(PYTEST) host_tests/services $(ARGS)

test-scenarios: $(TEST_SETUP) ## scenarios in virtual time
	$(PYTEST) host_tests/scenarios $(ARGS)

test-e2e: $(TEST_SETUP) $(WASM_STAMP) browser ## main.py on the simulated board in real time
	$(PYTEST) host_tests/e2e $(ARGS)

test-budgets: $(TEST_SETUP) $(WASM_STAMP) ## the image, its budgets, and what brings it onto a board
	$(PYTEST) host_tests/services -k "image or budgets or flash or deploy or partitions" $(ARGS)

test-hil: $(TEST_SETUP) ## tests on a real board that has our image and stands at its prompt: PORT=
	$(PYTEST) host_tests/hil --device "$(PORT)" $(ARGS)

bench: $(TEST_SETUP) setup-sim ## our regulator against the reference on all shipped days, and what OCPP takes [BENCH_DAYS=]
	@BENCH_DAYS="$(BENCH_DAYS)" $(PY) host_tests/bench/regulators.py
	@$(PY) host_tests/bench/ocpp_smart.py
	@$(PY) host_tests/bench/ocpp_restart.py

size: $(TEST_SETUP) $(WASM_STAMP) ## measure flash, heap, growth and start against their budgets [BOARD=]
	@$(PY) tools/size.py $(BOARD)

image: $(TEST_SETUP) ## build the ROMFS image and the /lib tree of a board: BOARD=
	@$(PY) tools/image.py "$(BOARD)"

# --dry-run only says what would be done: DRY_RUN=1.
ON_BOARD = $(PY) tools/flash.py $@ --board "$(BOARD)" --port "$(PORT)" $(if $(DRY_RUN),--dry-run) $(ARGS)

deploy: $(TEST_SETUP) ## copy the image to a board that runs MicroPython: BOARD= PORT= [DRY_RUN=1]
	@$(ON_BOARD)

backup: $(DEV_STAMP) ## save the NVS of a board, ARGS=--whole for all of its flash: BOARD= PORT=
	@$(ON_BOARD)

flash: $(TEST_SETUP) ## write MicroPython, partition table and image: BOARD= PORT= FIRMWARE= [FORCE=1] [DRY_RUN=1]
	@$(ON_BOARD) --firmware "$(FIRMWARE)" $(if $(FORCE),--force)

restore: $(DEV_STAMP) ## write a backup of the whole flash back: BOARD= PORT= BACKUP= [FORCE=1] [DRY_RUN=1]
	@$(ON_BOARD) --backup "$(BACKUP)" $(if $(FORCE),--force)

console: $(DEV_STAMP) ## show the console of a board: PORT=
	@$(ON_BOARD)

firmware: $(TEST_SETUP) ## build MicroPython with the firmware frozen in: BOARD= (needs IDF_PATH and MICROPYTHON_DIR)
	@$(ON_BOARD)

setup-sim: $(SIM_STAMP) $(MPLIB_STAMP) ## install what the simulator needs

setup: setup-sim $(TEST_SETUP) $(WASM_STAMP) browser broker ## install what all tests need

clean: ## remove what was built and cached, keep the environment
	rm -rf build .pytest_cache .ruff_cache .hypothesis
	find firmware lib boards host_tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove the environment too
	rm -rf $(VENV) node_modules

# An environment whose Python is gone, or that was made in another place, is made anew.
ifneq ($(shell $(PY) -c '' 2>/dev/null && cat $(SIM_STAMP) 2>/dev/null),$(CURDIR)/$(VENV))
$(SIM_STAMP): FORCE
endif

$(SIM_STAMP): requirements/sim.txt tools/setup.sh
	@tools/setup.sh sim

$(DEV_STAMP): requirements/dev.txt requirements/flash.txt requirements/node.txt $(SIM_STAMP)
	@tools/setup.sh dev

$(MPLIB_STAMP): requirements/mplib.txt $(SIM_STAMP)
	@tools/setup.sh mplib

$(TYPINGS_STAMP): requirements/typings.txt $(SIM_STAMP)
	@tools/setup.sh typings

$(WASM_STAMP): package-lock.json $(DEV_STAMP)
	@tools/setup.sh wasm

browser:
	@tools/setup.sh browser

broker:
	@tools/setup.sh broker
