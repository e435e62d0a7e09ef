#include "client/dialog/tcp.h"
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

uint64_t avo_tcp_now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static enum avo_error wait_for(int fd, short events, uint64_t deadline_ms) {
    for (;;) {
        uint64_t now_ms = avo_tcp_now_ms();
        if (now_ms >= deadline_ms) {
            return AVO_ETIMEOUT;
        }
        uint64_t left_ms = deadline_ms - now_ms;
        struct pollfd poll_fd = {fd, events, 0};
        int got = poll(&poll_fd, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
        if (got > 0) {
            return AVO_OK;
        }
        if (got < 0 && errno != EINTR) {
            return AVO_EIO;
        }
    }
}

/* An IPv4 address needs an IPv4 socket where the machine has no IPv6. */
static socklen_t socket_address(const struct avo_address *address, struct sockaddr_storage *to) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    memset(to, 0, sizeof *to);
    if (memcmp(address->ip, mapped, sizeof mapped) == 0) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)to;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(address->port);
        memcpy(&v4->sin_addr, address->ip + 12, 4);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address->port);
    memcpy(&v6->sin6_addr, address->ip, 16);
    return sizeof *v6;
}

enum avo_error avo_tcp_begin(const struct avo_address *address, int *fd) {
    struct sockaddr_storage to;
    socklen_t length = socket_address(address, &to);
    int one = 1;
    *fd = -1;
    int made = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) {
        return AVO_EIO;
    }
    (void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(made, (const struct sockaddr *)&to, length) != 0 && errno != EINPROGRESS) {
        int problem = errno;
        (void)close(made);
        errno = problem;
        return AVO_EIO;
    }
    *fd = made;
    return AVO_OK;
}

enum avo_error avo_tcp_began(int fd) {
    struct pollfd poll_fd = {fd, POLLOUT, 0};
    int problem = 0;
    socklen_t length = sizeof problem;
    if (poll(&poll_fd, 1, 0) == 0) {
        return AVO_EBUSY;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &length) != 0) {
        return AVO_EIO;
    }
    errno = problem;
    return problem == 0 ? AVO_OK : AVO_EIO;
}

enum avo_error avo_tcp_connect(const struct avo_address *address, uint64_t deadline_ms, int *fd) {
    enum avo_error error = avo_tcp_begin(address, fd);
    if (error != AVO_OK) {
        return error;
    }
    error = wait_for(*fd, POLLOUT, deadline_ms);
    error = error == AVO_OK ? avo_tcp_began(*fd) : error;
    if (error != AVO_OK) {
        int problem = errno;
        (void)close(*fd);
        *fd = -1;
        errno = problem;
    }
    return error;
}

enum avo_error avo_tcp_send(int fd, struct avo_slice bytes, uint64_t deadline_ms) {
    while (bytes.length > 0) {
        ssize_t sent = send(fd, bytes.data, bytes.length, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes = avo_slice_part(bytes, (size_t)sent, bytes.length - (size_t)sent);
        } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            return AVO_EIO;
        } else {
            enum avo_error error = wait_for(fd, POLLOUT, deadline_ms);
            if (error != AVO_OK) {
                return error;
            }
        }
    }
    return AVO_OK;
}

enum avo_error avo_tcp_receive(int fd, uint8_t *to, size_t capacity, uint64_t deadline_ms, size_t *length) {
    for (;;) {
        enum avo_error error = wait_for(fd, POLLIN, deadline_ms);
        if (error != AVO_OK) {
            return error;
        }
        ssize_t got = recv(fd, to, capacity, 0);
        if (got > 0) {
            *length = (size_t)got;
            return AVO_OK;
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            return AVO_EIO;
        }
    }
}

void avo_tcp_close(int fd) {
    if (fd >= 0) {
        (void)close(fd);
    }
}
