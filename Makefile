# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors
#
# make demo    a real homeserver, moderated, in one command       make test    everything, from a clean machine
# make build   .build/release/haechi                               make check   format, imports, words: quick
# make fuzz    random conditions and patterns, compared with other engines (COUNT=200000 SEED=7)
# make fuzz-parsers    random bytes for every parser of hostile bytes (SECONDS=60 each)
# HAECHI_SCRATCH=DIR builds in another folder than .build.

SCRATCH ?= $(or $(HAECHI_SCRATCH),.build)
SWIFT_FLAGS := --scratch-path $(SCRATCH) --explicit-target-dependency-import-check error

.PHONY: help build debug check format test test-swift test-end-to-end bench fuzz fuzz-parsers demo clean-demo clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile | tr -s ' '

build:
	@scripts/bootstrap build
	swift build -c release $(SWIFT_FLAGS)

debug:
	@scripts/bootstrap build
	swift build --build-tests $(SWIFT_FLAGS)

check:
	@scripts/check

format:
	swift format -i -p -r Sources Tests Benchmarks Package.swift

test:
	@HAECHI_SCRATCH=$(SCRATCH) scripts/test

test-swift: debug
	swift test --skip-build $(SWIFT_FLAGS)

test-end-to-end: build
	@scripts/bootstrap test
	@HAECHI_SCRATCH=$(SCRATCH) scripts/test end-to-end

bench: build
	@HAECHI_SCRATCH=$(SCRATCH) Benchmarks/run

fuzz: build
	@HAECHI_SCRATCH=$(SCRATCH) scripts/fuzz

SECONDS ?= 60
fuzz-parsers:
	@HAECHI_SCRATCH=$(SCRATCH) SECONDS_EACH=$(SECONDS) scripts/fuzz-parsers

demo:
	@HAECHI_SCRATCH=$(SCRATCH) scripts/demo/run

clean-demo:
	@scripts/demo/run --clean

clean:
	rm -rf $(SCRATCH)
