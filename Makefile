# Every verb of the project. `make help` prints the lines marked with two hashes.
SHELL := /bin/bash
.DEFAULT_GOAL := help

NODE := node_modules/.bin/node
INSTALLED := node_modules/.package-lock.json
export NODE_NO_WARNINGS := 1

##@ Start here
.PHONY: help setup demo demo-shell demo-down
help: ## list the verbs
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
setup: $(INSTALLED) ## npm packages, the native addon and, as root, the Debian packages that tests use
	@$(NODE) hack/setup.ts
demo: setup ## a cluster on this machine, one MetalLB resource, one Service, one web page (DEMO_KEEP=0 ends by itself)
	@$(NODE) hack/demo/main.ts
demo-shell: $(INSTALLED) ## a shell with kubectl set to the demo's cluster
	@$(NODE) hack/lab/main.ts shell demo
demo-down: $(INSTALLED) ## end the demo, nothing is left
	@$(NODE) hack/lab/main.ts down demo

##@ Work on it
.PHONY: check test scenarios simulate bench generate manifests build image
check: $(INSTALLED) ## types, lint, unused code, import rules, generated files, unit tests: under a minute, no root
	@$(NODE) hack/rawnet.ts || echo 'going on without the native addon: its tests are skipped'
	@$(NODE) hack/test/main.ts check
test: setup ## everything: check, interop tests, whole-system tests, the demo, the countable benchmarks
	@$(NODE) hack/test/main.ts all
scenarios: $(INSTALLED) ## MetalLB's behaviour as data: run the scenario files of DIR (default: our copy; OUTPUT=json for programs)
	@$(NODE) parity/main.ts $(if $(DIR),"$(DIR)") $(if $(OUTPUT),-o $(OUTPUT))
simulate: $(INSTALLED) ## failure detection and takeover in virtual time (SCENARIO=steady N=10, more in speaker/membership/simulation)
	@$(NODE) speaker/membership/simulation/main.ts $(or $(SCENARIO),steady) $(or $(N),10) $(ARGS)
bench: setup ## measure against the budgets (ONLY=name,... limits it)
	@$(NODE) bench/main.ts $(if $(ONLY),--only $(ONLY))
generate: $(INSTALLED) ## write the types, validators, CRDs and reference pages that come from crds/schemas
	@$(NODE) hack/generate/main.ts
manifests: $(INSTALLED) ## write dist/: install manifests and OLM bundle
	@$(NODE) hack/manifests.ts
build: $(INSTALLED) ## bundle each process into build/bin/
	@$(NODE) hack/build.ts
image: build ## write the container image as a tar, without a container engine (ARCH=arm64 for the other one)
	@$(NODE) hack/image/main.ts $(if $(ARCH),--arch $(ARCH))

##@ A Kubernetes cluster on this machine
.PHONY: lab-up lab-down
lab-up: setup ## start it (NODES=3, NAME=... for another one, FAST=1 for API server and namespaces only)
	@$(NODE) hack/lab/main.ts up $(NAME) $(if $(NODES),--nodes=$(NODES)) $(if $(FAST),--fast)
lab-down: $(INSTALLED) ## stop it (NAME=... for another one), and clean what killed runs left
	@$(NODE) hack/lab/main.ts down $(NAME)

##@ Leave
.PHONY: clean
clean: ## remove what was built here (node_modules and the caches stay)
	rm -rf build coverage bench/results.json net/rawnet/rawnet.node

$(INSTALLED): package.json package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js with npm (any version from 20 on), then run make again" >&2; exit 1; }
	npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@
