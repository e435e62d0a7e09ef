#include "cli/torture/nemesis.h"
#include "cli/torture/again.h"
#include <string.h>

#define STEP_NS 5000000

static const struct avo_fault_methods *const methods[AVO_FAULT_KINDS] = {
    [AVO_FAULT_STOP] = &avo_fault_stop, [AVO_FAULT_PARTITION] = &avo_fault_cut,   [AVO_FAULT_TAMPER] = &avo_fault_tamper,
    [AVO_FAULT_KILL] = &avo_fault_kill, [AVO_FAULT_REPLACE] = &avo_fault_replace,
};

bool avo_nemesis_open(struct avo_nemesis *nemesis, const char *dir, const struct avo_view *view, struct avo_fault_plan plan,
                      struct avo_why *why) {
    *nemesis = (struct avo_nemesis){.scene = {.dir = dir, .view = view}, .plan = plan};
    nemesis->scene.prng = avo_prng(avo_prng_next(&nemesis->plan.prng));
    nemesis->scene.tampered = plan.tampered;
    for (enum avo_fault_kind kind = AVO_FAULT_STOP; kind < AVO_FAULT_KINDS; kind++) {
        if ((plan.kinds >> kind & 1) != 0 && !methods[kind]->open(&nemesis->scene, why)) {
            avo_nemesis_close(nemesis);
            return false;
        }
    }
    nemesis->next = avo_fault_plan_next(&nemesis->plan);
    return true;
}

static void say(const struct avo_nemesis *nemesis, const struct avo_fault *fault, bool begins) {
    if (nemesis->say != NULL) {
        nemesis->say(fault, begins);
    }
}

static void end_due(struct avo_nemesis *nemesis, uint64_t now_ns) {
    for (unsigned i = nemesis->active_count; i-- > 0;) {
        struct avo_fault fault = nemesis->active[i];
        if (fault.end_ns <= now_ns) {
            nemesis->active[i] = nemesis->active[--nemesis->active_count];
            bool hit = methods[fault.kind]->end(&nemesis->scene, &fault);
            nemesis->hit[fault.kind] += hit;
            nemesis->missed[fault.kind] += !hit;
            say(nemesis, &fault, false);
        }
    }
}

/* What other kinds of faults hold of a node that ends. */
static void forget(struct avo_nemesis *nemesis, unsigned node) {
    for (enum avo_fault_kind kind = AVO_FAULT_STOP; kind < AVO_FAULT_KINDS; kind++) {
        if (nemesis->scene.state[kind] != NULL && methods[kind]->forget != NULL) {
            methods[kind]->forget(&nemesis->scene, node);
        }
    }
}

static void begin_next(struct avo_nemesis *nemesis) {
    struct avo_fault fault = nemesis->next;
    nemesis->next = avo_fault_plan_next(&nemesis->plan);
    if (nemesis->active_count == AVO_NEMESIS_ACTIVE_MAX || !methods[fault.kind]->begin(&nemesis->scene, &fault)) {
        nemesis->missed[fault.kind]++;
        return;
    }
    nemesis->active[nemesis->active_count++] = fault;
    if (fault.kind == AVO_FAULT_KILL || fault.kind == AVO_FAULT_REPLACE) {
        forget(nemesis, fault.node);
    }
    say(nemesis, &fault, true);
}

uint64_t avo_nemesis_turn(struct avo_nemesis *nemesis, uint64_t now_ns) {
    avo_again_look(&nemesis->scene);
    end_due(nemesis, now_ns);
    while (nemesis->next.begin_ns <= now_ns) {
        begin_next(nemesis);
    }
    uint64_t due_ns = nemesis->next.begin_ns;
    for (unsigned i = 0; i < nemesis->active_count; i++) {
        const struct avo_fault *fault = &nemesis->active[i];
        bool goes_on = methods[fault->kind]->go_on != NULL;
        if (goes_on) {
            methods[fault->kind]->go_on(&nemesis->scene, fault);
        }
        uint64_t then_ns = goes_on && now_ns + STEP_NS < fault->end_ns ? now_ns + STEP_NS : fault->end_ns;
        due_ns = then_ns < due_ns ? then_ns : due_ns;
    }
    return due_ns;
}

void avo_nemesis_heal(struct avo_nemesis *nemesis) {
    end_due(nemesis, UINT64_MAX);
}

bool avo_nemesis_settle(struct avo_nemesis *nemesis, struct avo_why *why) {
    return avo_again_wait(&nemesis->scene, why);
}

void avo_nemesis_close(struct avo_nemesis *nemesis) {
    avo_nemesis_heal(nemesis);
    for (enum avo_fault_kind kind = AVO_FAULT_STOP; kind < AVO_FAULT_KINDS; kind++) {
        if (nemesis->scene.state[kind] != NULL) {
            methods[kind]->close(&nemesis->scene);
        }
    }
}

uint64_t avo_nemesis_hits(const struct avo_nemesis *nemesis) {
    uint64_t sum = 0;
    for (enum avo_fault_kind kind = AVO_FAULT_STOP; kind < AVO_FAULT_KINDS; kind++) {
        sum += nemesis->hit[kind];
    }
    return sum;
}
