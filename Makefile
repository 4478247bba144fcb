# The two commands a newcomer needs: `make run` and `make test`. Both install what is missing
# (scripts/setup.sh) and build first.

BUILD := build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)

.PHONY: run test build setup install format lint bench reference planted sanitized verification-table paper-table clean

run: build
	scripts/run_example.sh $(BUILD)/app/sparq out

test: build
	ctest --test-dir $(BUILD) --output-on-failure --parallel $(JOBS) --no-label-summary

build: setup
	@cmake -S . -B $(BUILD) -G Ninja -D CMAKE_BUILD_TYPE=Release --log-level=NOTICE
	@ninja -C $(BUILD) -j $(JOBS)

setup:
	@scripts/setup.sh

install: build
	cmake --install $(BUILD) --prefix "$(PREFIX)"

format:
	scripts/format.sh

lint: build
	scripts/lint.py $(BUILD)

bench: build
	scripts/bench.sh $(BUILD)

reference: build
	scripts/regenerate.sh $(BUILD)/app/sparq

planted: build
	scripts/plant_bugs.py $(BUILD) --table docs/verification.md

sanitized: build
	scripts/test_sanitized.sh $(BUILD)/sanitized $(BUILD)/test-cache

verification-table: build
	scripts/verification_table.py $(BUILD)/app/sparq out/verification

paper-table: build
	scripts/paper_table.py $(BUILD)/app/sparq

clean:
	rm -rf $(BUILD) out
