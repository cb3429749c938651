# karat. Every target does its own set-up: `make demo` and `make test` are all a new machine needs.
#
#   make demo      build, invent an operator (or DATA=table.csv PLAN=plan.toml), fit, score in 3 languages
#   make test      every test of Rust, C and Python
#   make lint      formatting, clippy, generated files, licences, types
#   make bench     one-row and batch scoring, recorded in benches/record/
#   make bench-peers   other packages beside karat in one run, recorded in benches/record/peers/
#   make develop   .venv with the package and its test extras
#   make docs      the book and the API reference of Rust, in docs/book and target/doc
#   make install-c PREFIX=/usr/local [DESTDIR=]   C library, header, pkg-config and CMake files
#   make test-long fuzzing, Miri and the undefined-behaviour checks of C; records its run
#   make clean

PYTHON  ?= python3
CARGO   ?= cargo
CC      ?= cc
VENV    := .venv
BIN     := $(VENV)/bin
TOOLS   := target/tools/bin
MATURIN := cd python && VIRTUAL_ENV=$(CURDIR)/$(VENV) ../$(BIN)/maturin

# A table and a plan of one's own; without them the demo invents an operator.
DATA ?=
PLAN ?= examples/plans/operator.toml
DEMO := target/demo

.PHONY: help
help:
	@sed -n 's/^#   //p' Makefile

# --- set-up ------------------------------------------------------------------------------------------

$(BIN)/maturin:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "maturin>=1.9,<2"

# The package alone: numpy and narwhals are all it needs.
.PHONY: package
package: $(BIN)/maturin
	$(MATURIN) develop --quiet --release

# With everything the tests need.
.PHONY: develop
develop: $(BIN)/maturin
	$(MATURIN) develop --quiet --release --extras test

# --- the main job ------------------------------------------------------------------------------------

.PHONY: demo
demo: package
	$(CARGO) build --quiet --release -p karat-examples -p karat-capi
	$(CC) -std=c99 -O2 -Wall -Wextra -Icrates/karat-capi/include examples/c/score.c \
	    target/release/libkarat.a -pthread -lm $(if $(filter Linux,$(shell uname)),-ldl) -o target/release/score_c
	$(BIN)/karat demo --plan $(PLAN) --directory $(DEMO) $(if $(DATA),--data $(DATA))
	$(BIN)/python examples/python/same_bits.py $(DEMO) $(if $(DATA),$(DATA),$(DEMO)/customers.csv) \
	    --rust target/release/score_csv --c target/release/score_c

# --- checks ------------------------------------------------------------------------------------------

.PHONY: test
test: develop
	$(CARGO) test --workspace
	$(CARGO) test --release -p karat-scorer --test numerics --test vectors
	$(BIN)/python -m pytest python/tests docs/tests

.PHONY: lint
lint: develop $(TOOLS)/cargo-deny
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) run --quiet -p xtask -- header --verify
	$(CARGO) run --quiet --release -p xtask -- vectors --verify
	$(TOOLS)/cargo-deny --log-level error check bans licenses sources
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --quiet --no-deps -p karat -p karat-scorer
	cd python && ../$(BIN)/ruff format --config pyproject.toml --check . ../examples ../docs ../benches
	cd python && ../$(BIN)/ruff check --config pyproject.toml . ../examples ../docs ../benches
	cd python && ../$(BIN)/mypy --config-file pyproject.toml -p karat && ../$(BIN)/python -m mypy.stubtest karat._karat

$(TOOLS)/cargo-deny:
	$(CARGO) install --quiet --locked --root target/tools cargo-deny

.PHONY: test-long
test-long: develop
	.ci/test-long

.PHONY: bench
bench: package
	$(BIN)/python benches/import_time.py
	$(CARGO) bench -p karat-benches --bench scoring --bench judgments
	$(CARGO) run --quiet -p xtask -- record

# Which comparisons, each with its arguments.
COMPARE ?= index ahp data_weights influence
PEERS   := target/peers

$(PEERS)/installed: benches/peers/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check narwhals -r $<
	touch $@

.PHONY: bench-peers
bench-peers: package $(PEERS)/installed
	PYTHONPATH=python/src $(PEERS)/bin/python benches/peers/record.py $(COMPARE)

.PHONY: docs
docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps -p karat -p karat-scorer
	@if command -v mdbook >/dev/null; then mdbook build docs; \
	else echo "mdbook is not installed (cargo install mdbook): docs/src is readable as it is"; fi

.PHONY: install-c
install-c:
	PREFIX=$(or $(PREFIX),/usr/local) DESTDIR=$(DESTDIR) crates/karat-capi/install.sh

.PHONY: clean
clean:
	rm -rf target fuzz/target $(VENV) docs/book python/src/karat/*.so
