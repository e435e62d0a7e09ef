#include "host/relay.h"
#include "daemon/address.h"
#include "daemon/log.h"
#include "daemon/tcp.h"
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void avo_host_relay_init(struct avo_host_relay *relay, uint8_t *region, const struct avo_region_layout *layout,
                         const struct avo_address *cas) {
    *relay = (struct avo_host_relay){.cas = *cas, .tcp_fd = -1, .retry_wait_us = AVO_RELAY_RETRY_MIN_US};
    relay->to_enclave = avo_region_stream_inbound(region, layout);
    relay->from_enclave = avo_region_stream_outbound(region, layout);
}

static void disconnect(struct avo_host_relay *relay, uint64_t now_us) {
    if (relay->tcp_fd >= 0) {
        close(relay->tcp_fd);
    }
    relay->tcp_fd = -1;
    relay->state = AVO_RELAY_IDLE;
    relay->unsent = AVO_SLICE_EMPTY;
    relay->retry_at_us = now_us + relay->retry_wait_us;
    relay->retry_wait_us *= 2;
    if (relay->retry_wait_us > AVO_RELAY_RETRY_MAX_US) {
        relay->retry_wait_us = AVO_RELAY_RETRY_MAX_US;
    }
}

static void complain(struct avo_host_relay *relay, int number) {
    char text[AVO_ADDRESS_TEXT_BYTES];
    if (!relay->complained) {
        avo_address_text(&relay->cas, text);
        avo_log_warn("cannot reach the CAS at %s: %s; trying again", text, strerror(number));
        relay->complained = true;
    }
}

static void connect_begin(struct avo_host_relay *relay, uint64_t now_us) {
    struct sockaddr_storage to;
    int family = avo_address_is_v4(&relay->cas) ? AF_INET : AF_INET6;
    socklen_t length = avo_address_to_socket(&relay->cas, family, &to);
    relay->tcp_fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (relay->tcp_fd >= 0) {
        avo_tcp_keep(relay->tcp_fd);
    }
    if (relay->tcp_fd < 0 || (connect(relay->tcp_fd, (const struct sockaddr *)&to, length) != 0 && errno != EINPROGRESS)) {
        complain(relay, errno);
        disconnect(relay, now_us);
        return;
    }
    relay->state = AVO_RELAY_CONNECTING;
}

static void connect_end(struct avo_host_relay *relay, uint64_t now_us) {
    struct pollfd ready = {.fd = relay->tcp_fd, .events = POLLOUT};
    int number = 0;
    socklen_t length = sizeof number;
    if (poll(&ready, 1, 0) != 1) {
        return;
    }
    if (getsockopt(relay->tcp_fd, SOL_SOCKET, SO_ERROR, &number, &length) != 0 || number != 0) {
        complain(relay, number);
        disconnect(relay, now_us);
        return;
    }
    relay->state = AVO_RELAY_CONNECTED;
}

/* The enclave hears of the end of one connection before the beginning of the next. True when it was told something. */
static bool tell(struct avo_host_relay *relay) {
    bool connected = relay->state == AVO_RELAY_CONNECTED;
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
    if (!relay->told_open || relay->state != AVO_RELAY_CONNECTED || !avo_relay_flush(&relay->writer, &relay->to_enclave)) {
        return false;
    }
    ssize_t got = recv(relay->tcp_fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (got <= 0) {
        disconnect(relay, now_us);
        return true;
    }
    relay->retry_wait_us = AVO_RELAY_RETRY_MIN_US;
    if (relay->complained) {
        avo_log_info("reached the CAS");
        relay->complained = false;
    }
    return avo_relay_write(&relay->writer, &relay->to_enclave, AVO_RELAY_BYTES, avo_slice(bytes, (size_t)got));
}

static void frame_take(struct avo_host_relay *relay, const struct avo_relay_frame *frame, uint64_t now_us) {
    switch (frame->kind) {
    case AVO_RELAY_BYTES:
        relay->unsent = relay->state == AVO_RELAY_CONNECTED ? frame->bytes : AVO_SLICE_EMPTY; /* else: for a dead connection */
        break;
    case AVO_RELAY_DONE:
        relay->done = true;
        disconnect(relay, now_us);
        break;
    case AVO_RELAY_CLOSED: /* it tries again, but not at once */
        relay->done = false;
        relay->retry_wait_us = AVO_RELAY_RETRY_MAX_US;
        disconnect(relay, now_us);
        break;
    case AVO_RELAY_OPENED:
        relay->broken = true;
        break;
    }
}

/* One frame from the enclave, when the last one is sent. */
static bool carry_out(struct avo_host_relay *relay, uint64_t now_us) {
    if (relay->unsent.length > 0) {
        ssize_t sent = send(relay->tcp_fd, relay->unsent.data, relay->unsent.length, MSG_DONTWAIT | MSG_NOSIGNAL);
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

bool avo_host_relay_pump(struct avo_host_relay *relay, uint64_t now_us) {
    bool passed = false;
    bool more = !relay->broken;
    while (more && !relay->broken) {
        if (relay->state == AVO_RELAY_IDLE && !relay->done && !relay->told_open && now_us >= relay->retry_at_us) {
            connect_begin(relay, now_us);
        }
        if (relay->state == AVO_RELAY_CONNECTING) {
            connect_end(relay, now_us);
        }
        more = tell(relay);
        more |= carry_out(relay, now_us);
        more |= carry_in(relay, now_us);
        passed |= more;
    }
    return passed;
}

/* With a frame that does not fit the stream yet, the enclave's ring says when to go on. */
int avo_host_relay_poll(const struct avo_host_relay *relay, uint64_t now_us, short *events, int *wait_ms) {
    bool writer_free = relay->writer.sent == relay->writer.length;
    *wait_ms = -1;
    *events = 0;
    if (relay->state == AVO_RELAY_IDLE) {
        if (!relay->done && !relay->broken) {
            *wait_ms = relay->retry_at_us > now_us ? (int)((relay->retry_at_us - now_us) / 1000) + 1 : 0;
        }
        return -1;
    }
    if (relay->state == AVO_RELAY_CONNECTING || relay->unsent.length > 0) {
        *events |= POLLOUT;
    }
    if (relay->state == AVO_RELAY_CONNECTED && writer_free) {
        *events |= POLLIN;
    }
    return *events != 0 ? relay->tcp_fd : -1;
}
