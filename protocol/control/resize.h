/* RESIZE: the owner has the group grow by a slot, or shrink by one [V6]. Body: u8 change, u8 slot. The answer is DONE once it is
 * noted: an addition lets an enclave join in that slot, and the view shows when a removal has happened. */
#ifndef AVO_CONTROL_RESIZE_H
#define AVO_CONTROL_RESIZE_H

#include "protocol/control/control.h"

enum avo_resize {
    AVO_RESIZE_ADD = 1,    /* an enclave may join in a slot that the view lists not */
    AVO_RESIZE_REMOVE = 2, /* the member of a slot leaves */
};

struct avo_resize_request {
    enum avo_resize change;
    uint8_t slot; /* below AVO_SLOT_MAX_COUNT */
};

#define AVO_RESIZE_BYTES (1 + 2)

void avo_resize_request_write(struct avo_writer *writer, const struct avo_resize_request *request);
/* AVO_EFORMAT also for a change that is none and a slot out of range. */
AVO_MUST_USE enum avo_error avo_resize_request_read(struct avo_slice message, struct avo_resize_request *request);

#endif
