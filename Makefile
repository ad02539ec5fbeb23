# The vocabulary of this project. STACK chooses the stack: sandbox (this machine) unless told otherwise.
STACK ?= sandbox
NODE ?=
CMD ?=
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SANDBOX := $(filter sandbox,$(STACK))
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Commands that start often live by their compiled modules, which stay in .venv and __pycache__.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## what there is
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | sed 's/\$$\$$/$$/g' | expand -t 24

.PHONY: setup
setup: $(VENV)/ready-$(if $(SANDBOX),sandbox,base) ## the virtual environment of a stack, from its lock: make setup STACK=dev

SYNC = UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$PIP_INDEX_URL}" $(BIN)/uv pip sync --quiet --require-hashes

# pip installs uv alone, because it takes a minute for what takes uv seconds. It checks the hashes of uv's own lines in the
# lock, which awk prints: the line that starts with uv== and the indented ones below it, without their comments.
$(VENV)/ready-base: requirements/base.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: Python 3.11 or newer is needed; PYTHON=python3.12 names another than $(PYTHON)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "installing python3-venv"; \
	  $(SUDO) apt-get -qq update && $(SUDO) apt-get -qq install -y --no-install-recommends python3-venv >/dev/null; }
	@echo "installing the Python packages of requirements/base.txt into $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@awk '/^[^ ]/ {uv = /^uv==/} uv && !/#/' requirements/base.txt >$(VENV)/uv.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	@$(SYNC) requirements/base.txt
	@touch $@

$(VENV)/ready-sandbox: $(VENV)/ready-base requirements/sandbox.txt
	@echo "adding the sandbox's packages, from requirements/sandbox.txt"
	@$(SYNC) requirements/sandbox.txt
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready-sandbox requirements/dev.txt
	@echo "adding the packages of tests and checks, from requirements/dev.txt"
	@$(SYNC) requirements/dev.txt
	@touch $@

.PHONY: machine
machine: $(VENV)/ready-sandbox
	@missing=$$($(BIN)/python -m sandbox packages $(PACKAGES)); [ -z "$$missing" ] || { \
	  echo "installing the Debian packages that this needs:" $$missing; \
	  $(SUDO) apt-get -qq update && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null; }

.PHONY: up
up: $(if $(SANDBOX),machine,setup) ## launch the cluster, or bring it to what its config says
	@$(if $(SANDBOX),$(BIN)/python -m sandbox start && $(BIN)/python -m ops.init sandbox)
	@./pulumiw up -s $(STACK) $(if $(SANDBOX),--yes --skip-preview --refresh)
	@$(BIN)/python -m ops.status $(STACK)

.PHONY: init
init: setup ## make a stack, its SSH key pair and its secrets: make init STACK=dev
	@$(BIN)/python -m ops.init $(STACK)

.PHONY: preview
preview: setup ## what `up` would change, line by line
	@$(if $(SANDBOX),$(BIN)/python -m ops.init sandbox)
	@./pulumiw preview -s $(STACK) --diff

.PHONY: status
status: setup ## every node, its services, and whose containers reach whose
	@$(BIN)/python -m ops.status $(STACK)

.PHONY: ssh
ssh: setup ## log in to a node, or run one command there: make ssh NODE=slave-1 CMD='sudo docker ps'
	@$(BIN)/python -m ops.ssh $(STACK) '$(NODE)' $(if $(value CMD),'$(subst ','\'',$(value CMD))')

.PHONY: tunnel
tunnel: setup ## open the pages of the services on localhost, until Ctrl-C
	@$(BIN)/python -m ops.tunnel $(STACK)

.PHONY: demo
demo: setup ## a REST API on the cluster, found by address, by name and from outside; KEEP=1 leaves it running
	@$(BIN)/python -m ops.demo $(STACK) $(if $(IMAGE),--image '$(IMAGE)') $(if $(KEEP),--keep)

.PHONY: destroy
destroy: setup ## remove the cluster, keep the stack and its config
	@./pulumiw destroy -s $(STACK) $(if $(SANDBOX),--yes --skip-preview)

.PHONY: clean
clean: $(VENV)/ready-sandbox ## take the sandbox off this machine: hosts, mounts, namespaces, daemon, routes, keys
	@$(BIN)/python -m sandbox clean
	@$(BIN)/python -m ops.clean

.PHONY: sandbox-env
sandbox-env: $(VENV)/ready-sandbox ## for the real CLI: eval "$$(make -s sandbox-env)"; pulumi up -s sandbox
	@$(BIN)/python -m sandbox.cli sandbox

# The tests on hosts first: with them come images, whose programs check what the others render.
.PHONY: test
test: test-e2e test-unit ## all tests

.PHONY: test-unit
test-unit: $(VENV)/ready-dev ## the tests that need no root and no hosts
	@$(BIN)/python -m pytest tests/unit

.PHONY: test-e2e
test-e2e: machine $(VENV)/ready-dev ## the tests on real hosts of their own, beside whatever runs here
	@$(BIN)/python -m pytest tests/e2e

.PHONY: check
check: $(VENV)/ready-dev ## lint and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

.PHONY: hooks
hooks: $(VENV)/ready-dev ## install the pre-commit hooks, which run what `make check` runs
	@$(BIN)/pre-commit install

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --custom-compile-command 'make lock' pyproject.toml

# The largest first, and the others constrained to it: so one package has one version in all three.
.PHONY: lock
lock: $(VENV)/ready-base ## compile requirements/*.txt anew from pyproject.toml; UPGRADE=1 takes the newest versions
	@$(COMPILE) $(if $(UPGRADE),--upgrade) --group sandbox --group dev --output-file requirements/dev.txt
	@$(COMPILE) --constraint requirements/dev.txt --group sandbox --output-file requirements/sandbox.txt
	@$(COMPILE) --constraint requirements/dev.txt --output-file requirements/base.txt

.PHONY: bench
bench: PACKAGES = wrk
bench: machine ## measure, and write docs/performance.md; ONLY=services prints that part alone
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY))
