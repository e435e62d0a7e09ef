/* The control channel: the enclave's connection to its CAS, and its messages to the LAS beside it, relayed by the host, in frames
 * over the control stream (boundary/stream.h). The host adds no more than when a connection begins and ends; what is inside is none
 * of its business.
 *
 * Frame: u8 kind, u8 zero, u16 length, then `length` bytes (AVO_RELAY_BYTES and AVO_RELAY_LAS only).
 */
#ifndef AVO_BOUNDARY_RELAY_H
#define AVO_BOUNDARY_RELAY_H

#include "boundary/stream.h"
#include <avocado/error.h>

#define AVO_RELAY_HEADER_BYTES 4
#define AVO_RELAY_CHUNK_MAX_BYTES 4096
#define AVO_RELAY_FRAME_MAX_BYTES (AVO_RELAY_HEADER_BYTES + AVO_RELAY_CHUNK_MAX_BYTES)

enum avo_relay_kind {
    AVO_RELAY_OPENED = 1, /* host -> enclave: a new connection; whatever came before belongs to a dead one */
    AVO_RELAY_BYTES = 2,  /* both ways: bytes of the connection */
    AVO_RELAY_CLOSED = 3, /* host -> enclave: it is gone. enclave -> host: close it, and open a new one after a while */
    AVO_RELAY_LAS = 4,    /* both ways: one whole message to or from the LAS (protocol/control/local.h) */
};

struct avo_relay_frame {
    enum avo_relay_kind kind;
    struct avo_slice bytes; /* borrowed from the reader until its next call */
};

/* The consumer's side: collects one frame. All zero at start. */
struct avo_relay_reader {
    uint8_t frame[AVO_RELAY_FRAME_MAX_BYTES];
    size_t length;
    bool taken; /* the frame was handed out: the next call begins a new one */
};

/* The producer's side: the frame that did not fit yet. All zero at start. */
struct avo_relay_writer {
    uint8_t frame[AVO_RELAY_FRAME_MAX_BYTES];
    size_t length;
    size_t sent;
};

/* The next frame. AVO_OK; AVO_EBUSY: none is complete yet; AVO_EFORMAT: the other side breaks the rules, for good. */
AVO_MUST_USE enum avo_error avo_relay_read(struct avo_relay_reader *reader, struct avo_stream_end *consumer,
                                           struct avo_relay_frame *frame);

/* Takes one frame with at most AVO_RELAY_CHUNK_MAX_BYTES to send. False, and nothing taken, while an earlier one is still unsent.
 */
AVO_MUST_USE bool avo_relay_write(struct avo_relay_writer *writer, struct avo_stream_end *producer, enum avo_relay_kind kind,
                                  struct avo_slice bytes);
/* Sends what it can of the frame taken. True when nothing is left. */
bool avo_relay_flush(struct avo_relay_writer *writer, struct avo_stream_end *producer);

#endif
