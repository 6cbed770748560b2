# Two commands do everything: `make serve` and `make test`. What they install is locked, with hashes, in
# requirements/; `make lock` renews that, and needs uv.

PYTHON := $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
ifneq ($(shell command -v uv),)
INSTALL := uv pip install --quiet --python $(BIN)/python
else
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif
LOCK := uv pip compile --quiet --no-header --no-annotate --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links pyproject.toml requirements/build.in

.PHONY: install scripts serve test lock

install: .venv/serve scripts

scripts:
	@$(BIN)/python hatch_build.py || echo 'The query editor and the drawings stay plain: their scripts are missing.'

.venv/serve .venv/test: .venv/%: pyproject.toml requirements/%.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --require-hashes --requirement requirements/$*.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

serve: install
	$(BIN)/cstokg build
	$(BIN)/cstokg serve

# Tests start hundreds of processes; each would compile all of its modules where this is set.
test: export PYTHONDONTWRITEBYTECODE =
# The three runs of pytest build one release.
test: export TEST_RELEASES = .pytest_cache/releases
test: .venv/test scripts
	rm -rf $(TEST_RELEASES)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
# The tests marked alone fill the processors for a minute however fast they are, so the others go before them.
	nice -n 10 $(BIN)/pytest -m alone & \
	{ $(BIN)/mypy && $(BIN)/pytest -m patient --numprocesses 2 --dist worksteal; }; others=$$?; wait $$! && exit $$others
	$(BIN)/pytest -m 'not alone and not patient' --numprocesses auto --dist worksteal

lock:
	$(LOCK) --output-file requirements/serve.txt
	$(LOCK) --extra test --output-file requirements/test.txt
