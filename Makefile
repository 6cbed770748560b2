# Two commands do everything: `make serve` and `make test`.

PYTHON := $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: install serve test

install: .venv/installed
	@$(BIN)/python -m cstokg.assets || echo 'The query editor and the drawings stay plain: their scripts are missing.'

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

serve: install
	$(BIN)/cstokg build
	$(BIN)/cstokg serve

test: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest
