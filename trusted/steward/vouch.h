/* How an enclave gets a voucher from the LAS beside it, sans-IO [DESIGN 11.3]: asks for whom to make its local report, has its CPU
 * make one, and sends it. The host carries the messages (protocol/control/local.h) and can only lose them: a voucher is judged by
 * the CAS, and one that was swapped is bound to nothing of this enclave's. */
#ifndef AVO_STEWARD_VOUCH_H
#define AVO_STEWARD_VOUCH_H

#include "protocol/control/local.h"

enum avo_vouch_state {
    AVO_VOUCH_IDLE = 0,
    AVO_VOUCH_ASKED_TARGET = 1,
    AVO_VOUCH_NEED_REPORT = 2, /* have the CPU make a report for `target`, then avo_vouch_report */
    AVO_VOUCH_ASKED_VOUCHER = 3,
    AVO_VOUCH_DONE = 4,   /* `voucher` */
    AVO_VOUCH_FAILED = 5, /* `reason` */
};

struct avo_vouch {
    enum avo_vouch_state state;
    uint32_t id; /* of the question that is out; answers to others are ignored */
    uint8_t target[AVO_LOCAL_TARGET_BYTES];
    uint8_t voucher[AVO_VOUCHER_BYTES];
    struct avo_text reason;
};

/* Begins, or begins again: writes a message (at most AVO_LOCAL_MAX_BYTES) to `out`. `vouch` is all zero the first time. */
void avo_vouch_start(struct avo_vouch *vouch, struct avo_writer *out);
/* Takes a message of the LAS. What does not answer the question that is out is ignored. */
enum avo_vouch_state avo_vouch_read(struct avo_vouch *vouch, struct avo_slice message);
/* In NEED_REPORT only: the report; writes a message to `out`. */
enum avo_vouch_state avo_vouch_report(struct avo_vouch *vouch, const uint8_t report[AVO_LOCAL_REPORT_MESSAGE_BYTES],
                                      struct avo_writer *out);

#endif
