# Needs only Python >= 3.11 and make. PYTHON=python3.12 make run uses another one.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
NEEDS_PYTHON := 食链需要 Python 3.11 或更新版本，请安装后再试，或用 PYTHON=python3.12 make run 指定。
NEEDS_VENV := 没有建成 Python 环境：请先安装 python3-venv（Debian、Ubuntu：apt install python3-venv）。
NEEDS_NETWORK := 没有装齐软件包：请检查网络，或用 PIP_INDEX_URL 指定软件源后再试。

.PHONY: install run test check bench chaos clean

install: $(VENV)/.runtime $(VENV)/.development $(VENV)/.peers

# Build the environment from the lock file; again only when the lock changed.
$(VENV)/.runtime: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(NEEDS_PYTHON)"; exit 1; }
	@test -x $(BIN)/python || echo "首次运行：正在建立 Python 环境，约需一分钟…"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) >/dev/null || { rm -rf $(VENV); echo "$(NEEDS_VENV)"; exit 1; }
	@$(PIP) -r requirements.lock || { echo "$(NEEDS_NETWORK)"; exit 1; }
	@touch $@

$(VENV)/.development: requirements-dev.lock $(VENV)/.runtime
	@$(PIP) -r requirements-dev.lock || { echo "$(NEEDS_NETWORK)"; exit 1; }
	@touch $@

$(VENV)/.peers: requirements-bench.lock $(VENV)/.runtime
	@$(PIP) -r requirements-bench.lock || { echo "$(NEEDS_NETWORK)"; exit 1; }
	@touch $@

# Compiled beforehand, also where the environment forbids it: every process starts sooner.
run: $(VENV)/.runtime
	@$(BIN)/python -m compileall -q -j 2 shilian enterprises traceability supervision
	@$(BIN)/python manage.py up

# Compiled and kept for the workers and for the processes that tests start.
test: install
	@$(BIN)/python -m compileall -q -j 2 shilian enterprises traceability supervision
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto

check: install
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --diff --quiet . ; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-logo >$(VENV)/.imports 2>&1 || { cat $(VENV)/.imports; exit 1; }
	@$(BIN)/mypy shilian enterprises traceability supervision
	@$(BIN)/djlint --lint --quiet templates
	@$(BIN)/yamllint --strict docker-compose.yml .yamllint
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py check

bench: install
	@$(BIN)/python manage.py bench

chaos: install
	@$(BIN)/python manage.py chaos

clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
