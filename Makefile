# What a person does with the project from a shell. `make` alone lists it.

PORT = 8501
SIZE = small
SAMPLE = yes

# The interpreter that .venv is made with; name another with `make run PYTHON=python3.12`.
PYTHON = $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c $(FITTING) 2>/dev/null && echo $$name && break; done)
FITTING = 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))'
PY = .venv/bin/python
STORE = "$${BACKCAST_STORE:-data/store}"
EXPORTS = data/sample/*.csv data/sample/*.jsonl data/sample/*.xlsx

.PHONY: help run test check sample bench readme requirements clean clean-store

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: ## start the cockpit; an empty store gets a made-up company first (PORT=8501 SAMPLE=no)
	$(call install,requirements.txt)
	@test -e $(STORE)/CURRENT || test $(SAMPLE) = no || { \
		{ test -e data/sample || $(write_sample); } && $(PY) -m loaders load $(EXPORTS); }
	@exec $(PY) -m streamlit run app.py --server.headless=true --server.port=$(PORT)

test: ## run all tests; without Java or Chromium theirs are skipped
	$(call install,requirements-dev.txt)
	$(PY) -m pytest -n logical --maxprocesses 4 --dist loadgroup

check: ## check format, lint and types
	$(call install,requirements-dev.txt)
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

sample: ## write the exports of a made-up company, up to today, to data/sample (LEADS=5000)
	$(call install,requirements.txt)
	@rm -rf data/sample
	@$(write_sample)

bench: ## measure against limits and peers (SIZE=small, medium or large)
	$(call install,requirements-dev.txt)
	$(PY) -m bench --size $(SIZE)

readme: ## write the README's tables of metrics and rooms, which follow from the code
	$(call install,requirements-dev.txt)
	$(PY) -m tests.readme

requirements: ## pin what pyproject.toml asks for; pins that still fit stay (UPGRADE=--upgrade)
	$(call install,requirements-dev.txt)
	$(call pin,requirements.txt)
	$(call pin,requirements-spark.txt,--extra spark --constraint requirements.txt)
	$(call pin,requirements-dev.txt,--extra dev --extra spark --constraint requirements.txt)

clean: ## remove the environment, the sample and caches; the store stays
	rm -rf .venv data/sample data/sample.part .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-store: ## remove what was loaded; what people wrote, own mappings, definitions and the key stay
	rm -f $(STORE)/CURRENT $(STORE)/*.duckdb $(STORE)/*.damaged
	rm -rf $(STORE)/work
	@echo "Nothing is loaded any more. \`make run SAMPLE=no\` starts without the made-up company."

# Installs a file of requirements in .venv, unless the same content was installed before.
define install
@$(PY) -c 'import pip' 2>/dev/null && $(PY) -c $(FITTING) || { $(make_environment); }
@cmp -s $(1) .venv/$(1) || { \
	echo "Installing $(1) in .venv (some minutes the first time)"; \
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement $(1) \
	&& cp $(1) .venv/$(1); }
endef

define make_environment
	python="$(PYTHON)"; \
	test -n "$$python" && "$$python" -c $(FITTING) || { \
		echo "Python 3.11 to 3.14 is needed$${python:+, and $$python is not that}. Install it with"; \
		echo "  sudo apt install python3 python3-venv    on Debian 12 or newer"; \
		echo "  brew install python@3.14                 on macOS"; \
		echo "or name one that you have: make run PYTHON=/path/to/python3.12"; exit 1; }; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$$python cannot make an environment. On Debian: sudo apt install python3-venv"; exit 1; }; \
	"$$python" -m venv --clear .venv
endef

# A sample that was interrupted must not pass for a whole one.
define write_sample
{ echo "Writing the exports of a made-up company to data/sample" && rm -rf data/sample.part \
	&& $(PY) -m data sample $(if $(LEADS),--leads $(LEADS)) --out data/sample.part >/dev/null \
	&& mv data/sample.part data/sample; }
endef

# For every platform and Python that pyproject.toml allows.
define pin
$(PY) -m uv pip compile --quiet --system-certs --universal --python-version 3.11 --no-annotate --no-emit-index-url \
	--custom-compile-command "make requirements" $(UPGRADE) $(2) --output-file $(1) pyproject.toml
endef
