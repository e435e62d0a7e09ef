#include "cas/server.h"
#include "base/secret.h"
#include "cas/peer.h"
#include "daemon/address.h"
#include "daemon/log.h"
#include "daemon/tcp.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RECEIVE_BYTES 16384
#define TICK_US 500000ULL
#define BACKLOG 64
enum { POLL_LISTENER, POLL_WATCH, POLL_PEERS = POLL_WATCH + AVO_WATCH_COUNT };

struct avo_server {
    struct avo_server_config config;
    struct avo_peer *peers;
    struct pollfd *fds;
    uint64_t ticked_us;
    bool full; /* of peers that stay: new ones wait in the backlog until the next tick */
    uint8_t received[RECEIVE_BYTES];
    uint8_t quote[AVO_EVIDENCE_MAX_BYTES];
};

/* Lines that strangers can cause have a kind. */
static void log_effect(const struct avo_cas_effect *effect) {
    enum avo_log_level level = effect->level <= AVO_LOG_WARN ? AVO_LOG_WARN : AVO_LOG_INFO;
    avo_log_seldom(level, effect->log_kind, "%.*s", (int)effect->bytes.length, (const char *)effect->bytes.data);
}

int avo_server_listen(const struct avo_address *address) {
    struct sockaddr_storage to;
    int one = 1;
    int family = avo_address_is_v4(address) ? AF_INET : AF_INET6;
    socklen_t length = avo_address_to_socket(address, family, &to);
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)&to, length) != 0 || listen(fd, BACKLOG) != 0) {
        int problem = errno;
        (void)close(fd);
        errno = problem;
        return -1;
    }
    return fd;
}

struct avo_server *avo_server_create(struct avo_arena *arena, const struct avo_server_config *config) {
    struct avo_server *server = avo_arena_take(arena, 1, sizeof *server);
    if (server == NULL) {
        return NULL;
    }
    server->config = *config;
    server->peers = avo_arena_take(arena, config->connection_max_count, sizeof *server->peers);
    server->fds = avo_arena_take(arena, config->connection_max_count + POLL_PEERS, sizeof *server->fds);
    if (server->peers == NULL || server->fds == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < config->connection_max_count; i++) {
        server->peers[i].fd = -1;
    }
    return server;
}

/* What the core asked for and hears of at once. */
static bool answer(struct avo_server *server, const struct avo_cas_effect *effect, struct avo_text *why,
                   struct avo_cas_event *event) {
    if (effect->kind == AVO_CAS_NEED_EVIDENCE) {
        struct avo_buffer quote = {server->quote, 0, sizeof server->quote};
        server->config.evidence(server->config.context, effect->bytes.data, &quote);
        *event = (struct avo_cas_event){
            .kind = AVO_CAS_EVIDENCE_READY, .connection = effect->connection, .bytes = avo_buffer_slice(&quote)};
        return true;
    }
    avo_text_clear(why);
    enum avo_error error = server->config.persist(server->config.context, effect->bytes, why);
    *event = (struct avo_cas_event){.kind = AVO_CAS_PERSISTED, .error = error, .bytes = avo_slice(why->bytes, why->length)};
    return true;
}

static bool carry_out(struct avo_server *server, const struct avo_cas_effect *effect, struct avo_text *why,
                      struct avo_cas_event *event) {
    struct avo_peer *peer = effect->connection < server->config.connection_max_count ? &server->peers[effect->connection] : NULL;
    switch (effect->kind) {
    case AVO_CAS_SEND:
        if (peer->fd >= 0 && !avo_peer_send(peer, effect->bytes)) {
            (void)shutdown(peer->fd, SHUT_RDWR); /* does not read its replies: seen as its end by the next poll */
        }
        return false;
    case AVO_CAS_CLOSE:
        avo_peer_finish(peer, avo_watch_now_us());
        log_effect(effect);
        return false;
    case AVO_CAS_LOG:
        log_effect(effect);
        return false;
    case AVO_CAS_KEYS_CHANGED:
        server->config.keys_changed(server->config.context);
        return false;
    default:
        return answer(server, effect, why, event);
    }
}

static void step(struct avo_server *server, struct avo_cas_event event) {
    struct avo_text why;
    for (bool more = true; more;) {
        more = false;
        event.now_us = avo_watch_now_us();
        event.now_s = (uint64_t)time(NULL);
        struct avo_cas_effects effects = avo_cas_step(server->config.cas, &event);
        for (uint32_t i = 0; i < effects.count; i++) {
            more |= carry_out(server, &effects.effects[i], &why, &event);
        }
    }
}

static void drop(struct avo_server *server, uint32_t index) {
    bool told = server->peers[index].closing;
    avo_peer_drop(&server->peers[index]);
    if (!told) {
        step(server, (struct avo_cas_event){.kind = AVO_CAS_CLOSED, .connection = index});
    }
}

static uint32_t free_peer(const struct avo_server *server) {
    uint32_t index = 0;
    while (index < server->config.connection_max_count && server->peers[index].fd >= 0) {
        index++;
    }
    return index;
}

static void drop_closing(struct avo_server *server) {
    for (uint32_t i = 0; i < server->config.connection_max_count; i++) {
        if (server->peers[i].fd >= 0 && server->peers[i].closing) {
            avo_peer_drop(&server->peers[i]);
            return;
        }
    }
}

/* Full: a connection that has to leave goes at once; else the core names one. */
static uint32_t make_room(struct avo_server *server) {
    drop_closing(server);
    if (free_peer(server) == server->config.connection_max_count) {
        step(server, (struct avo_cas_event){.kind = AVO_CAS_CROWDED});
        drop_closing(server);
    }
    return free_peer(server);
}

static void accept_one(struct avo_server *server) {
    uint32_t index = free_peer(server);
    if (index == server->config.connection_max_count) {
        index = make_room(server);
    }
    server->full = index == server->config.connection_max_count;
    int fd = server->full ? -1 : accept4(server->config.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    avo_tcp_keep(fd);
    avo_peer_open(&server->peers[index], fd);
    step(server, (struct avo_cas_event){.kind = AVO_CAS_OPENED, .connection = index});
}

static void receive(struct avo_server *server, uint32_t index) {
    struct avo_peer *peer = &server->peers[index];
    int got = avo_peer_receive(peer, server->received, sizeof server->received);
    if (got < 0) {
        drop(server, index);
    } else if (got > 0 && !peer->closing) {
        step(server,
             (struct avo_cas_event){.kind = AVO_CAS_BYTES, .connection = index, .bytes = avo_slice(server->received, (size_t)got)});
    }
}

static void receive_from_peers(struct avo_server *server) {
    for (uint32_t i = 0; i < server->config.connection_max_count; i++) {
        const struct pollfd *polled = &server->fds[POLL_PEERS + i];
        if (server->peers[i].fd >= 0 && polled->fd == server->peers[i].fd && (polled->revents & ~POLLOUT) != 0) {
            receive(server, i);
        }
    }
}

/* After each turn: replies go out, and a connection that has to leave, or does not read, is dropped. */
static void flush_peers(struct avo_server *server) {
    uint64_t now = avo_watch_now_us();
    for (uint32_t i = 0; i < server->config.connection_max_count; i++) {
        struct avo_peer *peer = &server->peers[i];
        if (peer->fd >= 0 && (!avo_peer_flush(peer) || (peer->closing && now > peer->linger_until_us))) {
            drop(server, i);
        }
    }
}

static void prepare(struct avo_server *server) {
    server->fds[POLL_LISTENER] = (struct pollfd){server->full ? -1 : server->config.listener, POLLIN, 0};
    avo_watch_prepare(&server->config.watch, &server->fds[POLL_WATCH]);
    for (uint32_t i = 0; i < server->config.connection_max_count; i++) {
        const struct avo_peer *peer = &server->peers[i];
        short events = peer->out_length > 0 ? POLLIN | POLLOUT : POLLIN;
        server->fds[POLL_PEERS + i] = (struct pollfd){peer->fd, events, 0};
    }
}

static void tick_when_due(struct avo_server *server) {
    if (avo_watch_now_us() - server->ticked_us >= TICK_US) {
        server->ticked_us = avo_watch_now_us();
        avo_log_tick();
        server->full = false;
        step(server, (struct avo_cas_event){.kind = AVO_CAS_TICK});
    }
}

enum avo_watch_ending avo_server_run(struct avo_server *server) {
    for (;;) {
        prepare(server);
        int got = poll(server->fds, POLL_PEERS + server->config.connection_max_count, (int)(TICK_US / 1000));
        if (got < 0 && errno != EINTR) {
            return AVO_WATCH_DONE;
        }
        if (got > 0) {
            enum avo_watch_ending ending = avo_watch_look(&server->fds[POLL_WATCH]);
            if (ending != AVO_WATCH_GOES_ON) {
                return ending;
            }
            receive_from_peers(server);
            if (server->fds[POLL_LISTENER].revents != 0) {
                accept_one(server);
            }
        }
        tick_when_due(server);
        flush_peers(server);
    }
}
