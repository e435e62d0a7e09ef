/* Partition: datagrams are dropped on the way into a host's sockets, by a filter that the kernel runs there. The sockets are the
 * host's own, borrowed through its process (pidfd_getfd), so no other user's rights and no change of the network are needed. Who
 * sent a datagram is seen by its port: members listen on ports of their own, and send from them. */
#include "cli/base/cli.h"
#include "cli/base/process.h"
#include "cli/torture/fault.h"
#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SOCKETS_MAX (AVO_WORKER_MAX_COUNT * 2)
#define CLIENTS AVO_SLOT_MAX_COUNT /* in place of a node: everybody */

struct host {
    pid_t pid; /* whose sockets they are; 0: none */
    int sockets[SOCKETS_MAX];
    unsigned socket_count;
    unsigned deaf_to[AVO_SLOT_MAX_COUNT + 1]; /* by so many faults, each node, and everybody */
};

struct state {
    struct host hosts[AVO_SLOT_MAX_COUNT];
    uint64_t dropped; /* by all sockets, when a fault was looked at last */
};

static void sockets_close(struct host *host) {
    for (unsigned i = 0; i < host->socket_count; i++) {
        (void)close(host->sockets[i]);
    }
    host->socket_count = 0;
    host->pid = 0;
}

/* The process's descriptor as one of ours, if it is a UDP socket; else -1, and errno 0 unless it may not be had. */
static int udp_borrow(int pidfd, int number) {
    int protocol = 0;
    socklen_t length = sizeof protocol;
    int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
    if (fd < 0) {
        return -1;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) == 0 && protocol == IPPROTO_UDP) {
        return fd;
    }
    (void)close(fd);
    errno = 0;
    return -1;
}

/* False: errno says why. */
static bool sockets_borrow(struct host *host, int pidfd, DIR *descriptors) {
    struct dirent *entry;
    while ((entry = readdir(descriptors)) != NULL) {
        char *end;
        long number = strtol(entry->d_name, &end, 10);
        if (end == entry->d_name || host->socket_count == SOCKETS_MAX) {
            continue;
        }
        int fd = udp_borrow(pidfd, (int)number);
        if (fd >= 0) {
            host->sockets[host->socket_count++] = fd;
        } else if (errno == EPERM || errno == EACCES || errno == ENOSYS) {
            return false;
        }
    }
    errno = 0;
    return host->socket_count > 0;
}

static bool sockets_open(struct host *host, pid_t pid) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    sockets_close(host);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    DIR *descriptors = pidfd < 0 ? NULL : opendir(path);
    bool opened = descriptors != NULL && sockets_borrow(host, pidfd, descriptors);
    int error = errno;
    if (descriptors != NULL) {
        (void)closedir(descriptors);
    }
    if (pidfd >= 0) {
        (void)close(pidfd);
    }
    host->pid = opened ? pid : 0;
    errno = error;
    return opened;
}

/* What the sockets dropped since they were made. */
static uint64_t dropped(const struct state *state) {
    uint64_t sum = 0;
    for (unsigned node = 0; node < AVO_SLOT_MAX_COUNT; node++) {
        const struct host *host = &state->hosts[node];
        for (unsigned i = 0; i < host->socket_count; i++) {
            uint32_t figures[SK_MEMINFO_VARS] = {0};
            socklen_t length = sizeof figures;
            bool told = getsockopt(host->sockets[i], SOL_SOCKET, SO_MEMINFO, figures, &length) == 0;
            sum += told ? figures[SK_MEMINFO_DROPS] : 0;
        }
    }
    return sum;
}

/* Those of the process that runs now; none where it has ended. */
static bool sockets_refresh(struct avo_fault_scene *scene, unsigned node) {
    struct state *state = scene->state[AVO_FAULT_PARTITION];
    pid_t pid = avo_program_pid(scene->dir, AVO_PROGRAM_NODE, scene->view->members[node].slot);
    if (pid == 0) {
        sockets_close(&state->hosts[node]);
        return false;
    }
    return state->hosts[node].pid == pid || sockets_open(&state->hosts[node], pid);
}

/* Drops what a member's workers sent: from ports low to high. */
static unsigned block_write(struct sock_filter *to, uint32_t low, uint32_t high) {
    to[0] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, low, 0, 2);
    to[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, high, 1, 0);
    to[2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
    return 3;
}

static void filter_set(struct avo_fault_scene *scene, unsigned node) {
    struct state *state = scene->state[AVO_FAULT_PARTITION];
    struct host *host = &state->hosts[node];
    struct sock_filter code[3 * AVO_SLOT_MAX_COUNT + 2];
    unsigned count = 1;
    code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0); /* a UDP header begins with the port it came from */
    for (unsigned other = 0; other < scene->view->member_count; other++) {
        uint32_t port = scene->view->members[other].address.port;
        if (host->deaf_to[other] > 0) {
            count += block_write(code + count, port, port + scene->view->worker_count - 1U);
        }
    }
    bool any = count > 1 || host->deaf_to[CLIENTS] > 0;
    code[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, host->deaf_to[CLIENTS] > 0 ? 0 : UINT32_MAX);
    struct sock_fprog program = {.len = (unsigned short)count, .filter = code};
    for (unsigned i = 0; i < host->socket_count; i++) {
        int none = 0;
        if (any) {
            (void)setsockopt(host->sockets[i], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
        } else {
            (void)setsockopt(host->sockets[i], SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
        }
    }
}

static bool cut_open(struct avo_fault_scene *scene, struct avo_why *why) {
    scene->state[AVO_FAULT_PARTITION] = avo_cli_take(sizeof(struct state));
    for (unsigned node = 0; node < scene->view->member_count; node++) {
        errno = ESRCH;
        if (!sockets_refresh(scene, node)) {
            avo_why_set(why,
                        "--nemesis partition: cannot reach into the sockets of node %u under %s: %s; run it as root, or where "
                        "kernel.yama.ptrace_scope is 0, on the machine of the cluster",
                        (unsigned)scene->view->members[node].slot, scene->dir, errno != 0 ? strerror(errno) : "it has none");
            return false;
        }
        filter_set(scene, node); /* what a torture that was killed may have left */
    }
    return true;
}

/* Whether `listener` loses what `speaker` sends. */
static bool loses(const struct avo_fault *fault, unsigned nodes, unsigned listener, unsigned speaker) {
    unsigned next = (fault->node + 1) % nodes;
    switch ((enum avo_cut_way)fault->way) {
    case AVO_CUT_APART:
    case AVO_CUT_NODES:
        return listener == fault->node || speaker == fault->node;
    case AVO_CUT_DEAF:
        return listener == fault->node;
    case AVO_CUT_MUTE:
        return speaker == fault->node;
    case AVO_CUT_PAIR:
        return (listener == fault->node && speaker == next) || (listener == next && speaker == fault->node);
    case AVO_CUT_WAYS:
        break;
    }
    return false;
}

static void count(struct avo_fault_scene *scene, const struct avo_fault *fault, unsigned by) {
    struct state *state = scene->state[AVO_FAULT_PARTITION];
    unsigned nodes = scene->view->member_count;
    for (unsigned listener = 0; listener < nodes; listener++) {
        for (unsigned speaker = 0; speaker < nodes; speaker++) {
            if (listener != speaker && loses(fault, nodes, listener, speaker)) {
                state->hosts[listener].deaf_to[speaker] += by;
            }
        }
    }
    state->hosts[fault->node].deaf_to[CLIENTS] += fault->way == AVO_CUT_APART ? by : 0;
    for (unsigned node = 0; node < nodes; node++) {
        filter_set(scene, node);
    }
}

static bool cut_begin(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    struct state *state = scene->state[AVO_FAULT_PARTITION];
    bool lives = false;
    for (unsigned node = 0; node < scene->view->member_count; node++) {
        bool has = sockets_refresh(scene, node);
        lives = lives || (has && node == fault->node);
    }
    if (lives) {
        state->dropped = dropped(state);
        count(scene, fault, 1);
    }
    return lives;
}

/* A little of what it dropped may count for one that ends at the same time. */
static bool cut_end(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    struct state *state = scene->state[AVO_FAULT_PARTITION];
    uint64_t before = state->dropped;
    state->dropped = dropped(state);
    count(scene, fault, -1U);
    return state->dropped > before;
}

/* A borrowed socket would keep its port. */
static void cut_forget(struct avo_fault_scene *scene, unsigned node) {
    struct state *state = scene->state[AVO_FAULT_PARTITION];
    sockets_close(&state->hosts[node]);
    state->dropped = dropped(state);
}

static void cut_close(struct avo_fault_scene *scene) {
    struct state *state = scene->state[AVO_FAULT_PARTITION];
    for (unsigned node = 0; node < AVO_SLOT_MAX_COUNT; node++) {
        sockets_close(&state->hosts[node]);
    }
    free(state);
    scene->state[AVO_FAULT_PARTITION] = NULL;
}

const struct avo_fault_methods avo_fault_cut = {
    .open = cut_open, .begin = cut_begin, .end = cut_end, .forget = cut_forget, .close = cut_close};
