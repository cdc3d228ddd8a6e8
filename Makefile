# SPDX-License-Identifier: BSD-2-Clause
# GNU make.  "make" builds, "make demo" shows, "make check" tests; a fresh
# clone needs nothing before.  docs/HACKING says the rest.

# The rules are all here: looking for built-in ones takes time.
MAKEFLAGS += --no-builtin-rules
srcdir ?= .
B ?= release
O = build/$(B)
PYTHON ?= /usr/bin/python3

PACKAGES = gcc make autoconf pkg-config libc6-dev libetpan-dev libxml2-dev \
	libarchive-dev zlib1g-dev libsqlite3-dev libconfig-dev libgnutls28-dev \
	nettle-dev libseccomp-dev libpsl-dev libidn2-dev libjansson-dev \
	libcurl4-gnutls-dev libc-ares-dev libmaxminddb-dev libmicrohttpd-dev \
	libsasl2-modules ca-certificates
# What builds, and what shows and tests besides.
DEMO_PACKAGES = python3 dovecot-imapd openssl nsd
TEST_PACKAGES = $(DEMO_PACKAGES) nginx libcmocka-dev python3-pytest \
	python3-pytest-xdist sqlite3 mandoc procps clang clang-format \
	clang-tidy cppcheck libclang-rt-dev musl-tools valgrind strace isync \
	systemd chromium locales curl jq python3-spf python3-dkim \
	python3-nacl prometheus gpg gpg-agent gpgv
# What reports are brought into, see ruad-feed(8); Debian 13 has no ClickHouse.
# A cluster of it needs ZooKeeper, whose tests are of "make check-engines" only.
ENGINE_PACKAGES = postgresql? clickhouse-server? clickhouse-client?
CLUSTER_PACKAGES = default-jre-headless libzookeeper-java
# "make deb": see etc/debian/control.
DEB_PACKAGES = build-essential debhelper dpkg-dev libcmocka-dev \
	python3-pytest strace

# --- what needs no configuration ----------------------------------------

# These install what is missing; each runs as run-NAME.
WITH_DEPS = check check-axe check-long check-ways demo demo-web bench bench-feed \
	bench-queries bench-growth bench-scale bench-web torture check-corpus check-cyrus \
	check-engines check-packages lint fuzz
.PHONY: all deb deps deps-tests deps-demo deps-cluster deps-engines test \
	check-on clean distclean install uninstall dist distcheck dist-sign maintainer-clean \
	$(WITH_DEPS) $(addprefix run-,$(WITH_DEPS))
all:

# What building needs; what else is needed is installed by what needs it.
deps:
	@$(srcdir)/tests/deps.sh $(PACKAGES)
deps-demo:
	@$(srcdir)/tests/deps.sh $(PACKAGES) $(DEMO_PACKAGES)
deps-tests:
	@$(srcdir)/tests/deps.sh $(PACKAGES) $(TEST_PACKAGES)

# "make check" tests what is installed of these.
deps-engines:
	@$(srcdir)/tests/deps.sh $(ENGINE_PACKAGES)
deps-cluster: deps-engines
	@$(srcdir)/tests/deps.sh $(CLUSTER_PACKAGES)

deb:
	@$(srcdir)/tests/deps.sh $(PACKAGES) $(DEB_PACKAGES)
	@$(srcdir)/etc/deb.sh

# "installs what is missing" must come before the configuration is read.  Who
# wants to see the demo does not want to wait: it is built on all processors.
demo: JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
demo demo-web: deps-demo
$(filter-out demo demo-web,$(WITH_DEPS)): deps-tests
check-engines: deps-cluster
bench-feed: deps-engines
$(WITH_DEPS):
	@$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) \
	    $(JOBS) run-$@

# make test T=wire, T=system/test_trust K=wrong_password: builds what it needs.
# (B must be chosen before the rest of this file is read.)
test:
	@MAKE="$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST))" \
	    B=$(if $(filter file,$(origin B)),dev,$(B)) \
	    $(PYTHON) $(srcdir)/tests/one.py '$(T)' '$(K)'

# The tests on another Debian: make check-on SUITE=trixie, also with
# STAGES="system"; in a root of its own in ROOTS, which is kept.
SUITE ?= trixie
STAGES ?= unit golden system
check-on:
	@ROOTS="$(ROOTS)" PACKAGES="$(PACKAGES) $(TEST_PACKAGES)" \
	    $(srcdir)/tests/on.sh $(SUITE) $(STAGES)

clean:
	rm -rf build

distclean: clean
	rm -rf config.mk config.log config.status autom4te.cache

maintainer-clean: distclean
	rm -f configure

# What is released; see "Releases" in docs/HACKING.
dist:
	@$(srcdir)/etc/release/dist.sh
distcheck: dist
	@MAKE="$(MAKE)" PYTHON=$(PYTHON) $(srcdir)/etc/release/distcheck.sh
dist-sign: distcheck
	@$(srcdir)/etc/release/sign.sh $(GPG_KEY)

NO_CONFIG = deb deps deps-cluster deps-demo deps-engines deps-tests test \
	check-on $(WITH_DEPS) clean distclean maintainer-clean dist distcheck dist-sign
ifneq ($(filter-out $(NO_CONFIG),$(or $(MAKECMDGOALS),all)),)

# --- configuration --------------------------------------------------------

include config.mk

$(srcdir)/configure: $(srcdir)/configure.ac
	@command -v autoconf >/dev/null || { echo 'make: autoconf is missing:' \
	    '"make deps" installs everything that ruad needs' >&2; exit 1; }
	cd $(srcdir) && autoconf

config.mk: $(srcdir)/configure $(srcdir)/config.mk.in
	@if test -x config.status && test config.status -nt $(srcdir)/configure; \
	then ./config.status config.mk; \
	else $(srcdir)/configure; fi

# --- flags ----------------------------------------------------------------

RUAD_PARSE_PATH = $(libexecdir)/ruad/ruad-parse
RUAD_FETCH_PATH = $(libexecdir)/ruad/ruad-fetch
DEFINES = -D_GNU_SOURCE -DRUAD_VERSION='"$(VERSION)"' \
	-DRUAD_SYSCONFDIR='"$(sysconfdir)"' \
	-DRUAD_DATABASE='"$(localstatedir)/lib/ruad/ruad.db"' \
	-DRUAD_PATH='"$(sbindir)/ruad"' \
	-DRUAD_PARSE_PATH='"$(RUAD_PARSE_PATH)"' \
	-DRUAD_FETCH_PATH='"$(RUAD_FETCH_PATH)"'
BASE_CFLAGS = -std=c17 $(WARNINGS) -fPIE -fno-plt -fstack-protector-strong \
	-I$(srcdir)/src $(DEFINES)
LIB_CFLAGS = $(XML_CFLAGS) $(ARCHIVE_CFLAGS) $(ZLIB_CFLAGS) \
	$(SQLITE_CFLAGS) $(CONFIG_CFLAGS) $(GNUTLS_CFLAGS) $(NETTLE_CFLAGS) \
	$(SECCOMP_CFLAGS) $(PSL_CFLAGS) $(IDN_CFLAGS) $(JANSSON_CFLAGS) $(CURL_CFLAGS) \
	$(CARES_CFLAGS) $(MAXMIND_CFLAGS) $(WEB_CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)

# Variants: "make B=asan". Each has its own directory under build/.
# The sanitizers name functions and lines (-g1); more makes them slow to build.
# A null pointer ends a program anyway; to ask for each takes a twelfth of the
# time.  The fuzzers ask.
ifeq ($(B),asan)
VARIANT_CFLAGS = -O1 -g1 -Werror -fsanitize=address,undefined \
	-fno-sanitize=null -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
# Linking its many programs takes half the time with gold.
GOLD := $(if $(shell command -v ld.gold),-fuse-ld=gold)
ALL_LDFLAGS += -fsanitize=address,undefined $(GOLD)
# Of the tests themselves only that nobody writes beside their memory.
$(O)/tests/unit/%.o: VARIANT_CFLAGS = -O0 -g1 -Werror -fsanitize=address
else ifeq ($(B),valgrind)
VARIANT_CFLAGS = -O1 -g -Werror -DRUAD_NO_SANDBOX_FOR_VALGRIND
else ifeq ($(B),dev)
VARIANT_CFLAGS = -O2 -g -Werror -D_FORTIFY_SOURCE=2
else ifeq ($(B),clang)
CC = clang
VARIANT_CFLAGS = -O2 -g -Werror -D_FORTIFY_SOURCE=2
else ifeq ($(B),fuzz)
CC = clang
VARIANT_CFLAGS = -O1 -g1 -Werror -fno-sanitize-recover=undefined \
	-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer
ALL_LDFLAGS += -fsanitize=address,undefined
else ifeq ($(B),analyzer)
VARIANT_CFLAGS = -O2 -g -fanalyzer
else
VARIANT_CFLAGS = -D_FORTIFY_SOURCE=2
endif
COMPILE = $(CC) $(BASE_CFLAGS) $(LIB_CFLAGS) $(CPPFLAGS) $(CFLAGS) \
	$(VARIANT_CFLAGS) -MMD -MP

# --- the layers, one archive each; includes point down this list ---------

LAYERS = base report dns parse mail store ingest conf answer show page daemon ctl
ifeq ($(WEB),yes)
LAYERS += web
WEB_PROGRAM = $(O)/ruad-web
endif
SRC := $(sort $(patsubst $(srcdir)/%,%,$(wildcard $(srcdir)/src/*/*.c)))
TEXTS := $(sort $(patsubst $(srcdir)/%,%,$(wildcard $(srcdir)/src/*/*.sql \
	$(srcdir)/src/*/*.css)))
MAINS = src/parse/main.c src/daemon/main.c src/ctl/main.c src/fetch/main.c \
	src/web/main.c
layer_obj = $(patsubst %.c,$(O)/%.o,$(filter-out $(MAINS),\
	$(filter src/$(1)/%,$(SRC)))) \
	$(patsubst %,$(O)/%.o,$(filter src/$(1)/%,$(TEXTS)))
PROGRAMS = $(O)/ruad $(O)/ruad-parse $(O)/ruactl $(O)/ruad-fetch $(WEB_PROGRAM)

all: $(PROGRAMS)

$(O)/%.o: $(srcdir)/%.c config.mk
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(COMPILE) -c -o $@ $<

# NAME.sql is in the program as the string NAME_sql, NAME.css as NAME_css.
# @RULE_NAME(column)@ in it stands for a piece of SQL of store/rules.h.
define text_rule
$(O)/%.$(1).c: $(srcdir)/%.$(1)
	@mkdir -p $$(@D)
	@{ echo '#include "store/rules.h"'; \
	    echo 'extern const char $$(*F)_$(1)[];'; \
	    echo 'const char $$(*F)_$(1)[] ='; \
	    sed -e 's/[\\"]/\\&/g' -e 's/@\(RULE_[^@]*\)@/" \1 "/g' \
	        -e 's/.*/"&\\n"/' $$<; echo ';'; } >$$@

$(O)/%.$(1).o: $(O)/%.$(1).c config.mk
	@$$(COMPILE) -c -o $$@ $$<
endef
$(foreach t,sql css,$(eval $(call text_rule,$(t))))

# The queries of docs/examples are in ruactl, see ctl/query_files.h.
QUERIES = $(sort $(wildcard $(srcdir)/docs/examples/queries/*.sql))
$(O)/query_files.c: $(QUERIES) $(srcdir)/docs/examples/queries
	@mkdir -p $(@D)
	@{ echo '#include <stddef.h>'; echo '#include "ctl/query_files.h"'; \
	    echo 'const struct query_file query_files[] = {'; \
	    for f in $(QUERIES); do \
	        echo "{ \"$$(basename $$f .sql)\","; \
	        sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $$f; echo '},'; \
	    done; echo '{ NULL, NULL } };'; } >$@

$(O)/query_files.o: $(O)/query_files.c config.mk
	@$(COMPILE) -c -o $@ $<

$(O)/ctl.a: $(O)/query_files.o

define layer_rule
$(O)/$(1).a: $(call layer_obj,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))

# What each program may link: a store call in ruad-parse is a link error.
LIBS_RUAD = $(ETPAN_LIBS) $(GNUTLS_LIBS) $(CONFIG_LIBS) $(SQLITE_LIBS) \
	$(NETTLE_LIBS) $(JANSSON_LIBS) $(PSL_LIBS) \
	$(IDN_LIBS)
LIBS_PARSE = $(ARCHIVE_LIBS) $(ZLIB_LIBS) $(XML_LIBS) $(SECCOMP_LIBS) $(NETTLE_LIBS) \
	$(PSL_LIBS) $(IDN_LIBS) $(JANSSON_LIBS)
LIBS_RUACTL = $(SQLITE_LIBS) $(NETTLE_LIBS) $(PSL_LIBS) $(IDN_LIBS) \
	$(CONFIG_LIBS) $(CARES_LIBS) $(MAXMIND_LIBS) -lhogweed -lgmp -lm

LIBS_WEB = $(WEB_LIBS) $(SQLITE_LIBS) $(SECCOMP_LIBS) $(NETTLE_LIBS) \
	$(PSL_LIBS) $(IDN_LIBS) $(CARES_LIBS) $(MAXMIND_LIBS) -lhogweed -lgmp -lm

archives = $(addprefix $(O)/,$(addsuffix .a,$(1)))
$(O)/ruad: $(O)/src/daemon/main.o \
    $(call archives,daemon conf ingest store mail report base)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(VARIANT_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_RUAD)
$(O)/ruad-parse: $(O)/src/parse/main.o $(call archives,parse report base)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(VARIANT_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_PARSE)
$(O)/ruactl: $(O)/src/ctl/main.o \
    $(call archives,ctl page show answer conf ingest store dns report base)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(VARIANT_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_RUACTL)

$(O)/ruad-fetch: $(O)/src/fetch/main.o $(call archives,base)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(VARIANT_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(CURL_LIBS) \
	    $(NETTLE_LIBS)

$(O)/ruad-web: $(O)/src/web/main.o \
    $(call archives,web page show answer store dns report base)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(VARIANT_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_WEB)

# --- engines ----------------------------------------------------------------

# What brings the feed into an engine: ruad-feed-NAME, and its SQL, which is of
# src/engine/NAME_*.sql in this order and has the pieces of store/rules.h, and of
# NAME.pieces if it is there, between two @.
ENGINES = postgresql clickhouse
ENGINE_SQL_postgresql = tables judge apply views
ENGINE_SQL_clickhouse = tables views batch
# It has no functions of one's own: SQLite's get the names that they have there.
ENGINE_SED_clickhouse = s/min(max(iif(/least(greatest(if(/;s/iif(/if(/g
sharedir = $(datarootdir)/ruad
FEEDS = $(foreach e,$(ENGINES),$(O)/ruad-feed-$(e) $(O)/engine/$(e).sql) \
	$(O)/engine/grafana-postgresql.json

all: $(FEEDS)

$(O)/ruad-feed-%: $(srcdir)/src/engine/ruad-feed-%.sh \
    $(srcdir)/src/engine/feed.sh config.mk
	@mkdir -p $(@D)
	@sed -e '/^@feed@$$/{' -e 'r $(srcdir)/src/engine/feed.sh' -e 'd' -e '}' $< | \
	    sed 's|@bindir@|$(bindir)|g; s|@sharedir@|$(sharedir)|g' >$@.new
	@chmod 755 $@.new
	@mv $@.new $@

define engine_rule
$(O)/engine/$(1).sql: $(foreach part,$(ENGINE_SQL_$(1)),\
    $(srcdir)/src/engine/$(1)_$(part).sql) $(srcdir)/src/engine/unquote.awk \
    $(srcdir)/src/store/rules.h $(wildcard $(srcdir)/src/engine/$(1).pieces)
	@mkdir -p $$(@D)
	@{ echo '#include "store/rules.h"'; cat $$(filter %.pieces,$$^) /dev/null; \
	    sed -e 's/[\\"]/\\&/g' -e 's/@\(RULE_[^@]*\)@/" \1 "/g' \
	    -e 's/@\(PIECE_[^@]*\)@/" \1 "/g' -e 's/.*/"&\\n"/' \
	    $$(filter %.sql,$$^); } | $$(CC) -E -P -I$$(srcdir)/src -xc - | \
	    awk -f $$(srcdir)/src/engine/unquote.awk | \
	    sed '$$(ENGINE_SED_$(1))' >$$@.new
	@mv $$@.new $$@
endef
$(foreach e,$(ENGINES),$(eval $(call engine_rule,$(e))))

# The dashboard, for the views there.
$(O)/engine/grafana-%.json: $(srcdir)/src/engine/%_grafana.sed \
    $(srcdir)/docs/examples/grafana.json
	@mkdir -p $(@D)
	@sed -f $^ >$@.new
	@mv $@.new $@

# --- tests ------------------------------------------------------------------

# tests/unit/<module>.c is one cmocka program; it may use any layer.
UNIT := $(patsubst $(srcdir)/%.c,$(O)/%,$(wildcard $(srcdir)/tests/unit/*.c))
ifneq ($(WEB),yes)
UNIT := $(filter-out $(O)/tests/unit/web_%,$(UNIT))
endif
# Archives are named only where a test includes from them, so that a test of
# base does not need the others to build.
needs_base = report base
needs_parse = parse $(needs_base)
needs_dns = dns $(needs_base)
needs_mail = mail $(needs_base)
needs_store = store $(needs_base)
needs_ingest = ingest $(needs_store)
needs_conf = conf base
needs_answer = answer dns $(needs_store)
needs_show = show $(needs_answer)
needs_page = page $(needs_show)
needs_daemon = daemon conf ingest store mail $(needs_base)
needs_web = web $(needs_page)
needs_ctl = ctl page show answer conf $(needs_ingest)
UNIT_LAYERS := $(shell awk '/^\#include "[a-z]*\// { \
	u = FILENAME; sub(".*/", "", u); sub("\\.c$$", "", u); \
	l = $$2; sub("\"", "", l); sub("/.*", "", l); print u ":" l }' \
	$(srcdir)/tests/unit/*.c)
unit_layers = $(patsubst $(1):%,%,$(filter $(1):%,$(UNIT_LAYERS)))
unit_all = $(sort $(foreach l,base $(1),$(needs_$(l))))
unit_deps = $(filter $(call unit_all,$(1)),ctl web daemon page show answer conf \
	ingest store mail parse dns report base)
# See tests/unit/source.h.
$(O)/tests/source.c: config.mk
	@mkdir -p $(@D)
	@{ echo 'extern const char source_tree[];'; \
	    echo 'const char source_tree[] = "$(abspath $(srcdir))";'; } >$@
$(O)/tests/source.o: $(O)/tests/source.c
	@$(COMPILE) -c -o $@ $<

define unit_rule
$(O)/tests/unit/$(1): $(O)/tests/unit/$(1).o $(O)/tests/source.o \
    $$(call archives,$$(call unit_deps,$$(call unit_layers,$(1))))
	@echo "  LD $$@"
	@$$(CC) $$(CFLAGS) $$(VARIANT_CFLAGS) $$(ALL_LDFLAGS) -o $$@ $$^ -lcmocka \
	    $$(LIBS_RUAD) $$(LIBS_PARSE) $$(LIBS_RUACTL) $$(LIBS_WEB)
endef
$(foreach u,$(notdir $(UNIT)),$(eval $(call unit_rule,$(u))))
.PRECIOUS: $(O)/tests/unit/%.o $(O)/%.sql.c $(O)/%.css.c

.PHONY: unit
unit: $(UNIT)

# tests/fuzz/<module>.c is one libFuzzer program in the variant fuzz; in the
# others it reads what it is given, see tests/fuzz/replay.c.
FUZZ = $(patsubst $(srcdir)/%.c,$(O)/%,$(filter-out %/replay.c,\
	$(wildcard $(srcdir)/tests/fuzz/*.c)))
ifeq ($(B),fuzz)
FUZZ_LDFLAGS = -fsanitize=fuzzer
else
$(FUZZ): $(O)/tests/fuzz/replay.o
endif
$(O)/tests/fuzz/route: $(addprefix $(O)/src/web/,route.o route_table.o \
    route_write.o) $(call archives,answer store)
$(FUZZ): $(O)/tests/fuzz/%: $(O)/tests/fuzz/%.o \
    $(call archives,parse dns report base)
	@echo "  LD $@"
	@$(CC) $(CFLAGS) $(VARIANT_CFLAGS) $(ALL_LDFLAGS) $(FUZZ_LDFLAGS) -o $@ \
	    -Wl,--start-group $^ -Wl,--end-group \
	    $(LIBS_PARSE) $(SQLITE_LIBS) $(CARES_LIBS) $(MAXMIND_LIBS) \
	    -lhogweed -lgmp
.PRECIOUS: $(O)/tests/fuzz/%.o

FUZZ_SECONDS ?= 60
.PHONY: fuzzers
fuzzers: $(FUZZ)
run-fuzz:
	@$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) \
	    B=fuzz fuzzers
	@$(TESTS_ENV) $(srcdir)/tests/fuzz/run.sh $(FUZZ_SECONDS)

TESTS_ENV = RUAD_SRC=$(abspath $(srcdir)) RUAD_BUILD=$(abspath $(O)) \
	PYTHON=$(PYTHON)

run-check:
	@$(TESTS_ENV) MAKE="$(MAKE) --no-print-directory" $(srcdir)/tests/check.sh

# As "make check", with the long form of all that has a short one there.
run-check-long:
	@RUAD_LONG=1 $(TESTS_ENV) MAKE="$(MAKE) --no-print-directory" \
	    $(srcdir)/tests/check.sh

# As "make check", on a machine that is busy, slow, or has one core only.
WAYS ?= alone busy quota one-core
run-check-ways:
	@$(TESTS_ENV) MAKE="$(MAKE) --no-print-directory" \
	    $(srcdir)/tests/check.sh $(WAYS)

run-demo: all
	@$(TESTS_ENV) $(PYTHON) $(srcdir)/tests/demo.py

# The pages of ruad-web about it, until it is stopped.
build/demo/ruad.db:
	@$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) demo
run-demo-web: all build/demo/ruad.db
	@test -x $(O)/ruad-web || { echo 'make: ruad-web is not built:' \
	    'run "make deps", and ./configure' >&2; exit 1; }
	$(O)/ruad-web -d build/demo/ruad.db

run-bench: all
	@$(TESTS_ENV) $(PYTHON) $(srcdir)/tests/bench/bench.py

# A real Cyrus IMAP, downloaded and unpacked below /tmp, not installed.
run-check-cyrus: all
	@$(TESTS_ENV) $(PYTHON) -m pytest -q -p no:cacheprovider \
	    $(srcdir)/tests/cyrus

# axe, of the npm registry, on every kind of page in a headless Chromium.
AXE = build/axe/package/axe.min.js
$(AXE):
	@mkdir -p build/axe
	@command -v npm >/dev/null || { echo 'make: npm is missing:' \
	    '"apt-get install npm" brings it' >&2; exit 1; }
	cd build/axe && npm pack --silent axe-core@4 && tar -xmf axe-core-*.tgz
run-check-axe: $(AXE)
	@$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) B=dev all
	@$(TESTS_ENV) RUAD_BUILD=$(abspath build/dev) RUAD_AXE=$(abspath $(AXE)) \
	    $(PYTHON) -m pytest -q -rs -p no:cacheprovider $(srcdir)/tests/axe

# All tests of engines, also a cluster, and hundreds of kills: half an hour.
run-check-engines:
	@$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) B=dev all
	@$(TESTS_ENV) RUAD_BUILD=$(abspath build/dev) RUAD_ENGINES=all \
	    $(PYTHON) -m pytest -q -ra -p no:cacheprovider \
	    $(srcdir)/tests/engine

# In Debian 12 and 13, booted; in ROOTS, made once: build/roots or another place.
SUITES ?= bookworm trixie
run-check-packages:
	@[ "$$(id -u)" = 0 ] || { echo 'make: check-packages boots Debians:' \
	    'run it as root' >&2; exit 77; }
	@$(TESTS_ENV) SUITES='$(SUITES)' $(PYTHON) -m pytest -q -rs \
	    -p no:cacheprovider $(srcdir)/tests/packages

TORTURE_SECONDS ?= 900
run-torture:
	@$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) B=dev all
	@$(TESTS_ENV) $(srcdir)/tests/torture/run.sh $(TORTURE_SECONDS)

# A year of 1 million records, and one of 10: some minutes to make, 2 GB.
run-bench-queries: all
	@$(TESTS_ENV) $(PYTHON) $(srcdir)/tests/bench/queries.py \
	    --scale 1 --scale 10

# Pages of that year of 1 million records; SCALES="1 10" of both.
SCALES ?= 1
run-bench-web: all
	@$(TESTS_ENV) $(PYTHON) $(srcdir)/tests/bench/web.py \
	    $(addprefix --scale ,$(SCALES))

# Databases of 0, 1 and 10 million records: 3 GB.
run-bench-growth: all
	@$(TESTS_ENV) $(PYTHON) $(srcdir)/tests/bench/growth.py

# Databases of 1, 10 and 100 million records: hours on a busy machine, 13 GB.
run-bench-scale: all
	@$(TESTS_ENV) $(PYTHON) $(srcdir)/tests/bench/scale.py

# That year of 1 million records as a feed, and in engines; 1 GB.
run-bench-feed: all
	@$(TESTS_ENV) $(PYTHON) $(srcdir)/tests/bench/feed.py

CORPUS ?= ../shared/corpus
run-check-corpus: all
	@$(TESTS_ENV) $(PYTHON) $(srcdir)/tests/corpus.py $(CORPUS)

run-lint:
	@$(TESTS_ENV) $(srcdir)/tests/lint.sh

# Where Debian's shells look.
bashcompdir = $(datarootdir)/bash-completion/completions
fishcompdir = $(datarootdir)/fish/vendor_completions.d
ZSH_PLACE = $(if $(filter /usr,$(prefix)),vendor-completions,site-functions)
zshcompdir = $(datarootdir)/zsh/$(ZSH_PLACE)

# --- install ------------------------------------------------------------------

# Drop-ins for units, to be copied and changed.
EXAMPLES = $(datarootdir)/doc/ruad/systemd
# What is in systemd/ with places to be filled in; @locked@ is that file.
UNITS := $(notdir $(wildcard $(srcdir)/systemd/*.service \
	$(srcdir)/systemd/*.timer $(srcdir)/systemd/*.socket))
MANUALS := $(notdir $(wildcard $(srcdir)/docs/*.[1578]))
COMPLETED = ruad ruactl $(if $(filter yes,$(WEB)),ruad-web)
ifneq ($(WEB),yes)
UNITS := $(filter-out ruad-web.%,$(UNITS))
MANUALS := $(filter-out ruad-web.%,$(MANUALS))
endif
SCRIPTS = ruad-send ruad-digest ruad-backup ruad-prune hooks/event.sh \
	hooks/mail hooks/webhook hooks/syslog
FILL = sed -e '/^@locked@$$/{' -e 'r $(srcdir)/systemd/locked.in' -e 'd' \
	-e '}' -e 's|@sbindir@|$(sbindir)|g; s|@bindir@|$(bindir)|g' \
	-e 's|@libexecdir@|$(libexecdir)|g; s|@sysconfdir@|$(sysconfdir)|g'
# Manuals name the places of a package; installed ones those where things are.
FILL_PAGE = sed -e 's|/usr/libexec/ruad|$(libexecdir)/ruad|g' \
	-e 's|/usr/share/doc/ruad/systemd|$(EXAMPLES)|g' \
	-e 's|/usr/share/doc/ruad|$(docdir)|g'

install: all
	install -d $(DESTDIR)$(sbindir) $(DESTDIR)$(bindir) \
	    $(DESTDIR)$(libexecdir)/ruad/hooks \
	    $(DESTDIR)$(sysconfdir)/ruad/conf.d \
	    $(DESTDIR)$(sysconfdir)/ruad/alert.d \
	    $(DESTDIR)$(systemdsystemunitdir) \
	    $(DESTDIR)$(prefix)/lib/sysusers.d \
	    $(DESTDIR)$(prefix)/lib/systemd/catalog \
	    $(DESTDIR)$(prefix)/lib/tmpfiles.d $(DESTDIR)$(EXAMPLES)
	install -m 755 $(O)/ruad $(DESTDIR)$(sbindir)/ruad
	install -m 755 $(O)/ruactl $(DESTDIR)$(bindir)/ruactl
	install -m 755 $(O)/ruad-parse $(DESTDIR)$(RUAD_PARSE_PATH)
	install -m 755 $(O)/ruad-fetch $(DESTDIR)$(RUAD_FETCH_PATH)
	test -e $(DESTDIR)$(sysconfdir)/ruad/ruad.conf || install -m 640 \
	    $(srcdir)/etc/ruad.conf $(DESTDIR)$(sysconfdir)/ruad/ruad.conf
	for unit in $(UNITS); do $(FILL) $(srcdir)/systemd/$$unit \
	    > $(DESTDIR)$(systemdsystemunitdir)/$$unit; done
	for name in $(SCRIPTS); do $(FILL) $(srcdir)/systemd/$$name \
	    > $(DESTDIR)$(libexecdir)/ruad/$$name; \
	    chmod 755 $(DESTDIR)$(libexecdir)/ruad/$$name; done
	for engine in $(ENGINES); do \
	    install -m 755 $(O)/ruad-feed-$$engine $(DESTDIR)$(sbindir)/; \
	    install -D -m 644 $(O)/engine/$$engine.sql \
	        $(DESTDIR)$(sharedir)/$$engine.sql; done
	install -m 644 $(srcdir)/systemd/ruad.sysusers \
	    $(DESTDIR)$(prefix)/lib/sysusers.d/ruad.conf
ifeq ($(WEB),yes)
	install -m 755 $(O)/ruad-web $(DESTDIR)$(sbindir)/ruad-web
	install -m 644 $(srcdir)/systemd/ruad-web.sysusers \
	    $(DESTDIR)$(prefix)/lib/sysusers.d/ruad-web.conf
endif
	sed 's|@sysconfdir@|$(sysconfdir)|' $(srcdir)/systemd/ruad.tmpfiles \
	    > $(DESTDIR)$(prefix)/lib/tmpfiles.d/ruad.conf
	install -m 644 $(srcdir)/systemd/ruad.catalog \
	    $(DESTDIR)$(prefix)/lib/systemd/catalog/ruad.catalog
	install -m 644 $(srcdir)/systemd/*.conf $(DESTDIR)$(EXAMPLES)
	for page in $(MANUALS); do \
	    s=$${page##*.}; install -d $(DESTDIR)$(mandir)/man$$s; \
	    $(FILL_PAGE) $(srcdir)/docs/$$page \
	        > $(DESTDIR)$(mandir)/man$$s/$$page; \
	    chmod 644 $(DESTDIR)$(mandir)/man$$s/$$page; done
	for engine in $(ENGINES); do echo '.so man8/ruad-feed.8' \
	    >$(DESTDIR)$(mandir)/man8/ruad-feed-$$engine.8; done
	install -d $(DESTDIR)$(bashcompdir) $(DESTDIR)$(zshcompdir) \
	    $(DESTDIR)$(fishcompdir)
	for name in $(COMPLETED); do \
	    install -m 644 $(srcdir)/etc/completion/$$name.bash \
	        $(DESTDIR)$(bashcompdir)/$$name; \
	    install -m 644 $(srcdir)/etc/completion/$$name.fish \
	        $(DESTDIR)$(fishcompdir); done
	install -m 644 $(srcdir)/etc/completion/_ruactl $(DESTDIR)$(zshcompdir)
	cd $(srcdir)/docs/examples && find . -type f -exec install -D -m 644 \
	    {} $(abspath $(DESTDIR)/)$(docdir)/examples/{} \;
	install -m 644 $(O)/engine/grafana-postgresql.json \
	    $(DESTDIR)$(docdir)/examples

uninstall:
	rm -rf $(DESTDIR)$(docdir)/examples
	rm -f $(foreach name,ruad ruactl ruad-web, \
	        $(DESTDIR)$(bashcompdir)/$(name) \
	        $(DESTDIR)$(fishcompdir)/$(name).fish) \
	    $(DESTDIR)$(zshcompdir)/_ruactl
	rm -f $(DESTDIR)$(sbindir)/ruad $(DESTDIR)$(bindir)/ruactl \
	    $(DESTDIR)$(RUAD_PARSE_PATH) $(DESTDIR)$(RUAD_FETCH_PATH) \
	    $(addprefix $(DESTDIR)$(systemdsystemunitdir)/,$(UNITS)) \
	    $(addprefix $(DESTDIR)$(libexecdir)/ruad/,$(SCRIPTS)) \
	    $(foreach e,$(ENGINES),$(DESTDIR)$(sbindir)/ruad-feed-$(e) \
	        $(DESTDIR)$(sharedir)/$(e).sql) \
	    $(DESTDIR)$(prefix)/lib/systemd/catalog/ruad.catalog \
	    $(DESTDIR)$(prefix)/lib/sysusers.d/ruad.conf \
	    $(DESTDIR)$(prefix)/lib/tmpfiles.d/ruad.conf
	rm -f $(DESTDIR)$(sbindir)/ruad-web \
	    $(DESTDIR)$(prefix)/lib/sysusers.d/ruad-web.conf
	rm -rf $(DESTDIR)$(EXAMPLES)
	if cmp -s $(srcdir)/etc/ruad.conf $(DESTDIR)$(sysconfdir)/ruad/ruad.conf; \
	then rm -f $(DESTDIR)$(sysconfdir)/ruad/ruad.conf; fi
	for dir in $(docdir) $(sharedir) $(libexecdir)/ruad/hooks \
	    $(libexecdir)/ruad $(sysconfdir)/ruad/conf.d \
	    $(sysconfdir)/ruad/alert.d \
	    $(sysconfdir)/ruad; do test ! -d $(DESTDIR)$$dir || \
	    rmdir --ignore-fail-on-non-empty $(DESTDIR)$$dir; done
	for page in $(MANUALS); do \
	    rm -f $(DESTDIR)$(mandir)/man$${page##*.}/$$page; done
	rm -f $(foreach e,$(ENGINES),$(DESTDIR)$(mandir)/man8/ruad-feed-$(e).8)

-include $(wildcard $(O)/*.d $(O)/src/*/*.d $(O)/tests/*/*.d)

endif
