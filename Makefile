# What developers and CI run: `make` lists it. Each target sets up what it needs and no more.
# Plain make as GNU make 3.81 (macOS) and later understand it.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

run := scripts/toolchain.sh
bin := node_modules/.bin
# npm writes this file when an installation is complete.
installed := node_modules/.package-lock.json

# Of these only ASSAY_CORPUS, ASSAY_DEBIAN, FUZZ_SECONDS and SEED may come from the environment: DIR and ARGS are names that others use too.
ARGS =
ASSAY_CORPUS ?=
ASSAY_DEBIAN ?=
FUZZ_SECONDS ?=
SEED ?=
MANIFEST =
DIR =
PREFIX = /usr/local
DESTDIR =

# As Debian calls this machine's.
arch := $(patsubst aarch64,arm64,$(patsubst x86_64,amd64,$(shell uname -m)))
executables := release/assay-linux-amd64 release/assay-linux-arm64

##@ Develop

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^##= / { split(substr($$0, 5), v, " — "); printf "  %-18s%s\n", v[1], v[2] } \
		/^[a-z][a-z-]*:.*## / { printf "  %-18s%s\n", $$1, $$2 }' Makefile
	@echo

.PHONY: setup
setup: $(installed) ## Install the pinned Node (where the host's is too old) and the dependencies

$(installed): package-lock.json
	$(run) npm ci --ignore-scripts --loglevel=error
	@touch $@

.PHONY: build
build: dist/cli.js ## Compile src/ into dist/

# Directories are listed too: their time tells of deleted files.
dist/cli.js: $(installed) tsconfig.json tsconfig.build.json scripts/build.sh $(shell find src scripts/bundle trust)
	scripts/build.sh

.PHONY: test
test: build ## Run the tests: no network, no root (ARGS='test/unit/verify' for some)
	$(run) $(bin)/vitest run $(ARGS)

.PHONY: check
check: build ## Format, lint, layers, types, dead code, package, schemas, shell (ARGS=--keep-going for all)
	@$(run) node scripts/check.ts $(ARGS)

.PHONY: format
format: $(installed) ## Rewrite every file as prettier wants it
	$(run) $(bin)/prettier --write --log-level warn .

.PHONY: demo
demo: build ## Play the whole flow against an embedded upstream, attacks included
	$(run) node scripts/demo.ts $(ARGS)

.PHONY: clean
clean: ## Remove what was built; node_modules/ and .toolchain/ stay
	rm -rf dist release .cache

##@ Run

# scripts/assay builds what it needs.

.PHONY: update-manifests
update-manifests: ## Resolve the catalogue into manifests/ (ARGS='--only libpq5')
	scripts/assay update-manifests $(ARGS)

.PHONY: update-trust
update-trust: ## Refresh the keys in trust/ (ARGS=--offline to check them against their pins)
	scripts/assay update-trust $(ARGS)

.PHONY: stage
stage: ## Stage MANIFEST into DIR (default: where a VM keeps its artifacts)
	@[ -n "$(MANIFEST)" ] || { echo "make stage: say which: MANIFEST=manifests/knc.debian-13.amd64.json DIR=out" >&2; exit 2; }
	scripts/assay stage "$(MANIFEST)" $(if $(DIR),--dir "$(DIR)") $(ARGS)

##@ Release

.PHONY: package
package: $(installed) ## Pack what is published on npm, with its shrinkwrap, into DIR (default: here)
	$(run) npm pack --ignore-scripts=false $(if $(DIR),--pack-destination "$(DIR)") $(ARGS)

.PHONY: executable
executable: $(executables) ## Build assay as one file into release/: linux, amd64 and arm64

release/assay-linux-%: dist/cli.js scripts/release/executable.ts scripts/toolchain/package-lock.json
	$(run) node scripts/release/executable.ts $*

.PHONY: release
release: $(installed) ## Make all that a release publishes, with its checksums, into release/
	$(run) node scripts/release/release.ts

.PHONY: install
install: release/assay-linux-$(arch) ## Install the executable, manual pages and completion into PREFIX
	@scripts/install.sh $< dist "$(DESTDIR)$(PREFIX)"

##@ Prove

.PHONY: corpus
corpus: build ## Judge an external corpus of good and hostile cases (needs ASSAY_CORPUS)
	@if [ -z "$(ASSAY_CORPUS)" ]; then \
		echo "make corpus: SKIPPED, nothing was tested: ASSAY_CORPUS is unset (make corpus ASSAY_CORPUS=../shared/corpus)"; \
	else \
		ASSAY_CORPUS="$$(cd "$(ASSAY_CORPUS)" && pwd)" $(run) $(bin)/vitest run test/corpus $(ARGS); \
	fi

.PHONY: live
live: build ## Check against the real upstreams (needs the network)
	scripts/live.sh $(ARGS)

.PHONY: vm-root
vm-root: build ## Boot a Debian 13 root by rendered user-data (needs root and ASSAY_DEBIAN)
	@ASSAY_DEBIAN="$(ASSAY_DEBIAN)" scripts/vm-root.sh $(ARGS)

.PHONY: air-gap
air-gap: build ## Fill mirror, registry and S3, cut the network, and boot a root from each (skipped without root)
	@scripts/air-gap.sh $(ARGS)

.PHONY: mirror-check
mirror-check: build ## Fill a mirror, serve it with nginx, and stage from it (skipped without nginx)
	$(run) node scripts/mirror-check.ts $(ARGS)

.PHONY: real-servers
real-servers: build ## Work with aptly, reprepro, a registry, rclone and S3 (each skipped where it is not here)
	$(run) node scripts/real-servers.ts $(ARGS)

.PHONY: executable-check
executable-check: $(executables) ## Build the executable twice, and run it where there is no Node (needs root and mmdebstrap)
	$(run) node scripts/executable-check.ts $(ARGS)

.PHONY: install-check
install-check: release ## Install by what the README says in empty Debian roots: with npm, with curl (needs root and mmdebstrap)
	$(run) node scripts/install-check.ts $(ARGS)

.PHONY: scale
scale: build ## Count what fifty machines ask a mirror for, and ten thousand on paper (skipped without nginx)
	$(run) node scripts/scale.ts $(ARGS)

.PHONY: year
year: build ## Measure what a year of weekly updates takes in git (minutes)
	$(run) node scripts/year.ts $(ARGS)

.PHONY: reach
reach: build ## Count what of aqua's registry the catalogue can say (REGISTRY=…; says so without one)
	@if [ -z "$(REGISTRY)" ]; then echo "reach skipped: REGISTRY names no folder of aqua's registry"; else \
	  out=$$(mktemp -d) && scripts/assay import aqua $(REGISTRY) --catalogue "$$out/none" --dry-run --report "$$out/report.json" > "$$out/catalogue.yaml"; \
	  code=$$?; rm -rf "$$out"; exit $$code; fi

.PHONY: interruption
interruption: build ## Interrupt commands that write, between two system calls (skipped without a C compiler)
	$(run) node scripts/interruption.ts $(ARGS)

.PHONY: hostile-network
hostile-network: build ## Set every command that fetches against hostile mirrors, proxies and TLS (minutes)
	$(run) node scripts/hostile-network.ts $(ARGS)

.PHONY: conformance
conformance: build ## Run sigstore-conformance and tuf-conformance (needs CONFORMANCE and TUF_CONFORMANCE, checkouts)
	@CONFORMANCE="$(CONFORMANCE)" TUF_CONFORMANCE="$(TUF_CONFORMANCE)" $(run) node scripts/conformance.ts

.PHONY: mutate
mutate: build ## Change the verifier in every small way, and show what no test notices (hours; ARGS='--only FILE')
	$(run) node scripts/mutate.ts $(ARGS)

.PHONY: fuzz
fuzz: $(installed) ## Read and judge mutated documents by every reader and method (FUZZ_SECONDS=600, SEED=7, ARGS=--list)
	@FUZZ_SECONDS="$(FUZZ_SECONDS)" SEED="$(SEED)" $(run) node test/fuzz/fuzz.ts $(ARGS)

.PHONY: differential
differential: build ## Compare verdicts with dpkg, gpgv, sqv, minisign, coreutils, cosign and TUF's clients (each skipped where it is not here)
	@SEED="$(SEED)" $(run) node test/differential/differential.ts $(ARGS)
	@CHECKSUM_FILES=2000 ASSAY_COSIGN="$$(command -v cosign)" ASSAY_GPGV="$$(command -v gpgv)" $(run) $(bin)/vitest run \
		test/corpus/coreutils-differential.test.ts test/corpus/cosign-differential.test.ts test/corpus/gpgv-differential.test.ts

.PHONY: library-check
library-check: build ## Compile and run the library's examples by several TypeScripts and Nodes (from the registry)
	$(run) node scripts/library-check.ts

.PHONY: library-sizes
library-sizes: build ## Measure what importing each sub-path of the library costs
	$(run) node scripts/library-sizes.ts

.PHONY: bench
bench: build ## Measure time and memory
	$(run) node scripts/bench/bench.ts $(ARGS)

##@ Variables
##= ARGS= — passed on to the command behind a target
##= ASSAY_CORPUS= — the folder of cases for `corpus`
##= ASSAY_SHELLS=all — `test`: each rendered script under every shell
##= ASSAY_DEBIAN= — Debian's own files, for `bench` and `vm-root`
##= REGISTRY= — a folder of aqua's registry, for `reach`
##= FUZZ_SECONDS= — how long `fuzz` goes on
##= SEED= — by which seed again (`fuzz`, `differential`)
##= CONFORMANCE= — a checkout of sigstore/sigstore-conformance, for `conformance`
##= TUF_CONFORMANCE= — a checkout of theupdateframework/tuf-conformance, for `conformance`
##= MANIFEST= DIR= — what `stage` stages, and where to; where `package` puts its file
##= PREFIX= DESTDIR= — where `install` installs: DESTDIR is put before PREFIX (default: /usr/local)
