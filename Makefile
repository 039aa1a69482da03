# postflight: `make help` lists the targets.
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# The newest entry of the changelog is the one place that has the version.
VERSION := $(shell sed -n '1s/^[^(]*(\([^)]*\)).*/\1/p' debian/changelog)
ifeq ($(VERSION),)
$(error debian/changelog does not begin with a version)
endif

# To be set on the command line or in the environment:
#   BUILD folder   CC CFLAGS CPPFLAGS LDFLAGS AR PKG_CONFIG   PREFIX DESTDIR
#   SANITIZE=address,undefined   WERROR=-Werror   LAYER=kube (the unit tests of one layer)   V=1 (whole command lines)
BUILD ?= build
PREFIX ?= /usr/local
PKG_CONFIG ?= pkg-config
ifeq ($(origin CC),default)
CC := cc
endif

ifdef SANITIZE
CFLAGS ?= -O1 -g
SAN_FLAGS := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
else
CFLAGS ?= -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
endif
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef

# wslay comes without a pkg-config file.
LIBS := libcurl libcjson libpcre2-8 yaml-0.1 libcares
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBS) 2>/dev/null)
PKG_LIBS := $(shell $(PKG_CONFIG) --libs $(LIBS) 2>/dev/null) -lwslay
TEST_LIBS := $(shell $(PKG_CONFIG) --libs cmocka 2>/dev/null)

# Not abspath: that takes a folder with a space in its name for two.
BUILD_HERE := $(if $(filter /%,$(BUILD)),$(BUILD),$(CURDIR)/$(BUILD))

# The same bytes whatever folder it is built in: no path of this machine reaches the program.
PREFIX_MAP := '-ffile-prefix-map=$(CURDIR)=.' '-ffile-prefix-map=$(BUILD_HERE)=build'
DEFINES := -D_GNU_SOURCE -DPCRE2_CODE_UNIT_WIDTH=8 -DPF_VERSION='"$(VERSION)"'
ALL_CFLAGS = -std=c11 $(DEFINES) -Iinclude -Isrc $(WARNINGS) $(WERROR) $(PKG_CFLAGS) $(SAN_FLAGS) $(CPPFLAGS) $(CFLAGS)
COMPILE = $(CC) $(ALL_CFLAGS) $(PREFIX_MAP) -MMD -MP -c
LINK = $(CC) $(ALL_CFLAGS) $(LDFLAGS)

Q := $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-5s %s\n' $(1) $(2))

# Lowest first: a layer may use those before it.
LAYERS := base net kube plan probe diagnose run report cli
archive = $(BUILD)/lib$(1).a
ARCHIVES := $(foreach l,$(LAYERS),$(call archive,$(l)))
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
upto = $(if $(filter $(1),$(firstword $(2))),$(1),$(firstword $(2)) $(call upto,$(1),$(wordlist 2,$(words $(2)),$(2))))

HEADERS := $(sort $(wildcard include/postflight/*.h src/*/*.h))
SOURCES := $(sort $(wildcard src/*.c src/*/*.c))
TEST_SOURCES := $(sort $(wildcard tests/unit/*/*.c tests/unit/*/*.h tests/fuzz/*.c tests/bench/*.c tests/lab/container/*.c))

all: $(BUILD)/postflight ## the program, at build/postflight

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# --- what a changed flag or a removed file must rebuild ---

# A stamp is rewritten only when its text changes; single quotes are kept out of the shell's way.
stamp = @mkdir -p $(@D); printf '%s\n' '$(subst ','"'"',$(1))' | cmp -s - $@ || printf '%s\n' '$(subst ','"'"',$(1))' >$@

$(BUILD)/flags: FORCE
	@$(PKG_CONFIG) --print-errors --exists $(LIBS) || { echo 'libraries are missing: run tools/deps build' >&2; exit 1; }
	$(call stamp,$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(PKG_LIBS))

EMBEDDED := $(sort $(wildcard checks/*/plan.json checks/*/manifests/*.yaml src/*/*.sh))
$(BUILD)/embedded.files: FORCE
	$(call stamp,$(EMBEDDED))

# --- compiling ---

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(COMPILE) -o $@ $<

# The plans and manifests of checks/, and the scripts of probes, become a part of the program.
$(BUILD)/embedded/plan/embedded.c: tools/embed $(BUILD)/embedded.files $(EMBEDDED)
	@mkdir -p $(@D)
	$(call say,EMBED,'checks/ scripts')
	$(Q)tools/embed $(EMBEDDED) >$@

$(BUILD)/embedded/plan/embedded.o: $(BUILD)/embedded/plan/embedded.c $(BUILD)/flags
	$(call say,CC,$<)
	$(Q)$(COMPILE) -o $@ $<

define layer_rules
$(1)_OBJECTS := $$(patsubst %.c,$(BUILD)/%.o,$$(sort $$(wildcard src/$(1)/*.c)))
$(if $(filter plan,$(1)),$(1)_OBJECTS += $(BUILD)/embedded/plan/embedded.o)
$(BUILD)/$(1).objects: FORCE
	$$(call stamp,$$($(1)_OBJECTS))
$(BUILD)/lib$(1).a: $$($(1)_OBJECTS) $(BUILD)/$(1).objects
	@rm -f $$@
	$$(Q)$$(AR) rcsD $$@ $$($(1)_OBJECTS)
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rules,$(l))))

$(BUILD)/postflight: $(BUILD)/src/main.o $(ARCHIVES)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $(BUILD)/src/main.o $(call reverse,$(ARCHIVES)) $(PKG_LIBS)

# --- unit tests ---

# tests/unit/LAYER/test_X.c is one cmocka program, linked with that layer, those below it, and the files of its
# folder that are no tests.
UNIT_SOURCES := $(sort $(wildcard tests/unit/$(or $(LAYER),*)/test_*.c))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SOURCES))
support = $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/unit/$(1)/test_%.c,$(sort $(wildcard tests/unit/$(1)/*.c))))
define unit_rule
$(BUILD)/unit/$(1)/%: $(BUILD)/tests/unit/$(1)/%.o $(call support,$(1)) $(foreach l,$(call upto,$(1),$(LAYERS)),$(call archive,$(l)))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(LINK) -o $$@ $$< $(call support,$(1)) $(foreach l,$(call reverse,$(call upto,$(1),$(LAYERS))),$(call archive,$(l))) $$(PKG_LIBS) $$(TEST_LIBS)
endef
$(foreach l,$(LAYERS),$(eval $(call unit_rule,$(l))))

unit: $(UNIT_TESTS) ## the unit tests; LAYER=base for those of one layer
	@tools/run-tests $(BUILD) $(UNIT_TESTS)

# A make started by `check` or `demo` uses every processor, unless -j was given.
ALL_JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 1))

check: ## installs what is missing, builds, runs every test that needs no cluster
	@tools/deps build test lab
	@$(MAKE) --no-print-directory $(ALL_JOBS) check-now

# A make of its own: the flags of libraries that were just installed are asked for anew.
check-now: all $(UNIT_TESTS)
	@POSTFLIGHT='$(BUILD_HERE)/postflight' tools/run-tests $(BUILD) $(UNIT_TESTS) \
		$(wildcard tests/recordings/run tests/recordings/variants tests/matrix/run tests/logs/run tests/completion/run tests/lab/run tests/lab/faults/run tests/lab/conformance tests/e2e/fixes)

e2e: all ## the end-to-end tests, against the cluster of the current kubeconfig
	@POSTFLIGHT='$(BUILD_HERE)/postflight' tests/e2e/run

# --- the lab: a cluster in one process, see tests/lab/README.md ---

LAB_RUN = POSTFLIGHT='$(BUILD_HERE)/postflight' LAB='$(BUILD_HERE)/lab' tests/lab

demo: ## shows postflight on a cluster in one process: a healthy deployment, a fault, its fix
	@tools/deps build lab
	@$(MAKE) --no-print-directory $(ALL_JOBS) all
	@$(LAB_RUN)/lab run tests/lab/demo

lab: all ## starts such a cluster in the background, with the documented deployment
	@tools/deps lab
	@$(LAB_RUN)/lab start

lab-break: ## breaks the deployment in the lab: FAULT=endpoint-port; FAULT=none mends it; without, lists the faults
	@$(LAB_RUN)/lab break $(FAULT)

lab-stop: ## ends the lab
	@$(LAB_RUN)/lab stop

screens: all ## writes what README.md shows, from runs in a lab: read the difference
	@tools/deps lab
	@$(LAB_RUN)/screens
	@git --no-pager diff --stat -- README.md

matrix: all ## what each scenario should be told as, and was in the last run of the end-to-end tests (E2E_OUT)
	@POSTFLIGHT=$(abspath $(BUILD)/postflight) node tests/matrix/print.mjs

golden: all ## rewrites the expected reports of tests/recordings: read the difference
	@POSTFLIGHT='$(BUILD_HERE)/postflight' tests/recordings/run --golden
	@git --no-pager diff --stat -- tests/recordings

# --- the house ---

format: ## clang-format on all C
	@clang-format -i $(SOURCES) $(HEADERS) $(TEST_SOURCES)

format-check: ## says which C is not formatted
	@clang-format --dry-run -Werror $(SOURCES) $(HEADERS) $(TEST_SOURCES)

lint: ## clang-tidy and cppcheck
	@tools/lint $(BUILD) "$(filter-out -DPF_VERSION=%,$(ALL_CFLAGS))" $(SOURCES)

layers: ## checks that each #include goes down the layers
	@tools/layers $(LAYERS)

check-headers: $(HEADERS:%.h=$(BUILD)/headers/%.ok) ## compiles each header alone

$(BUILD)/headers/%.ok: %.h $(HEADERS) $(BUILD)/flags
	@mkdir -p $(@D)
	@printf '#include "%s"\n' '$<' | $(CC) $(ALL_CFLAGS) -I. -x c -fsyntax-only - && touch $@

reproducible: ## builds in two folders and compares the programs
	@tools/reproducible

deps: ## installs everything that building, testing and checking need
	tools/deps build test lab lint e2e doc image deb

packaging: ## tests of the container image, the Debian package and the examples of deploy/ci
	@tests/packaging/run $(BUILD)

image-files: all ## what the container image holds, as a folder: build/image
	@tools/deps image
	@tools/image-files $(BUILD)/postflight $(BUILD)/image

image-sizes: image-files ## what each file of the container image costs
	@tools/image-files --sizes $(BUILD)/image

IMAGE := $(BUILD)/postflight-$(VERSION).image
image: image-files ## the container image without a container engine: build/postflight-VERSION.image.tar, for `docker load`
	@tools/image postflight:$(VERSION) $(BUILD)/image $(IMAGE).tar
	@ls -sh $(IMAGE).tar

deb: ## the Debian package, from a copy of the sources: build/deb/postflight_VERSION_ARCH.deb, and what lintian says of it
	@tools/deps build deb
	@tools/deb $(BUILD)/deb

# Where bash, zsh and fish, in this order, look for what a package brings.
COMPLETIONS := $(addprefix $(DESTDIR)$(PREFIX)/share/,bash-completion/completions/postflight \
	zsh/site-functions/_postflight fish/vendor_completions.d/postflight.fish)

install: all ## into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/postflight $(DESTDIR)$(PREFIX)/bin/postflight
	ln -sf postflight $(DESTDIR)$(PREFIX)/bin/kubectl-postflight
	ln -sf postflight $(DESTDIR)$(PREFIX)/bin/kubectl_complete-postflight
	install -d $(dir $(COMPLETIONS))
	for shell in bash zsh fish; do $(BUILD)/postflight completion $$shell >$(BUILD)/completion.$$shell || exit 1; done
	install -m 644 $(BUILD)/completion.bash $(word 1,$(COMPLETIONS))
	install -m 644 $(BUILD)/completion.zsh $(word 2,$(COMPLETIONS))
	install -m 644 $(BUILD)/completion.fish $(word 3,$(COMPLETIONS))
	for page in $(wildcard man/*.1 man/*.5); do \
		install -d $(DESTDIR)$(PREFIX)/share/man/man$${page##*.} && \
		install -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/ || exit 1; \
	done

uninstall: ## takes away what install put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,postflight kubectl-postflight kubectl_complete-postflight) $(COMPLETIONS)
	rm -f $(foreach p,$(wildcard man/*.1 man/*.5),$(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(p)))/$(notdir $(p)))

clean: ## removes the build folder
	rm -rf $(BUILD)

-include $(patsubst %.c,$(BUILD)/%.d,$(SOURCES) $(filter %.c,$(TEST_SOURCES))) $(BUILD)/embedded/plan/embedded.d
FORCE:
.PHONY: all help unit check check-now e2e demo lab lab-break lab-stop screens golden matrix format format-check lint layers check-headers reproducible deps \
	packaging image-files image-sizes image deb install uninstall clean FORCE
.SECONDARY:
