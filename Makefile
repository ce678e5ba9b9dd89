# SPDX-License-Identifier: GPL-3.0-or-later
#
# make            build build/memcgsim (never installs anything)
# make run        the main job: replay a recorded container host under several kernel policies
# make test       every test that CI runs          make test-all   the slow ones too
# make bench      the speed figures of this machine
# make lint       clang-format, clang-tidy, cppcheck, shellcheck
# make baselines  store again what the scenarios in scenarios/baselines give, and show what changed
# make install    DESTDIR and PREFIX are honoured
#
# run, test, bench and lint install missing Debian packages first and say so; NO_INSTALL=1 forbids it.

# V=1 shows the commands.
ifneq ($(V),1)
Q := @
say = @echo "  $(1)"
endif

PREFIX ?= /usr/local
DESTDIR ?=
ifeq ($(origin CC),default)
CC := gcc
endif
B ?= build
VERSION := 0.1.0

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
	-Wwrite-strings -Werror
# -ffp-contract=off: the same sums on every machine (results are compared byte by byte).
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 $(WARN) -ffp-contract=off -fno-strict-aliasing -pthread \
	-Isim -Imodels -I. -D_GNU_SOURCE -DMEMCGSIM_VERSION='"$(VERSION)"' \
	-DMEMCGSIM_SHARE='"$(PREFIX)/share/memcgsim"' $(CFLAGS) $(EXTRA_CFLAGS)
LIBS := -lgsl -lgslcblas -lyaml -lhwloc -lzstd -lz -lxxhash -ljson-c -lnettle -lm

PKGS := gsl yaml-0.1 hwloc libzstd zlib libxxhash json-c nettle

SRC := $(sort $(wildcard sim/*/*.c models/*.c models/*/*.c reports/*.c))
OBJ := $(SRC:%.c=$B/obj/%.o)
MAIN := $B/obj/sim/main.o
LIB := $B/libmemcgsim.a

UNIT_SRC := $(sort $(wildcard tests/unit/*.c))
UNIT := $(UNIT_SRC:tests/unit/%.c=$B/tests/%)
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$B/fuzz/%)
BENCH_OBJ := $(patsubst %.c,$B/obj/%.o,$(sort $(wildcard bench/*.c)))

.PHONY: all run test test-all bench lint baselines install clean deps-check packages units fuzzers FORCE

all: $B/memcgsim

# Says what is missing, and the command that would install it; never installs.
deps-check:
	@.ci/install-packages --check build

packages:
	@.ci/install-packages $(GROUPS)

$B/memcgsim: $(MAIN) $(BENCH_OBJ) $(LIB)
	$(call say,LINK $@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(MAIN) $(BENCH_OBJ) $(LIB) $(LIBS)

# What was compiled with other flags, or knows another PREFIX, is compiled again.
SHARE_OBJ := $(patsubst %.c,$B/obj/%.o,$(shell grep -l MEMCGSIM_SHARE sim/*/*.c))
FLAGS := $(CC) $(filter-out -DMEMCGSIM_SHARE=%,$(ALL_CFLAGS))
keep = mkdir -p $(@D); echo '$(subst ','\'',$(1))' | cmp -s - $@ || echo '$(subst ','\'',$(1))' > $@

$B/flags: FORCE
	@$(call keep,$(FLAGS))
$B/prefix: FORCE
	@$(call keep,$(PREFIX))
$(OBJ) $(MAIN) $(BENCH_OBJ) $(UNIT): $B/flags
$(SHARE_OBJ): $B/prefix
FORCE:

$(LIB): $(OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(OBJ)

$B/obj/%.o: %.c | deps-check
	@mkdir -p $(@D)
	$(call say,CC $<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$B/tests/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(call say,CC $<)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(LIB) $(LIBS) -lcmocka

units: $(UNIT)

# Targets that read any bytes: see tests/fuzz/driver.c.
$B/fuzz/%: tests/fuzz/fuzz_%.c tests/fuzz/driver.c $(LIB) $B/flags
	@mkdir -p $(@D)
	$(call say,CC $<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< tests/fuzz/driver.c $(LIB) $(LIBS)

fuzzers: $(FUZZ)

run:
	@.ci/install-packages build plots
	@$(MAKE) --no-print-directory all
	$B/memcgsim run scenarios/host-replay.yaml

test:
	@.ci/install-packages build plots test
	tests/run

test-all:
	@.ci/install-packages build plots test
	tests/run --all

bench:
	@.ci/install-packages build
	@$(MAKE) --no-print-directory all
	$B/memcgsim bench

lint:
	@.ci/install-packages build test lint
	tests/lint

# A baseline keeps its choice of lines and their tolerances. An expectation that fails does not keep it from being stored.
baselines: all
	@$B/memcgsim check $(patsubst scenarios/baselines/%.csv,scenarios/%.yaml,$(wildcard scenarios/baselines/*.csv)) \
		--update-baseline --no-plots -q -o $B/baselines || [ $$? = 1 ]

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/memcgsim
	install -m 755 $B/memcgsim $(DESTDIR)$(PREFIX)/bin/memcgsim
	cp -R scenarios $(DESTDIR)$(PREFIX)/share/memcgsim/
	install -m 644 sim.yaml.example $(DESTDIR)$(PREFIX)/share/memcgsim/

clean:
	rm -rf $B

-include $(OBJ:.o=.d) $(MAIN:.o=.d) $(BENCH_OBJ:.o=.d) $(UNIT:=.d) $(FUZZ:=.d)
