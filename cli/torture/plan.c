#include "cli/torture/plan.h"
#include "base/assert.h"
#include <stdio.h>
#include <string.h>

#define NS_PER_MS 1000000ULL
#define SHORTEST_MS 200
#define LONGEST_MS 3000
#define JITTER_MS 12 /* clients begin with a window: a fault shortly after meets their operations */

static const char *const names[AVO_FAULT_KINDS] = {"stop", "partition", "tamper", "kill", "replace"};

const char *avo_fault_name(enum avo_fault_kind kind) {
    return names[kind];
}

const char *avo_fault_way_name(const struct avo_fault *fault) {
    static const char *const stops[AVO_STOP_WAYS] = {"its host", "its enclave", "host and enclave"};
    static const char *const cuts[AVO_CUT_WAYS] = {"from all", "from nodes", "hears no node", "heard by no node",
                                                   "from the next node"};
    switch (fault->kind) {
    case AVO_FAULT_STOP:
    case AVO_FAULT_KILL:
        return stops[fault->way];
    case AVO_FAULT_PARTITION:
        return cuts[fault->way];
    case AVO_FAULT_TAMPER:
        return "its region";
    case AVO_FAULT_REPLACE:
    case AVO_FAULT_KINDS:
        break;
    }
    return "by a new one";
}

static bool word_read(const char *word, unsigned *kinds) {
    for (unsigned kind = 0; kind < AVO_FAULT_KINDS; kind++) {
        if (strcmp(word, names[kind]) == 0) {
            *kinds |= 1U << kind;
            return true;
        }
    }
    return false;
}

bool avo_fault_kinds_read(const char *text, unsigned *kinds, char word[AVO_FAULT_WORD_BYTES]) {
    *kinds = 0;
    if (strcmp(text, "none") == 0) {
        return true;
    }
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        (void)snprintf(word, AVO_FAULT_WORD_BYTES, "%.*s", length < AVO_FAULT_WORD_BYTES ? (int)length : AVO_FAULT_WORD_BYTES - 1,
                       at);
        if (!word_read(word, kinds)) {
            return false;
        }
        at += length;
        if (*at == '\0') {
            return true;
        }
    }
}

struct avo_fault_plan avo_fault_plan(uint64_t seed, unsigned kinds, unsigned nodes, double every_s) {
    AVO_ASSERT(nodes > 0 && every_s > 0);
    struct avo_fault_plan plan = {.prng = avo_prng(seed), .kinds = kinds, .nodes = nodes, .every_ns = (uint64_t)(every_s * 1e9)};
    plan.tampered = (unsigned)avo_prng_below(&plan.prng, nodes);
    return plan;
}

static enum avo_fault_kind draw_kind(struct avo_fault_plan *plan) {
    for (;;) {
        enum avo_fault_kind kind = (enum avo_fault_kind)avo_prng_below(&plan->prng, AVO_FAULT_KINDS);
        if ((plan->kinds >> kind & 1) != 0) {
            return kind;
        }
    }
}

/* The one whose values are tampered with is also the only one that ends: the others keep an intact copy of each. */
static bool counts_for_nothing(const struct avo_fault_plan *plan, enum avo_fault_kind kind) {
    bool ends = kind == AVO_FAULT_KILL || kind == AVO_FAULT_REPLACE;
    return kind == AVO_FAULT_TAMPER || (ends && (plan->kinds >> AVO_FAULT_TAMPER & 1) != 0);
}

struct avo_fault avo_fault_plan_next(struct avo_fault_plan *plan) {
    if (plan->kinds == 0) {
        return (struct avo_fault){.begin_ns = UINT64_MAX, .end_ns = UINT64_MAX};
    }
    struct avo_fault fault = {.kind = draw_kind(plan)};
    bool cut = fault.kind == AVO_FAULT_PARTITION;
    fault.way = (unsigned)avo_prng_below(&plan->prng, cut ? AVO_CUT_WAYS : AVO_STOP_WAYS);
    fault.node = (unsigned)avo_prng_below(&plan->prng, plan->nodes);
    fault.node = counts_for_nothing(plan, fault.kind) ? plan->tampered : fault.node;
    fault.begin_ns = ++plan->drawn * plan->every_ns + avo_prng_below(&plan->prng, JITTER_MS * NS_PER_MS);
    fault.end_ns = fault.begin_ns + (SHORTEST_MS + avo_prng_below(&plan->prng, LONGEST_MS - SHORTEST_MS)) * NS_PER_MS;
    return fault;
}
