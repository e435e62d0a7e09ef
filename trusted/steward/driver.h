/* Drives a steward: carries its events and effects between the control stream of the region, the mailboxes of the workers and the
 * machine it runs on. One driver for all who run an enclave: the process, the inline node, the simulator, tests. Makes no system
 * call of its own. */
#ifndef AVO_STEWARD_DRIVER_H
#define AVO_STEWARD_DRIVER_H

#include "protocol/control/binding.h"
#include "protocol/control/local.h"
#include "trusted/steward/steward.h"

/* What differs between those who run an enclave. Each call may block; `text` is one line. */
struct avo_machine {
    void *context;
    /* The vendor's evidence for this program with `report_data` in it, appended to an empty buffer of AVO_EVIDENCE_MAX_BYTES. */
    enum avo_error (*evidence)(void *context, const uint8_t report_data[AVO_BINDING_BYTES], struct avo_buffer *evidence);
    /* A local report of the same, which the program measured as `target` on this machine can check. */
    enum avo_error (*report)(void *context, const uint8_t target[AVO_LOCAL_TARGET_BYTES],
                             const uint8_t report_data[AVO_BINDING_BYTES], uint8_t report[AVO_LOCAL_REPORT_MESSAGE_BYTES]);
    void (*say)(void *context, enum avo_log_level level, const char *text);
    /* Ends the enclave. Where it returns, the driver does nothing more. */
    void (*end)(void *context, enum avo_ending status, const char *text);
};

/* A worker's two, one each way. */
struct avo_mailboxes {
    struct avo_mailbox to_worker;
    struct avo_mailbox to_steward;
};

struct avo_driver_config {
    uint8_t *region; /* borrowed, as all below, for the driver's life */
    struct avo_steward_config steward;
    const struct avo_machine *machine;
};

struct avo_driver; /* about 300 KiB in the arena, and 20 KiB a worker */

/* NULL when the arena is too small. */
struct avo_driver *avo_driver_create(struct avo_arena *arena, const struct avo_driver_config *config);
/* Does what there is to do, without waiting. True when something passed: the host is to be rung, and there may be more. */
bool avo_driver_poll(struct avo_driver *driver);
/* What the workers run with; NULL until this enclave is a member. */
const struct avo_identity *avo_driver_identity(const struct avo_driver *driver);
/* The mailboxes of worker `index`. */
struct avo_mailboxes *avo_driver_mailboxes(struct avo_driver *driver, uint32_t index);

#endif
