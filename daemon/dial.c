#include "daemon/dial.h"
#include "daemon/address.h"
#include "daemon/log.h"
#include "daemon/tcp.h"
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void avo_dial_init(struct avo_dial *dial, const struct avo_address *to, const char *what) {
    *dial = (struct avo_dial){.to = *to, .what = what, .fd = -1, .retry_wait_us = AVO_DIAL_RETRY_MIN_US};
}

void avo_dial_lose(struct avo_dial *dial, uint64_t now_us) {
    if (dial->fd >= 0) {
        (void)close(dial->fd);
    }
    dial->fd = -1;
    dial->state = AVO_DIAL_IDLE;
    dial->retry_at_us = now_us + dial->retry_wait_us;
    dial->retry_wait_us *= 2;
    if (dial->retry_wait_us > AVO_DIAL_RETRY_MAX_US) {
        dial->retry_wait_us = AVO_DIAL_RETRY_MAX_US;
    }
}

static void complain(struct avo_dial *dial, int number) {
    char text[AVO_ADDRESS_TEXT_BYTES];
    if (!dial->complained) {
        avo_address_text(&dial->to, text);
        avo_log_seldom(AVO_LOG_WARN, strerror(number), "cannot reach %s at %s: %s; trying again", dial->what, text,
                       strerror(number));
        dial->complained = true;
    }
}

static void connect_begin(struct avo_dial *dial, uint64_t now_us) {
    struct sockaddr_storage to;
    int family = avo_address_is_v4(&dial->to) ? AF_INET : AF_INET6;
    socklen_t length = avo_address_to_socket(&dial->to, family, &to);
    dial->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (dial->fd >= 0) {
        avo_tcp_keep(dial->fd);
    }
    if (dial->fd < 0 || (connect(dial->fd, (const struct sockaddr *)&to, length) != 0 && errno != EINPROGRESS)) {
        complain(dial, errno);
        avo_dial_lose(dial, now_us);
        return;
    }
    dial->state = AVO_DIAL_CONNECTING;
    dial->begun_us = now_us;
}

static void connect_end(struct avo_dial *dial, uint64_t now_us) {
    struct pollfd ready = {.fd = dial->fd, .events = POLLOUT};
    int number = 0;
    socklen_t length = sizeof number;
    bool over = now_us - dial->begun_us >= AVO_DIAL_CONNECT_US;
    if (poll(&ready, 1, 0) != 1 && !over) {
        return;
    }
    bool asked = ready.revents != 0 && getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &number, &length) == 0;
    if (!asked || number != 0) {
        complain(dial, asked ? number : ETIMEDOUT);
        avo_dial_lose(dial, now_us);
        return;
    }
    dial->state = AVO_DIAL_CONNECTED;
}

void avo_dial_pump(struct avo_dial *dial, uint64_t now_us) {
    if (dial->state == AVO_DIAL_IDLE && now_us >= dial->retry_at_us) {
        connect_begin(dial, now_us);
    }
    if (dial->state == AVO_DIAL_CONNECTING) {
        connect_end(dial, now_us);
    }
}

void avo_dial_heard(struct avo_dial *dial) {
    dial->retry_wait_us = AVO_DIAL_RETRY_MIN_US;
    if (dial->complained) {
        avo_log_seldom(AVO_LOG_INFO, "reached it", "reached %s", dial->what);
        dial->complained = false;
    }
}

void avo_dial_slow(struct avo_dial *dial) {
    dial->retry_wait_us = AVO_DIAL_RETRY_MAX_US;
}

int avo_dial_wait_ms(const struct avo_dial *dial, uint64_t now_us) {
    if (dial->state == AVO_DIAL_CONNECTED) {
        return -1;
    }
    uint64_t due_us = dial->state == AVO_DIAL_IDLE ? dial->retry_at_us : dial->begun_us + AVO_DIAL_CONNECT_US;
    return due_us > now_us ? (int)((due_us - now_us) / 1000) + 1 : 0;
}
