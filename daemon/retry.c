#include "daemon/retry.h"
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

bool avo_write_all(int fd, struct avo_slice bytes) {
    for (size_t done = 0; done < bytes.length;) {
        ssize_t wrote = write(fd, bytes.data + done, bytes.length - done);
        if (wrote == 0) {
            errno = EIO;
        }
        if (wrote == 0 || (wrote < 0 && errno != EINTR)) {
            return false;
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

bool avo_send_whole(int fd, struct avo_slice bytes) {
    ssize_t sent;
    do {
        sent = send(fd, bytes.data, bytes.length, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)bytes.length;
}

static int64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int avo_poll_for(struct pollfd *polls, nfds_t count, int wait_ms) {
    int64_t end_ms = now_ms() + wait_ms;
    for (;;) {
        int64_t left_ms = end_ms - now_ms();
        int got = poll(polls, count, left_ms > 0 ? (int)left_ms : 0);
        if (got >= 0 || errno != EINTR) {
            return got;
        }
    }
}
