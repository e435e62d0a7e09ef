#include "daemon/socket.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* sun_path holds 108 bytes, a folder's path may be longer: the folder is opened and named by its descriptor. */
static int address_of(const char *path, struct sockaddr_un *address) {
    char folder[PATH_MAX];
    char name[PATH_MAX];
    if (strlen(path) >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(folder, path, strlen(path) + 1); /* dirname and basename change what they are given */
    memcpy(name, path, strlen(path) + 1);
    int folder_fd = open(dirname(folder), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd < 0) {
        return -1;
    }
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", folder_fd, basename(name));
    if (length < 0 || (size_t)length >= sizeof address->sun_path) {
        close(folder_fd);
        errno = ENAMETOOLONG;
        return -1;
    }
    return folder_fd;
}

typedef int (*socket_action)(int fd, const struct sockaddr *address, socklen_t length);

static int socket_at(const char *path, socket_action action) {
    struct sockaddr_un address;
    int folder_fd = address_of(path, &address);
    if (folder_fd < 0) {
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd >= 0 && action(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        int saved = errno;
        close(fd);
        fd = -1;
        errno = saved;
    }
    int saved = errno;
    close(folder_fd);
    errno = saved;
    return fd;
}

int avo_socket_connect(const char *path) {
    return socket_at(path, connect);
}

/* Under another name until it listens: a program that finds the socket at `path` is not refused. The caller holds the lock of the
 * folder, so that what lies there is of an earlier run. */
int avo_socket_listen(const char *path) {
    char aside[PATH_MAX];
    if (snprintf(aside, sizeof aside, "%s.new", path) >= (int)sizeof aside) {
        errno = ENAMETOOLONG;
        return -1;
    }
    (void)unlink(aside);
    mode_t old = umask(077);
    int fd = socket_at(aside, bind);
    umask(old);
    if (fd >= 0 && (listen(fd, SOMAXCONN) != 0 || rename(aside, path) != 0)) {
        int saved = errno;
        (void)unlink(aside);
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

#define CONTROL_BYTES CMSG_SPACE(sizeof(int) * AVO_COUNT(((struct avo_packet_descriptors *)0)->fd))

bool avo_socket_send(int fd, struct avo_slice bytes, const int *descriptors, size_t descriptor_count) {
    _Alignas(struct cmsghdr) char control[CONTROL_BYTES] = {0};
    struct iovec part = {(void *)(uintptr_t)bytes.data, bytes.length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor_count > AVO_COUNT(((struct avo_packet_descriptors *)0)->fd)) {
        errno = E2BIG;
        return false;
    }
    if (descriptor_count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptor_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * descriptor_count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * descriptor_count);
    }
    ssize_t sent;
    do {
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)bytes.length;
}

static void descriptors_take(struct msghdr *message, struct avo_packet_descriptors *descriptors) {
    descriptors->count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
            size_t bytes = header->cmsg_len - CMSG_LEN(0);
            memcpy(descriptors->fd, CMSG_DATA(header), bytes); /* the control buffer is no larger */
            descriptors->count = bytes / sizeof(int);
        }
    }
}

void avo_descriptors_close(struct avo_packet_descriptors *descriptors) {
    for (size_t i = 0; i < descriptors->count; i++) {
        close(descriptors->fd[i]);
    }
    descriptors->count = 0;
}

ssize_t avo_socket_receive(int fd, uint8_t *to, size_t capacity, struct avo_packet_descriptors *descriptors) {
    _Alignas(struct cmsghdr) char control[CONTROL_BYTES];
    struct avo_packet_descriptors came;
    struct iovec part = {to, capacity};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got;
    do {
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return -1;
    }
    descriptors_take(&message, &came);
    bool cut = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    if (cut || descriptors == NULL) {
        avo_descriptors_close(&came);
    } else {
        *descriptors = came;
    }
    if (cut) {
        errno = EMSGSIZE;
        return -1;
    }
    return got;
}
