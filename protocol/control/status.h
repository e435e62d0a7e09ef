/* STATUS: how far genesis is. Body: u8 phase, u32 policy version, u32 vendor verifications, u8 slots, for each: u8 state, refusal
 * text; then the view: the proposed one without a signature (never adoptable [V1]) while members gather, the chosen one afterwards;
 * empty before. */
#ifndef AVO_CONTROL_STATUS_H
#define AVO_CONTROL_STATUS_H

#include "protocol/control/control.h"
#include "protocol/view/view.h"

enum avo_genesis_phase {
    AVO_GENESIS_NO_POLICY = 1,
    AVO_GENESIS_GATHERING = 2, /* members are missing */
    AVO_GENESIS_PROPOSED = 3,  /* all are in: the owner may approve hash(view) [V0] */
    AVO_GENESIS_FORMED = 4,
};

struct avo_slot_status {
    bool joined;
    struct avo_member member; /* when joined; incarnation 1 */
    struct avo_text refusal;  /* why the last JOIN for the slot was refused; empty when none was */
};

struct avo_genesis_status {
    enum avo_genesis_phase phase;
    uint32_t policy_version;
    uint32_t vendor_verifications; /* how often evidence of a CPU's vendor was judged since the CAS started */
    uint8_t slot_count;
    struct avo_slot_status slots[AVO_SLOT_MAX_COUNT];
    bool has_view; /* PROPOSED and FORMED */
    struct avo_view view;
};

#define AVO_STATUS_MAX_BYTES 10240

void avo_genesis_status_write(struct avo_writer *writer, const struct avo_genesis_status *status);
AVO_MUST_USE enum avo_error avo_genesis_status_read(struct avo_slice message, struct avo_genesis_status *status);

#endif
