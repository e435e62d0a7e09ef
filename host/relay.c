#include "host/relay.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

void avo_host_relay_init(struct avo_host_relay *relay, uint8_t *region, const struct avo_region_layout *layout,
                         const struct avo_address *cas, const char *las_socket) {
    *relay = (struct avo_host_relay){.broken = false};
    avo_dial_init(&relay->cas, cas, "the CAS");
    avo_host_las_init(&relay->las, las_socket);
    relay->to_enclave = avo_region_stream_inbound(region, layout);
    relay->from_enclave = avo_region_stream_outbound(region, layout);
}

static void disconnect(struct avo_host_relay *relay, uint64_t now_us) {
    relay->unsent = AVO_SLICE_EMPTY;
    avo_dial_lose(&relay->cas, now_us);
}

/* The enclave hears of the end of one connection before the beginning of the next. True when it has something to hear. */
static bool tell(struct avo_host_relay *relay) {
    bool connected = relay->cas.state == AVO_DIAL_CONNECTED;
    if (connected == relay->told_open) {
        return false;
    }
    enum avo_relay_kind kind = connected ? AVO_RELAY_OPENED : AVO_RELAY_CLOSED;
    if (!avo_relay_write(&relay->writer, &relay->to_enclave, kind, AVO_SLICE_EMPTY)) {
        return false;
    }
    relay->told_open = connected;
    return true;
}

/* One chunk from the CAS, when the last one is on its way. */
static bool carry_in(struct avo_host_relay *relay, uint64_t now_us) {
    uint8_t bytes[AVO_RELAY_CHUNK_MAX_BYTES];
    if (!relay->told_open || relay->cas.state != AVO_DIAL_CONNECTED || !avo_relay_flush(&relay->writer, &relay->to_enclave)) {
        return false;
    }
    ssize_t got = recv(relay->cas.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (got <= 0) {
        disconnect(relay, now_us);
        return true;
    }
    avo_dial_heard(&relay->cas);
    return avo_relay_write(&relay->writer, &relay->to_enclave, AVO_RELAY_BYTES, avo_slice(bytes, (size_t)got));
}

static void frame_take(struct avo_host_relay *relay, const struct avo_relay_frame *frame, uint64_t now_us) {
    switch (frame->kind) {
    case AVO_RELAY_BYTES:
        relay->unsent = relay->cas.state == AVO_DIAL_CONNECTED ? frame->bytes : AVO_SLICE_EMPTY; /* else: for a dead connection */
        break;
    case AVO_RELAY_CLOSED: /* it tries again, but not at once */
        avo_dial_slow(&relay->cas);
        disconnect(relay, now_us);
        break;
    case AVO_RELAY_LAS:
        avo_host_las_ask(&relay->las, frame->bytes);
        break;
    case AVO_RELAY_OPENED:
        relay->broken = true;
        break;
    }
}

/* One frame from the enclave, when the last one is sent. */
static bool carry_out(struct avo_host_relay *relay, uint64_t now_us) {
    if (relay->unsent.length > 0) {
        ssize_t sent = send(relay->cas.fd, relay->unsent.data, relay->unsent.length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            disconnect(relay, now_us);
            return true;
        }
        if (sent > 0) {
            relay->unsent = avo_slice_part(relay->unsent, (size_t)sent, relay->unsent.length - (size_t)sent);
        }
        return sent > 0;
    }
    struct avo_relay_frame frame;
    enum avo_error error = avo_relay_read(&relay->reader, &relay->from_enclave, &frame);
    if (error == AVO_OK) {
        frame_take(relay, &frame, now_us);
    }
    relay->broken |= error == AVO_EFORMAT;
    return error == AVO_OK;
}

/* An answer of the LAS, when the last frame is on its way. */
static bool carry_las(struct avo_host_relay *relay, uint64_t now_us) {
    uint8_t answer[AVO_HOST_LAS_MESSAGE_MAX_BYTES];
    if (!avo_relay_flush(&relay->writer, &relay->to_enclave)) {
        return false;
    }
    size_t length = avo_host_las_pump(&relay->las, now_us, answer);
    return length > 0 && avo_relay_write(&relay->writer, &relay->to_enclave, AVO_RELAY_LAS, avo_slice(answer, length));
}

bool avo_host_relay_pump(struct avo_host_relay *relay, uint64_t now_us) {
    bool passed = false;
    bool more = !relay->broken;
    while (more && !relay->broken) {
        if (relay->cas.state == AVO_DIAL_CONNECTING || !relay->told_open) {
            avo_dial_pump(&relay->cas, now_us);
        }
        more = tell(relay);
        more |= carry_out(relay, now_us);
        more |= carry_in(relay, now_us);
        more |= carry_las(relay, now_us);
        passed |= more;
    }
    return passed;
}

/* With a frame that does not fit the stream yet, the enclave's ring says when to go on. */
int avo_host_relay_poll(const struct avo_host_relay *relay, uint64_t now_us, short *events, int *las_fd, int *wait_ms) {
    bool writer_free = relay->writer.sent == relay->writer.length;
    *wait_ms = -1;
    *events = 0;
    *las_fd = -1;
    if (relay->cas.state == AVO_DIAL_IDLE) {
        if (!relay->broken) {
            *wait_ms = avo_dial_wait_ms(&relay->cas, now_us);
        }
        return -1;
    }
    *wait_ms = avo_dial_wait_ms(&relay->cas, now_us);
    if (relay->cas.state == AVO_DIAL_CONNECTING || relay->unsent.length > 0) {
        *events |= POLLOUT;
    }
    if (relay->cas.state == AVO_DIAL_CONNECTED && writer_free) {
        *events |= POLLIN;
        *las_fd = avo_host_las_poll(&relay->las, now_us, wait_ms);
    }
    return *events != 0 ? relay->cas.fd : -1;
}
