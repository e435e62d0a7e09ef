#include "tee/sim/server.h"
#include "base/secret.h"
#include "daemon/log.h"
#include "daemon/service.h"
#include "tee/sim/execute.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define END_WAIT_MS 2000
#define REFRESH_LOOK_MS 10000 /* how often the age of the collateral is looked at */

void avo_server_init(struct avo_server *server, struct avo_platform *platform, int listen_fd, int signal_fd) {
    *server = (struct avo_server){.platform = platform, .listen_fd = listen_fd, .signal_fd = signal_fd};
    for (size_t i = 0; i < AVO_SERVER_CONNECTION_MAX_COUNT; i++) {
        server->connections[i].fd = -1;
    }
}

static bool peer_allowed(int fd) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && (peer.uid == geteuid() || peer.uid == 0);
}

static void accept_one(struct avo_server *server) {
    int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    for (size_t i = 0; peer_allowed(fd) && i < AVO_SERVER_CONNECTION_MAX_COUNT; i++) {
        if (server->connections[i].fd < 0) {
            server->connections[i].fd = fd;
            return;
        }
    }
    close(fd);
}

/* The programs it started run on; nobody hears of their end. */
static void connection_close(struct avo_server *server, int index) {
    close(server->connections[index].fd);
    server->connections[index].fd = -1;
    for (size_t i = 0; i < AVO_SERVER_CHILD_MAX_COUNT; i++) {
        if (server->children[i].connection == index) {
            server->children[i].connection = -1;
        }
    }
}

/* False when the program closed its end, or the answer does not fit what it leaves unread: it would wait for ever. */
static bool instruction_serve(struct avo_server *server, struct avo_server_child *slot) {
    uint8_t request[AVO_INSTRUCTION_REQUEST_MAX_BYTES + 1];
    uint8_t memory[AVO_INSTRUCTION_ANSWER_MAX_BYTES];
    struct avo_buffer answer = {memory, 0, sizeof memory};
    ssize_t got = recv(slot->child.instruction_fd, request, sizeof request, MSG_DONTWAIT);
    if (got <= 0) {
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    }
    avo_instruction_execute(server->platform, slot->child.measurement, avo_slice(request, (size_t)got), &answer);
    ssize_t sent;
    do {
        sent = send(slot->child.instruction_fd, answer.data, answer.length, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    avo_secret_wipe(memory, sizeof memory);
    return sent == (ssize_t)answer.length;
}

enum { POLL_SIGNAL, POLL_LISTEN, POLL_CONNECTIONS, POLL_CHILDREN = POLL_CONNECTIONS + AVO_SERVER_CONNECTION_MAX_COUNT };
#define POLL_COUNT (POLL_CHILDREN + AVO_SERVER_CHILD_MAX_COUNT)

static void poll_fill(const struct avo_server *server, struct pollfd *polls) {
    polls[POLL_SIGNAL] = (struct pollfd){.fd = server->signal_fd, .events = POLLIN};
    polls[POLL_LISTEN] = (struct pollfd){.fd = server->listen_fd, .events = POLLIN};
    for (size_t i = 0; i < AVO_SERVER_CONNECTION_MAX_COUNT; i++) {
        polls[POLL_CONNECTIONS + i] = (struct pollfd){.fd = server->connections[i].fd, .events = POLLIN};
    }
    for (size_t i = 0; i < AVO_SERVER_CHILD_MAX_COUNT; i++) {
        const struct avo_server_child *slot = &server->children[i];
        polls[POLL_CHILDREN + i] =
            (struct pollfd){.fd = slot->child.process != 0 ? slot->child.instruction_fd : -1, .events = POLLIN};
    }
}

static void children_serve(struct avo_server *server, const struct pollfd *polls) {
    for (size_t i = 0; i < AVO_SERVER_CHILD_MAX_COUNT; i++) {
        struct avo_server_child *slot = &server->children[i];
        if (polls[POLL_CHILDREN + i].revents != 0 && !instruction_serve(server, slot)) {
            close(slot->child.instruction_fd);
            slot->child.instruction_fd = -1;
        }
    }
}

static void connections_serve(struct avo_server *server, const struct pollfd *polls) {
    for (int i = 0; i < AVO_SERVER_CONNECTION_MAX_COUNT; i++) {
        if (polls[POLL_CONNECTIONS + i].revents != 0 && !avo_server_handle(server, i)) {
            connection_close(server, i);
        }
    }
}

static void children_end(struct avo_server *server) {
    int signals[] = {SIGTERM, SIGKILL};
    for (size_t attempt = 0; attempt < AVO_COUNT(signals); attempt++) {
        for (size_t i = 0; i < AVO_SERVER_CHILD_MAX_COUNT; i++) {
            if (server->children[i].child.process != 0) {
                kill(server->children[i].child.process, signals[attempt]);
            }
        }
        for (int waited_ms = 0; waited_ms < END_WAIT_MS && avo_server_reap(server) > 0; waited_ms += 10) {
            (void)poll(NULL, 0, 10);
        }
    }
}

/* Instructions before the reaping: a child's last request still finds it. */
/* What the platform's evidence is judged by must not end while it runs. */
static void collateral_refresh(struct avo_server *server) {
    bool failed = avo_platform_refresh(server->platform) != AVO_OK;
    if (failed && !server->refresh_failed) {
        avo_log_warn("collateral: cannot be renewed: %s; make room, or give access to its folder", strerror(errno));
    }
    server->refresh_failed = failed;
}

void avo_server_run(struct avo_server *server) {
    bool told_to_end = false;
    while (!told_to_end) {
        struct pollfd polls[POLL_COUNT];
        poll_fill(server, polls);
        if (poll(polls, POLL_COUNT, REFRESH_LOOK_MS) < 0) {
            continue; /* a signal that is not ours to handle */
        }
        collateral_refresh(server);
        children_serve(server, polls);
        connections_serve(server, polls);
        if (polls[POLL_LISTEN].revents != 0) {
            accept_one(server);
        }
        if (polls[POLL_SIGNAL].revents != 0) {
            told_to_end = avo_service_is_told(server->signal_fd);
            (void)avo_server_reap(server);
        }
    }
    children_end(server);
}
