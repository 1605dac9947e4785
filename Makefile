# Two commands matter: `make run` and `make test`. They install what is missing; nothing else need be prepared.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
T ?= tests
J ?= 2
BOOT = $(PYTHON) foreignwork/local/bootstrap.py
PY = .venv/bin/python
export PORT

.PHONY: run test check stop status clean lock messages format pictures matter bench

run:                ## install, start PostgreSQL, broker, web, worker and beat; Ctrl-C ends all
	@$(BOOT) run
	@$(PY) -m foreignwork.local run

test:               ## install what the tests need, and run them (T=path, J=processes)
	@$(BOOT) test
	@$(PY) manage.py compilemessages --ignore=.venv --ignore=var --verbosity 0
	$(PY) -m pytest -n $(J) --dist loadgroup -m "not browser" $(T) || [ $$? -eq 5 ]
	@# Apart: the browser's driver keeps an event loop in its process, which forks and other loops do not bear.
	$(PY) -m pytest -n $(J) --dist loadgroup -m browser $(T) || [ $$? -eq 5 ]

check:              ## style, types, floors, migrations, generated documents
	@$(BOOT) check
	@$(PY) manage.py make_keys > /dev/null
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports
	$(PY) -m mypy
	$(PY) manage.py check --fail-level WARNING
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py describe_matters --check
	for po in locale/*/LC_MESSAGES/*.po $$(ls */locale/*/LC_MESSAGES/*.po 2>/dev/null); do msgfmt --check --output-file=/dev/null "$$po" || exit 1; done
	$(PY) -m pytest -q -n 0 tests/unit/test_house_sources.py

stop:               ## end a running portal
	@$(PY) -m foreignwork.local stop

status:
	@$(PY) -m foreignwork.local status

clean:              ## end the portal and remove everything that was made: packages, data, keys
	@if [ -x $(PY) ]; then $(PY) -m foreignwork.local clean; fi
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

messages:           ## collect the interface strings into locale/
	$(PY) manage.py makemessages --locale en --ignore .venv --ignore var --ignore tests --no-location --no-wrap

matter:             ## the skeleton of a new matter: make matter NAME=customs ZH=通关 EN="customs clearance" [PACK=gansu OFFICE=gansu-kjt]
	$(PY) manage.py new_matter $(NAME) $(if $(LETTER),--letter $(LETTER)) $(if $(ZH),--zh "$(ZH)") $(if $(EN),--en "$(EN)") \
		$(if $(PACK),--pack $(PACK)) $(if $(OFFICE),--office $(OFFICE))

format:
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lock:               ## solve the versions anew; the result names no host
	cd requirements && for name in uv base dev; do \
		../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --upgrade $$name.in --output-file $$name.txt > /dev/null || exit 1; done

bench:              ## every scenario beside its floor (QUICK=1 under three minutes); docs/performance.md is written from it
	@$(BOOT) test
	$(PY) -m bench $(if $(QUICK),--quick)

pictures:           ## refresh the README's pictures from the screenshots the browser tests took
	cp var/screenshots/landing-1280-zh.png docs/images/landing.png
	cp var/screenshots/portal-bundle-1280-zh.png docs/images/portal-bundle.png
	cp var/screenshots/desk-case-1280-zh.png docs/images/desk-case.png
	cp var/screenshots/portal-bundle-390-zh.png docs/images/portal-bundle-phone.png
