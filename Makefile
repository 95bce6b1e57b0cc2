# Each target sets itself up in .venv and is quick when that is done already.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check bench bench-peers accept clean

.venv/.base: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Understudy needs Python 3.11 or newer; set PYTHON=…")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/.test: .venv/.base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group test
	touch $@

.venv/.check: .venv/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group check
	touch $@

demo: .venv/.base
	$(BIN)/understudy demo --out demo
	@echo "Open demo/report.html in a browser."

test: .venv/.test
	$(BIN)/python -m pytest -n auto

check: .venv/.check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/python -m pytest -q tests/test_architecture.py

bench: .venv/.test
	$(BIN)/python benchmarks/bench.py $(if $(DATA),--data $(DATA)) $(if $(SEEDS),--seeds $(SEEDS))

# Hours; stop it and take it up again at will. PEERS, DATA and SEEDS name a part.
bench-peers: .venv/.test
	$(BIN)/python benchmarks/bench_peers.py $(if $(PEERS),--peers $(PEERS)) $(if $(DATA),--data $(DATA)) \
		$(if $(SEEDS),--seeds $(SEEDS))

accept: .venv/.test
	$(BIN)/python benchmarks/accept.py

clean:
	rm -rf .venv demo out
