# Everything starts here. `make help` lists the words; packaging/bootstrap.py does the work.
#
#   make run PYTHON=python3.13          another Python, with an environment of its own
#   make run ARGS="--home trial"   arguments for the program
#   make test TESTS="tests/test_settings.py -x"

PYTHON ?=
ARGS ?=
TESTS ?=
export PYTHON

# Any Python from 3.8 on can run the set-up; it looks for a fitting one itself.
STARTER := $(shell command -v python3 || command -v python)
BOOTSTRAP = @$(if $(STARTER),$(STARTER) packaging/bootstrap.py,sh packaging/no-python.sh)

.DEFAULT_GOAL := help
.PHONY: stack-up stack-up-native stack-down stack-status stack-logs stack-backup stack-restore help run test check packages bench bench-transcript bench-keys bench-palette bench-serve bench-frozen pictures translations clean distclean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 26

run: ## set up what is missing and open the window
	$(BOOTSTRAP) run $(ARGS)

test: ## set up what is missing and run the tests (TESTS=... for some of them)
	$(BOOTSTRAP) test $(TESTS)

check: ## linters, formatting, types, import rules, translations
	$(BOOTSTRAP) check

packages: ## build what people install, into dist/ (ARGS=--folder: the folder alone)
	$(BOOTSTRAP) packages $(ARGS)

bench: ## measure against floors; writes build/bench/main.json
	$(BOOTSTRAP) python -m benchmarks.main $(ARGS)

bench-transcript: ## measure the transcript; writes build/bench/transcript.json
	$(BOOTSTRAP) python -m benchmarks.transcript $(ARGS)

bench-palette: ## measure the palette and the search; writes build/bench/palette.json
	$(BOOTSTRAP) python -m benchmarks.palette $(ARGS)

bench-serve: ## measure the HTTP face; writes build/bench/serve.json
	$(BOOTSTRAP) python -m benchmarks.serve $(ARGS)

bench-frozen: ## measure the frozen program in dist/; writes build/bench/frozen.json
	$(BOOTSTRAP) python -m benchmarks.frozen $(ARGS)

bench-keys: ## measure key presses while an answer streams; writes build/bench/keys.json
	$(BOOTSTRAP) python -m benchmarks.keys $(ARGS)

pictures: ## draw the pictures of docs/design.md and of the README anew
	$(BOOTSTRAP) python -m tests.ui.gallery docs/pictures

stack-up: ## start LiteLLM, Redis and Postgres in containers; `make run` uses them (ARGS="--profile openwebui")
	$(BOOTSTRAP) stack up $(ARGS)

stack-up-native: ## the same from local programs, without containers
	$(BOOTSTRAP) stack up --native $(ARGS)

stack-down: ## end the stack; what it holds stays (ARGS=--native for the one without containers, as below)
	$(BOOTSTRAP) stack down $(ARGS)

stack-status: ## how the stack is
	$(BOOTSTRAP) stack status $(ARGS)

stack-logs: ## what the stack says
	$(BOOTSTRAP) stack logs $(ARGS)

stack-backup: ## the shared history into FILE=...
	$(BOOTSTRAP) stack backup $(or $(FILE),$(error say where to: FILE=history.dump)) $(ARGS)

stack-restore: ## the shared history back from FILE=...
	$(BOOTSTRAP) stack restore $(or $(FILE),$(error say where from: FILE=history.dump)) $(ARGS)

translations: ## gather the words of the program into resources/languages and compile them
	$(BOOTSTRAP) python packaging/translations.py $(ARGS)

clean: ## remove what was built and cached
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +

distclean: clean ## remove the environments as well
	rm -rf .venv .venv-*
