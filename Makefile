# postflight: `make help` lists the targets.
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

BUILD ?= build
CC ?= cc
PKG_CONFIG ?= pkg-config
ifeq ($(origin CC),default)
CC := cc
endif

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef
ifdef SANITIZE
SAN_FLAGS := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
endif
LIBS := libcurl libcjson libpcre2-8 yaml-0.1 libcares
PKG_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(LIBS))
PKG_LIBS = $(shell $(PKG_CONFIG) --libs $(LIBS)) -lwslay
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DPCRE2_CODE_UNIT_WIDTH=8 -Iinclude -Isrc $(WARNINGS) $(WERROR) $(PKG_CFLAGS) $(SAN_FLAGS) $(CFLAGS)

# Lowest first: a layer may use those before it.
LAYERS := base net kube plan probe diagnose run report cli
archive = $(BUILD)/lib$(1).a
ARCHIVES := $(foreach l,$(LAYERS),$(call archive,$(l)))
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))

all: $(BUILD)/postflight

define layer_rules
$(1)_OBJECTS := $$(patsubst %.c,$(BUILD)/%.o,$$(sort $$(wildcard src/$(1)/*.c)))
$(BUILD)/lib$(1).a: $$($(1)_OBJECTS)
	@rm -f $$@
	$$(AR) rcsD $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rules,$(l))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/postflight: $(BUILD)/src/main.o $(ARCHIVES)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(BUILD)/src/main.o $(call reverse,$(ARCHIVES)) $(PKG_LIBS)

# tests/unit/LAYER/test_X.c is one cmocka program, linked with that layer and those below it.
UNIT_SOURCES := $(sort $(wildcard tests/unit/*/test_*.c))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SOURCES))
upto = $(if $(filter $(1),$(firstword $(2))),$(1),$(firstword $(2)) $(call upto,$(1),$(wordlist 2,$(words $(2)),$(2))))
define unit_rule
$(BUILD)/unit/$(1)/%: $(BUILD)/tests/unit/$(1)/%.o $(foreach l,$(call upto,$(1),$(LAYERS)),$(call archive,$(l)))
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $$(LDFLAGS) -o $$@ $$< $(foreach l,$(call reverse,$(call upto,$(1),$(LAYERS))),$(call archive,$(l))) $$(PKG_LIBS) $$(shell $$(PKG_CONFIG) --libs cmocka)
endef
$(foreach l,$(LAYERS),$(eval $(call unit_rule,$(l))))

unit: $(UNIT_TESTS)
	@for t in $^; do $$t || exit 1; done

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all unit clean
.SECONDARY:
