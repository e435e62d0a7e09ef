/* What an enclave and the LAS beside it say to each other. The host carries these messages, one a packet; they are in the clear and
 * need no secrecy: a report is worth something only to its target, a voucher only on the connection it is bound to.
 *
 * Message: u8 wire version, u8 type, u32 id (the enclave's, echoed, so that an answer to an earlier question is distinguished),
 * body: TARGET_REQUEST: none.        TARGET: the LAS's measurement 32, for which the enclave makes its report. REPORT: a local
 * report 432.  VOUCHER: a voucher 480 (voucher.h). LOCAL_REFUSED: text: what, on what, what next.
 */
#ifndef AVO_CONTROL_LOCAL_H
#define AVO_CONTROL_LOCAL_H

#include "base/cursor.h"
#include "protocol/control/text.h"
#include "protocol/control/voucher.h"

#define AVO_LOCAL_TARGET_BYTES 32
#define AVO_LOCAL_REPORT_MESSAGE_BYTES 432
#define AVO_LOCAL_HEADER_BYTES 6
#define AVO_LOCAL_MAX_BYTES (AVO_LOCAL_HEADER_BYTES + 2 + AVO_TEXT_MAX_BYTES)

enum avo_local_type {
    AVO_LOCAL_TARGET_REQUEST = 1,
    AVO_LOCAL_TARGET = 2,
    AVO_LOCAL_REPORT = 3,
    AVO_LOCAL_VOUCHER = 4,
    AVO_LOCAL_REFUSED = 5,
};

struct avo_local_message {
    enum avo_local_type type;
    uint32_t id;
    struct avo_slice body; /* borrowed; of the type's length */
};

void avo_local_write(struct avo_writer *writer, enum avo_local_type type, uint32_t id, struct avo_slice body);
void avo_local_refused_write(struct avo_writer *writer, uint32_t id, const struct avo_text *text);

/* AVO_EFORMAT unless `bytes` are one message whose body has its type's length (a refusal's is a printable text); AVO_ESTALE when
 * the other side speaks another wire version. */
AVO_MUST_USE enum avo_error avo_local_read(struct avo_slice bytes, struct avo_local_message *message);
/* The text of a LOCAL_REFUSED that avo_local_read accepted. */
void avo_local_refused_text(const struct avo_local_message *message, struct avo_text *text);

#endif
