/* What a step asks its driver to do, in the order of the array: the only way anything gets out. */
#ifndef AVO_STEWARD_EFFECTS_H
#define AVO_STEWARD_EFFECTS_H

#include "base/bytes.h"
#include "base/log_level.h"
#include "boundary/ending.h"
#include "protocol/view/view.h"

enum avo_steward_effect_type {
    AVO_STEWARD_SEND,          /* `bytes` to the CAS */
    AVO_STEWARD_REOPEN,        /* end the connection to the CAS, and open another after a while */
    AVO_STEWARD_ASK_LAS,       /* `bytes` to the LAS */
    AVO_STEWARD_MAKE_EVIDENCE, /* have the vendor attest `report_data`, then AVO_STEWARD_EVIDENCE */
    AVO_STEWARD_MAKE_REPORT,   /* have the CPU make a local report of `report_data` for `target`, then AVO_STEWARD_REPORT */
    AVO_STEWARD_JOINED,        /* this enclave is a member: start the workers */
    AVO_STEWARD_HAND,          /* `view` to worker `worker`, which says ADOPTED before it is handed another */
    AVO_STEWARD_SAY,           /* `text` is a line of the log, of `level` */
    AVO_STEWARD_END,           /* end the process with `status`, `text` being its last words */
};

struct avo_steward_effect {
    enum avo_steward_effect_type type;
    struct avo_slice bytes; /* as all pointers, borrowed from the steward until the next step */
    const uint8_t *report_data;
    const uint8_t *target;
    const struct avo_signed_view *view;
    uint32_t worker;
    enum avo_log_level level;
    enum avo_ending status;
    const char *text;
};

/* The most that a step has: one for each worker, and a few. */
#define AVO_STEWARD_EFFECTS_MAX (AVO_WORKER_MAX_COUNT + 8)

struct avo_steward_effects {
    uint32_t count;
    struct avo_steward_effect effects[AVO_STEWARD_EFFECTS_MAX];
};

#endif
