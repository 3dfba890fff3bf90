# SPDX-License-Identifier: Apache-2.0
# `make help` lists the targets. Everything that is made lies in build/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := build

JOBS    ?= $(shell nproc)
PREFIX  ?= /usr/local
DESTDIR ?=
SECONDS_EACH ?= 10
CAMPAIGN_KILLS ?= 30000
# A test that hangs must not take the others' results with it.
PYTHON_TESTS_MAX := 25m
# They wait for disks and processes as much as they work.
PYTHON_JOBS := $(shell expr $$(nproc) + 1)
PYTHON  := /usr/bin/python3
REPORTS := build/reports
CMAKE   := cmake -S . -G Ninja -Wno-dev --log-level=WARNING
# Fuzzers and tests of one build, with the address and undefined-behaviour sanitizers. They look at
# many inputs, not at large ones: compile time counts for more than speed.
FUZZING := -DCMAKE_CXX_COMPILER=clang++-19 -DWEIR_WERROR=OFF -DWEIR_FUZZ=ON -DWEIR_QUICK=ON
# Programs whose tests use threads; and those that handle raw bytes and hand-made tables.
TSAN_PROGRAMS := base_test fold_test flow_test
ASAN_PROGRAMS := base_test model_test io_test format_test fold_test store_test lease_test

.PHONY: help build run test test-build test-unit test-python test-fuzz test-asan test-tsan
.PHONY: setup-build setup-fuzz check docs campaign fuzz bench install clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: setup-build build/CMakeCache.txt  ## build build/weir (the default)
	@ninja -C build weir

setup-build:
	@tools/setup.sh build

build/CMakeCache.txt: | setup-build
	@$(CMAKE) -B build -DCMAKE_BUILD_TYPE=Release -DWEIR_TESTS=OFF

run: build  ## build, then count a sample day of usage files before your eyes
	@tools/demo.sh build/weir build/demo

test: test-build test-unit test-python test-fuzz test-asan test-tsan  ## all tests

test-build: build
	@tools/setup.sh test
	@$(CMAKE) -B build -DWEIR_TESTS=ON
	@ninja -C build

test-unit: test-build  ## unit, property, conformance and simulation tests
	@tools/run_ctest.sh build $(REPORTS)/unit.xml $(JOBS)

test-python: test-build  ## whole-program tests: command line, crashes, tools
	@mkdir -p $(REPORTS)
	@WEIR_BUILD=$(CURDIR)/build timeout --kill-after=10 $(PYTHON_TESTS_MAX) \
	  $(PYTHON) -m pytest -p no:cacheprovider -q tests -n $(PYTHON_JOBS) --dist loadfile --durations=15 \
	  --junitxml=$(REPORTS)/python.xml

test-fuzz: setup-fuzz build/fuzz/CMakeCache.txt  ## each fuzzer for SECONDS_EACH seconds
	@ninja -C build/fuzz fuzzers
	@tools/fuzz.sh build/fuzz $(SECONDS_EACH) $(REPORTS)/fuzz.xml $(JOBS)

setup-fuzz:
	@tools/setup.sh fuzz

build/fuzz/CMakeCache.txt: | setup-fuzz
	@$(CMAKE) -B build/fuzz -DCMAKE_BUILD_TYPE=Release $(FUZZING)

test-asan: setup-fuzz build/fuzz/CMakeCache.txt  ## the same sanitizers, over the folders that handle raw bytes
	@ninja -C build/fuzz $(ASAN_PROGRAMS)
	@tools/run_ctest.sh build/fuzz $(REPORTS)/asan.xml $(JOBS) $(ASAN_PROGRAMS)

test-tsan:  ## thread sanitizer, over the suites that use threads
	@tools/setup.sh test
	@$(CMAKE) -B build/tsan -DCMAKE_BUILD_TYPE=Release -DWEIR_SANITIZE=thread -DWEIR_QUICK=ON
	@ninja -C build/tsan $(TSAN_PROGRAMS)
	@tools/run_ctest.sh build/tsan $(REPORTS)/tsan.xml $(JOBS) $(TSAN_PROGRAMS)

check: build  ## format, lint, layers, sizes, names, docs
	@tools/setup.sh check
	@mkdir -p $(REPORTS)
	@$(PYTHON) tools/check.py --report $(REPORTS)/check.xml

docs: build  ## write the documents that are made from the program and its tests
	@build/weir man --commands >docs/commands.md
	@build/weir man --flow-file >docs/flow-file.md
	@$(PYTHON) tools/faults_table.py

campaign: test-build  ## the long tests: every pair of crashes, many seeds (hours)
	@WEIR_BUILD=$(CURDIR)/build WEIR_CAMPAIGN=1 WEIR_CAMPAIGN_KILLS=$(CAMPAIGN_KILLS) \
	  $(PYTHON) -m pytest -p no:cacheprovider -q tests
	@WEIR_CAMPAIGN=1 tools/run_ctest.sh build $(REPORTS)/campaign.xml $(JOBS)

fuzz: SECONDS_EACH := 3600
fuzz: test-fuzz  ## each fuzzer for an hour (SECONDS_EACH=… for another time)

bench: build  ## speed and memory, beside the tools a user would take instead
	@tools/setup.sh bench
	@$(PYTHON) bench/bench.py

install: build  ## install below PREFIX (/usr/local); DESTDIR is honoured
	@ninja -C build weir_share
	@DESTDIR=$(DESTDIR) cmake --install build --prefix $(PREFIX)

clean:  ## remove build/
	@rm -rf build
