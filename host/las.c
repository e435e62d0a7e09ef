#include "host/las.h"
#include "daemon/log.h"
#include "daemon/socket.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void avo_host_las_init(struct avo_host_las *las, const char *path) {
    *las = (struct avo_host_las){.path = path, .fd = -1};
}

static void hang_up(struct avo_host_las *las) {
    if (las->fd >= 0) {
        (void)close(las->fd);
    }
    las->fd = -1;
    las->sent = false;
}

/* On a connection of its own when the last one has no answer yet: an answer to that, already on its way, would be taken for the
 * answer to this, and so on for ever. */
void avo_host_las_ask(struct avo_host_las *las, struct avo_slice question) {
    if (question.length <= sizeof las->question) {
        if (las->asked) {
            hang_up(las);
        }
        avo_copy(las->question, sizeof las->question, question);
        las->question_length = question.length;
        las->asked = true;
        las->sent = false;
    }
}

/* The LAS ended, or was started again: the question is asked again. */
static void disconnect(struct avo_host_las *las, uint64_t now_us) {
    hang_up(las);
    las->retry_at_us = now_us + AVO_HOST_LAS_RETRY_US;
}

static void connect_las(struct avo_host_las *las, uint64_t now_us) {
    las->fd = las->path == NULL ? -1 : avo_socket_connect(las->path);
    if (las->fd >= 0) {
        return;
    }
    if (!las->complained) {
        avo_log_seldom(AVO_LOG_WARN, "cannot reach the LAS",
                       "cannot reach the LAS at %s: %s; start avocado-las there; trying again",
                       las->path == NULL ? "(no --las was given)" : las->path, las->path == NULL ? "none" : strerror(errno));
        las->complained = true;
    }
    disconnect(las, now_us);
}

size_t avo_host_las_pump(struct avo_host_las *las, uint64_t now_us, uint8_t answer[AVO_HOST_LAS_MESSAGE_MAX_BYTES]) {
    if (!las->asked) {
        return 0;
    }
    if (las->fd < 0 && now_us >= las->retry_at_us) {
        connect_las(las, now_us);
    }
    if (las->fd >= 0 && !las->sent) {
        ssize_t sent = send(las->fd, las->question, las->question_length, MSG_NOSIGNAL | MSG_DONTWAIT);
        las->sent = sent == (ssize_t)las->question_length;
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            disconnect(las, now_us);
        }
    }
    if (las->fd < 0 || !las->sent) {
        return 0;
    }
    ssize_t got = recv(las->fd, answer, AVO_HOST_LAS_MESSAGE_MAX_BYTES, MSG_DONTWAIT);
    if (got > 0) {
        las->asked = false;
        las->complained = false;
        return (size_t)got;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        disconnect(las, now_us);
    }
    return 0;
}

int avo_host_las_poll(const struct avo_host_las *las, uint64_t now_us, int *wait_ms) {
    if (!las->asked) {
        return -1;
    }
    if (las->fd < 0 || !las->sent) {
        int own_ms = las->retry_at_us > now_us ? (int)((las->retry_at_us - now_us) / 1000) + 1 : 1;
        *wait_ms = *wait_ms < 0 || own_ms < *wait_ms ? own_ms : *wait_ms;
    }
    return las->fd;
}
