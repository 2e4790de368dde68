# Two commands: `make run` and `make test`. Both make what they need first.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# More workers than the two cores that it is made for: many tests wait for a browser or another process. In the order
# of the files, because xdist would keep files with few but long tests to the end.
PYTEST := -n 4 --dist loadfile --no-loadscope-reorder

.PHONY: run test test-all coverage check messages pictures docs shipped constraints clean

run: $(VENV)/installed
	$(BIN)/mnist-studio

test: $(VENV)/installed-test
	@$(BIN)/python tests/browser/install.py
	$(BIN)/python -m pytest $(PYTEST) -m "not slow"

# The rare checks, too, and other random examples every time.
test-all: $(VENV)/installed-test
	@$(BIN)/python tests/browser/install.py
	$(BIN)/python -m pytest $(PYTEST) --hypothesis-profile=search

# Which branches no test takes: shown, not enforced.
coverage: $(VENV)/installed-test
	@$(BIN)/python tests/browser/install.py
	$(BIN)/python -m pytest $(PYTEST) -m "not slow" --cov --cov-branch --cov-report=term-missing:skip-covered

check: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.prose

# The versions of what the requirements pull in, for every system and every Python that the program runs on.
constraints: $(VENV)/installed
	$(INSTALL) uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		--upgrade requirements.txt requirements-test.txt --output-file constraints.txt

# The catalogues of translations, brought up to date with the code.
messages: $(VENV)/installed-test
	$(BIN)/python -m tests.languages.messages

# The site of the documentation, build/site/index.html: strict, so a broken link ends it.
docs: $(VENV)/installed-docs
	$(BIN)/python -m tests.docs.command_line
	$(BIN)/properdocs build

# The documents' pictures, recorded from the app.
pictures: $(VENV)/installed-test
	$(BIN)/python -m tests.browser.record docs/images

# The model that ships: trained by the program's own command, then copied with its card. It needs MNIST and two files
# made from UNIPEN (docs/experiments/hands.md says how), in the folder UNIPEN: make shipped UNIPEN="$HOME/unipen"
# The new model is called "MNIST Studio (2)" in its workspace, because the one that ships now is there as well.
UNIPEN ?= build/unipen
UNIPEN_FILES := $(addprefix $(UNIPEN)/,unipen-digits.jsonl.gz unipen-characters.jsonl.gz)
shipped: $(VENV)/installed
	@for file in $(UNIPEN_FILES); do test -f "$$file" || { echo "make shipped needs $$file. Name the folder that has it: make shipped UNIPEN=FOLDER"; exit 2; }; done
	rm -rf build/shipped
	$(BIN)/python -m mnist_core train --preset shipped --drawings $(word 1,$(UNIPEN_FILES)) --outlier-drawings $(word 2,$(UNIPEN_FILES)) --workspace build/shipped
	$(BIN)/python -m mnist_core models export "MNIST Studio (2)" build/shipped/model.zip --workspace build/shipped
	cd mnist_core/assets/shipped && ../../../$(BIN)/python -m zipfile -e ../../../build/shipped/model.zip .

$(VENV)/installed: requirements.txt constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("MNIST Studio needs Python 3.11 or newer; name one with: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -r requirements.txt -c constraints.txt
	$(INSTALL) --no-deps --editable .
	touch $@

$(VENV)/installed-test: $(VENV)/installed requirements-test.txt requirements-federated.txt
	$(INSTALL) -r requirements-test.txt -c constraints.txt
	$(INSTALL) --no-deps -r requirements-federated.txt
	touch $@

$(VENV)/installed-docs: $(VENV)/installed-test requirements-docs.txt
	$(INSTALL) -r requirements-docs.txt -c constraints.txt
	touch $@

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .hypothesis .coverage .ruff_cache .import_linter_cache
