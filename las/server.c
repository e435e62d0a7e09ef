#include "las/server.h"
#include "base/secret.h"
#include "daemon/dial.h"
#include "daemon/log.h"
#include "daemon/retry.h"
#include "protocol/control/control.h"
#include "protocol/control/local.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_BYTES 16384
#define OUT_BYTES (AVO_EVIDENCE_MAX_BYTES + 4096) /* evidence and its frames */
#define KEY_BYTES 16

enum { POLL_LISTENER, POLL_WATCH, POLL_CAS = POLL_WATCH + AVO_WATCH_COUNT, POLL_LOCALS };

/* A connection of an enclave's host. One without a question has its place for a while only: its host asks again over another. */
struct local {
    int fd;              /* -1: free */
    bool asked;          /* its question is not answered yet */
    uint64_t ends_at_us; /* unless it asks something before */
};

struct avo_las_server {
    struct avo_las_server_config config;
    struct avo_dial cas;
    bool told_open; /* what the core was last told of that connection */
    bool done;
    struct pollfd *fds;
    struct local *locals;
    size_t out_length;
    uint8_t out[OUT_BYTES]; /* to the CAS */
    uint8_t received[RECEIVE_BYTES];
    uint8_t scratch[AVO_EVIDENCE_MAX_BYTES];
};

struct avo_las_server *avo_las_server_create(struct avo_arena *arena, const struct avo_las_server_config *config) {
    struct avo_las_server *server = avo_arena_take(arena, 1, sizeof *server);
    if (server == NULL) {
        return NULL;
    }
    server->config = *config;
    avo_dial_init(&server->cas, &config->cas, "the CAS");
    server->fds = avo_arena_take(arena, POLL_LOCALS + config->local_max_count, sizeof *server->fds);
    server->locals = avo_arena_take(arena, config->local_max_count, sizeof *server->locals);
    if (server->fds == NULL || server->locals == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < config->local_max_count; i++) {
        server->locals[i].fd = -1;
    }
    return server;
}

static void cas_lose(struct avo_las_server *server) {
    server->out_length = 0;
    server->told_open = false;
    avo_dial_lose(&server->cas, avo_watch_now_us());
}

static void local_drop(struct avo_las_server *server, uint32_t local) {
    if (server->locals[local].fd >= 0) {
        (void)close(server->locals[local].fd);
    }
    server->locals[local] = (struct local){.fd = -1};
}

/* An enclave's host that does not read its answers is let go, and asks again over a new connection. */
static void local_send(struct avo_las_server *server, const struct avo_las_effect *effect) {
    int fd = server->locals[effect->local].fd;
    server->locals[effect->local].asked = false;
    if (fd >= 0 && !avo_send_whole(fd, effect->bytes)) {
        (void)shutdown(fd, SHUT_RDWR); /* seen as closed when it is next polled */
    }
}

static void cas_send(struct avo_las_server *server, struct avo_slice bytes) {
    if (bytes.length <= sizeof server->out - server->out_length) {
        avo_copy(server->out + server->out_length, sizeof server->out - server->out_length, bytes);
        server->out_length += bytes.length;
    }
}

/* What the core asks the CPU for. */
static void ask_cpu(struct avo_las_server *server, const struct avo_las_effect *effect, struct avo_las_event *event) {
    bool is_key = effect->kind == AVO_LAS_NEED_REPORT_KEY;
    struct avo_buffer answer = {server->scratch, 0, is_key ? KEY_BYTES : sizeof server->scratch};
    if (is_key) {
        server->config.report_key(server->config.context, effect->bytes.data, &answer);
    } else {
        server->config.evidence(server->config.context, effect->bytes.data, &answer);
    }
    *event = (struct avo_las_event){.kind = is_key ? AVO_LAS_REPORT_KEY_READY : AVO_LAS_EVIDENCE_READY,
                                    .local = effect->local,
                                    .bytes = avo_buffer_slice(&answer)};
}

/* The same line again, which a host before the CAS can cause, or an asker here. */
static void warn(const char *text, int length) {
    char kind[AVO_TEXT_MAX_BYTES + 1];
    (void)snprintf(kind, sizeof kind, "%.*s", length, text);
    avo_log_seldom(AVO_LOG_WARN, kind, "%s", kind);
}

/* Everything but questions to the CPU. */
static void carry_out(struct avo_las_server *server, const struct avo_las_effect *effect) {
    const char *text = (const char *)effect->bytes.data;
    int length = (int)effect->bytes.length;
    switch (effect->kind) {
    case AVO_LAS_SEND:
        cas_send(server, effect->bytes);
        break;
    case AVO_LAS_RECONNECT:
        avo_dial_slow(&server->cas);
        cas_lose(server);
        break;
    case AVO_LAS_ANSWER:
        local_send(server, effect);
        break;
    case AVO_LAS_DROP:
        local_drop(server, effect->local);
        break;
    case AVO_LAS_LOG:
        avo_log_info("%.*s", length, text);
        break;
    case AVO_LAS_WARN:
        warn(text, length);
        break;
    case AVO_LAS_END:
        avo_log_error("%.*s", length, text);
        server->done = true;
        break;
    case AVO_LAS_NEED_EVIDENCE:
    case AVO_LAS_NEED_REPORT_KEY:
        break;
    }
}

/* The effects of one step; what it asks the CPU for is noted by enclave in `asked`, since the next step reuses their memory. */
static void effects_carry_out(struct avo_las_server *server, struct avo_las_event event) {
    struct avo_las_effect asked[AVO_LAS_LOCAL_DEFAULT_COUNT + 1];
    uint8_t bytes[AVO_LAS_LOCAL_DEFAULT_COUNT + 1][64];
    size_t count = 0;
    struct avo_las_effects effects = avo_las_step(server->config.las, &event);
    for (uint32_t i = 0; i < effects.count; i++) {
        const struct avo_las_effect *effect = &effects.effects[i];
        bool asks = effect->kind == AVO_LAS_NEED_EVIDENCE || effect->kind == AVO_LAS_NEED_REPORT_KEY;
        if (asks && count < AVO_COUNT(asked)) {
            avo_copy(bytes[count], sizeof bytes[count], effect->bytes);
            asked[count] = (struct avo_las_effect){effect->kind, effect->local, avo_slice(bytes[count], effect->bytes.length)};
            count++;
        }
        carry_out(server, effect);
    }
    for (size_t i = 0; i < count; i++) { /* their answers ask for nothing more */
        struct avo_las_event answer;
        ask_cpu(server, &asked[i], &answer);
        effects = avo_las_step(server->config.las, &answer);
        for (uint32_t j = 0; j < effects.count; j++) {
            carry_out(server, &effects.effects[j]);
        }
        avo_secret_wipe(server->scratch, sizeof server->scratch); /* it may have been a key */
    }
}

static void step(struct avo_las_server *server, enum avo_las_event_kind kind, uint32_t local, struct avo_slice bytes) {
    effects_carry_out(server, (struct avo_las_event){.kind = kind, .local = local, .bytes = bytes});
}

static void cas_gone(struct avo_las_server *server) {
    cas_lose(server);
    step(server, AVO_LAS_CLOSED, 0, AVO_SLICE_EMPTY);
}

static void cas_flush(struct avo_las_server *server) {
    while (server->cas.state == AVO_DIAL_CONNECTED && server->out_length > 0) {
        ssize_t sent = send(server->cas.fd, server->out, server->out_length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            cas_gone(server);
        }
        if (sent <= 0) {
            return;
        }
        server->out_length -= (size_t)sent;
        memmove(server->out, server->out + sent, server->out_length);
    }
}

static void cas_pump(struct avo_las_server *server) {
    avo_dial_pump(&server->cas, avo_watch_now_us());
    if (server->cas.state == AVO_DIAL_CONNECTED && !server->told_open) {
        server->told_open = true;
        step(server, AVO_LAS_OPENED, 0, AVO_SLICE_EMPTY);
    }
    cas_flush(server);
}

static void cas_receive(struct avo_las_server *server) {
    if (server->cas.state != AVO_DIAL_CONNECTED) {
        return;
    }
    ssize_t got = recv(server->cas.fd, server->received, sizeof server->received, MSG_DONTWAIT);
    if (got > 0) {
        avo_dial_heard(&server->cas);
        step(server, AVO_LAS_BYTES, 0, avo_slice(server->received, (size_t)got));
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        cas_gone(server);
    }
}

static void local_receive(struct avo_las_server *server, uint32_t local) {
    uint8_t message[AVO_LOCAL_MAX_BYTES + 1];
    ssize_t got = recv(server->locals[local].fd, message, sizeof message, MSG_DONTWAIT);
    if (got > 0) {
        server->locals[local].asked = true;
        server->locals[local].ends_at_us = avo_watch_now_us() + AVO_LAS_LOCAL_IDLE_US;
        step(server, AVO_LAS_LOCAL_MESSAGE, local, avo_slice(message, (size_t)got));
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        local_drop(server, local);
        step(server, AVO_LAS_LOCAL_CLOSED, local, AVO_SLICE_EMPTY);
    }
}

static uint32_t local_free(const struct avo_las_server *server) {
    uint32_t index = 0;
    while (index < server->config.local_max_count && server->locals[index].fd >= 0) {
        index++;
    }
    return index;
}

static void local_accept(struct avo_las_server *server) {
    uint32_t index = local_free(server);
    int fd = accept4(server->config.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (index < server->config.local_max_count) {
        server->locals[index] = (struct local){.fd = fd, .ends_at_us = avo_watch_now_us() + AVO_LAS_LOCAL_IDLE_US};
    } else if (fd >= 0) {
        avo_log_seldom(AVO_LOG_WARN, "enclaves are turned away",
                       "%u enclaves wait for the CAS here: the next is turned away; it asks again", server->config.local_max_count);
        (void)close(fd);
    }
}

/* The first that loses its place for want of a question; UINT64_MAX: none. */
static uint64_t locals_end_us(const struct avo_las_server *server) {
    uint64_t first_us = UINT64_MAX;
    for (uint32_t i = 0; i < server->config.local_max_count; i++) {
        const struct local *local = &server->locals[i];
        first_us = local->fd >= 0 && !local->asked && local->ends_at_us < first_us ? local->ends_at_us : first_us;
    }
    return first_us;
}

static void locals_age(struct avo_las_server *server, uint64_t now_us) {
    for (uint32_t i = 0; i < server->config.local_max_count; i++) {
        if (server->locals[i].fd >= 0 && !server->locals[i].asked && server->locals[i].ends_at_us <= now_us) {
            local_drop(server, i);
            step(server, AVO_LAS_LOCAL_CLOSED, i, AVO_SLICE_EMPTY);
        }
    }
}

/* While all places are taken, and one of them comes free by itself, the next waits in the backlog. */
static bool listens(const struct avo_las_server *server) {
    return local_free(server) < server->config.local_max_count || locals_end_us(server) == UINT64_MAX;
}

static int lesser_wait_ms(int wait_ms, uint64_t end_us, uint64_t now_us) {
    if (end_us == UINT64_MAX) {
        return wait_ms;
    }
    int end_ms = end_us > now_us ? (int)((end_us - now_us) / 1000) + 1 : 0;
    return wait_ms < 0 || end_ms < wait_ms ? end_ms : wait_ms;
}

static int prepare(struct avo_las_server *server) {
    uint64_t now_us = avo_watch_now_us();
    server->fds[POLL_LISTENER] = (struct pollfd){listens(server) ? server->config.listener : -1, POLLIN, 0};
    avo_watch_prepare(&server->config.watch, &server->fds[POLL_WATCH]);
    bool connecting = server->cas.state == AVO_DIAL_CONNECTING;
    short events = connecting ? POLLOUT : server->out_length > 0 ? POLLIN | POLLOUT : POLLIN;
    server->fds[POLL_CAS] = (struct pollfd){server->cas.fd, events, 0};
    for (uint32_t i = 0; i < server->config.local_max_count; i++) {
        server->fds[POLL_LOCALS + i] = (struct pollfd){server->locals[i].fd, POLLIN, 0};
    }
    return lesser_wait_ms(avo_dial_wait_ms(&server->cas, now_us), locals_end_us(server), now_us);
}

static void serve_locals(struct avo_las_server *server) {
    for (uint32_t i = 0; i < server->config.local_max_count; i++) {
        const struct pollfd *polled = &server->fds[POLL_LOCALS + i];
        if (server->locals[i].fd >= 0 && polled->fd == server->locals[i].fd && polled->revents != 0) {
            local_receive(server, i);
        }
    }
    if (server->fds[POLL_LISTENER].revents != 0) {
        local_accept(server);
    }
}

enum avo_watch_ending avo_las_server_run(struct avo_las_server *server) {
    while (!server->done) {
        cas_pump(server);
        locals_age(server, avo_watch_now_us());
        int wait_ms = prepare(server);
        int got = poll(server->fds, POLL_LOCALS + server->config.local_max_count, wait_ms);
        if (got < 0 && errno != EINTR) {
            return AVO_WATCH_DONE;
        }
        if (got <= 0) {
            continue;
        }
        enum avo_watch_ending ending = avo_watch_look(&server->fds[POLL_WATCH]);
        if (ending != AVO_WATCH_GOES_ON) {
            return ending;
        }
        if (server->fds[POLL_CAS].revents != 0) {
            cas_receive(server);
        }
        serve_locals(server);
    }
    return AVO_WATCH_DONE;
}
