# The commands of this project. STACK chooses the stack; the default is sandbox, which runs on this machine.
STACK ?= sandbox
NODE ?=
CMD ?=
KEY ?=
TO ?=
FROM ?=
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SANDBOX := $(filter sandbox,$(STACK))
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Keep .pyc files: these commands start often.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## list these targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | sed 's/\$$\$$/$$/g' | expand -t 24

.PHONY: setup
setup: $(VENV)/ready-$(if $(SANDBOX),sandbox,base) ## install the Python packages of a stack from its lock: make setup STACK=dev

SYNC = UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$PIP_INDEX_URL}" $(BIN)/uv pip sync --quiet --require-hashes

# pip installs uv alone, because it takes a minute for what takes uv seconds. It checks the hashes of uv's own lines in the
# lock, which awk prints: the line that starts with uv== and the indented ones below it, without their comments.
$(VENV)/ready-base: requirements/base.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: Python 3.11 or newer is needed; PYTHON=python3.12 uses another one than $(PYTHON)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "installing python3-venv"; \
	  $(SUDO) apt-get -qq update && $(SUDO) apt-get -qq install -y --no-install-recommends python3-venv >/dev/null; }
	@echo "installing the Python packages of requirements/base.txt into $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV)
	@awk '/^[^ ]/ {uv = /^uv==/} uv && !/#/' requirements/base.txt >$(VENV)/uv.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	@$(SYNC) requirements/base.txt
	@touch $@

$(VENV)/ready-sandbox: $(VENV)/ready-base requirements/sandbox.txt
	@echo "adding the sandbox's packages, from requirements/sandbox.txt" >&2
	@$(SYNC) requirements/sandbox.txt
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready-sandbox requirements/dev.txt
	@echo "adding the packages of tests and checks, from requirements/dev.txt" >&2
	@$(SYNC) requirements/dev.txt
	@touch $@

.PHONY: machine
machine: $(VENV)/ready-sandbox
	@missing=$$($(BIN)/python -m sandbox packages $(PACKAGES)); [ -z "$$missing" ] || { \
	  echo "installing the Debian packages that this needs:" $$missing; \
	  $(SUDO) apt-get -qq update && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null; }

.PHONY: up
up: PUBLISHED = $(if $(IMAGES),--images '$(IMAGES)') $(if $(IMAGES_FROM),--images-from '$(IMAGES_FROM)')
up: $(if $(SANDBOX),machine,setup) ## launch the cluster, or change it to what its config asks for
	@$(if $(SANDBOX),$(BIN)/python -m sandbox start --with-cli $(PUBLISHED) && $(BIN)/python -m ops.init sandbox)
	@./pulumiw up -s $(STACK) --refresh $(if $(SANDBOX),--yes --skip-preview)
	@$(BIN)/python -m ops.status $(STACK)

.PHONY: replace
replace: setup ## give a node a new instance under its name and addresses: make replace NODE=slave-2; YES=1 skips the preview
	@$(BIN)/python -m ops.replace $(STACK) '$(NODE)' $(if $(YES)$(SANDBOX),--yes)
	@$(BIN)/python -m ops.status $(STACK)

.PHONY: init
init: setup ## create a stack, its SSH key and its secrets: make init STACK=dev
	@$(BIN)/python -m ops.init $(STACK)

.PHONY: images
images: setup ## check at its registry every image that a stack's nodes pull, and print the digests to pin: make images STACK=dev
	@$(BIN)/python -m ops.images $(STACK)

.PHONY: preview
preview: setup ## show what `up` would change, line by line
	@$(if $(SANDBOX),$(BIN)/python -m ops.init sandbox)
	@$(BIN)/python -m ops.preview $(STACK)

.PHONY: status
status: setup ## check every node, its services, and which container reaches which
	@$(BIN)/python -m ops.status $(STACK)

.PHONY: doctor
doctor: setup ## compare every node and the cloud with what the program would create; changes nothing
	@$(BIN)/python -m ops.doctor $(STACK)

.PHONY: repair
repair: setup ## run again the steps that differ on a node, or on all, and no others: make repair NODE=slave-1; YES=1 answers yes
	@$(BIN)/python -m ops.doctor.repair $(STACK) '$(NODE)' $(if $(YES),--yes)

.PHONY: ssh
ssh: setup ## log in to a node, or run one command on it: make ssh NODE=slave-1 CMD='sudo docker ps'
	@$(BIN)/python -m ops.ssh $(STACK) '$(NODE)' $(if $(ADMIN),--admin '$(ADMIN)') $(if $(value CMD),'$(subst ','\'',$(value CMD))')

.PHONY: tunnel
tunnel: setup ## open the pages of the services on localhost, until Ctrl-C
	@$(BIN)/python -m ops.tunnel $(STACK)

.PHONY: demo
demo: setup ## run a REST API and find it by address, by name and from outside; KEEP=1 leaves it running
	@$(BIN)/python -m ops.demo $(STACK) $(if $(IMAGE),--image '$(IMAGE)') $(if $(KEEP),--keep)

.PHONY: rotate
rotate: setup ## replace a secret of the running cluster, and verify it: make rotate KEY=weave (or ssh, gossip, consul-agent, consul-management)
	@$(BIN)/python -m ops.rotate $(STACK) '$(KEY)'

.PHONY: backup
backup: setup ## write Consul's data and Marathon's apps, encrypted: make backup TO=FILE, or TO=s3://BUCKET/KEY
	@$(BIN)/python -m ops.backup $(STACK) '$(TO)'

.PHONY: restore
restore: setup ## put a backup into the running cluster: make restore FROM=FILE, or FROM=s3://BUCKET/KEY; YES=1 answers yes
	@$(BIN)/python -m ops.backup.restore $(STACK) '$(FROM)' $(if $(YES)$(SANDBOX),--yes)

.PHONY: destroy
destroy: setup ## remove the cluster; keep the stack and its config
	@./pulumiw destroy -s $(STACK) $(if $(SANDBOX),--yes --skip-preview)

.PHONY: clean
clean: $(VENV)/ready-sandbox ## remove the sandbox from this machine: hosts, mounts, namespaces, daemon, routes, keys
	@$(BIN)/python -m sandbox clean
	@$(BIN)/python -m ops.clean

.PHONY: sandbox-env
sandbox-env: $(VENV)/ready-sandbox ## print the environment for the CLI by hand: eval "$$(make -s sandbox-env)"; pulumi up -s sandbox
	@$(BIN)/python -m sandbox.cli sandbox

# The tests on hosts run first: they build images, whose programs check what the unit tests render.
.PHONY: test
test: test-e2e test-unit ## run all tests except the long ones

.PHONY: test-unit
test-unit: $(VENV)/ready-dev ## run the tests that need neither root nor hosts
	@$(BIN)/python -m pytest tests/unit

.PHONY: test-e2e
test-e2e: machine $(VENV)/ready-dev ## run the tests on real hosts; a sandbox that runs here is left alone
	@$(BIN)/python -m pytest tests/e2e -m 'not long'

.PHONY: test-all
test-all: test ## run all tests: also changes of a cluster in use, and whole clusters on each os that CI has no time for
	@$(BIN)/python -m pytest tests/e2e --ignore=tests/e2e/faults -m long
	@for os in debian-13 ubuntu-24.04; do echo "$$os:"; \
	  APOLLO_TEST_OS=$$os $(BIN)/python -m pytest -m 'not long' tests/e2e/test_cluster.py tests/e2e/test_weave_dns.py tests/e2e/services || exit 1; \
	done

.PHONY: check
check: $(VENV)/ready-dev ## lint and check types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

.PHONY: hooks
hooks: $(VENV)/ready-dev ## install the pre-commit hooks, which run what `make check` runs
	@$(BIN)/pre-commit install

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --custom-compile-command 'make lock' pyproject.toml

# The largest first, and the others constrained to it, so that a package has one version in all three.
.PHONY: lock
lock: $(VENV)/ready-base ## compile requirements/*.txt from pyproject.toml; UPGRADE=1 takes the newest versions
	@$(COMPILE) $(if $(UPGRADE),--upgrade) --group sandbox --group dev --output-file requirements/dev.txt
	@$(COMPILE) --constraint requirements/dev.txt --group sandbox --output-file requirements/sandbox.txt
	@$(COMPILE) --constraint requirements/dev.txt --output-file requirements/base.txt

.PHONY: bench
bench: PACKAGES = wrk
bench: machine ## measure the sandbox and write docs/performance.md; ONLY=services prints one part
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY))

# A whole run begins without records, and a fault that does not hold has none.
.PHONY: chaos
chaos: export APOLLO_RECORDS = docs/reliability.json
chaos: machine $(VENV)/ready-dev ## break clusters of the sandbox, and write what held to docs/reliability.md; ONLY=disk is pytest's -k
	@$(if $(ONLY),,rm -f $(APOLLO_RECORDS))
	@$(BIN)/python -m pytest tests/e2e/faults $(if $(ONLY),-k '$(ONLY)'); \
	  status=$$?; $(BIN)/python -m bench.reliability; exit $$status
