#include "daemon/log_relay.h"
#include "daemon/log.h"
#include "daemon/log_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WINDOW_S 10

bool avo_log_relay_open(struct avo_log_relay *relay) {
    int pair[2];
    *relay = (struct avo_log_relay){.fd = -1, .write_fd = -1};
    if (pipe2(pair, O_CLOEXEC) != 0) {
        return false;
    }
    relay->fd = pair[0];
    relay->write_fd = pair[1];
    return fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0;
}

/* False: this one is not written. */
static bool within_limit(struct avo_log_relay *relay, uint64_t now_s) {
    if (now_s - relay->window_s >= WINDOW_S) {
        if (relay->count > AVO_LOG_RELAY_MAX_COUNT) {
            avo_log_warn("%u lines of the measured program were left out: more than %u in ten seconds",
                         relay->count - AVO_LOG_RELAY_MAX_COUNT, AVO_LOG_RELAY_MAX_COUNT);
        }
        relay->window_s = now_s;
        relay->count = 0;
    }
    return ++relay->count <= AVO_LOG_RELAY_MAX_COUNT;
}

/* "<6>avocado-enclave: slot 0: serving". What has no level is a warning. */
static void line_end(struct avo_log_relay *relay, uint64_t now_s) {
    char *line = relay->line;
    enum avo_log_level level = AVO_LOG_WARN;
    line[relay->length] = '\0';
    relay->length = 0;
    if (!within_limit(relay, now_s)) {
        return;
    }
    if (line[0] == '<' && line[1] >= '0' && line[1] <= '7' && line[2] == '>') {
        level = (enum avo_log_level)(line[1] - '0');
        line += 3;
    }
    avo_log_line_seldom(level, line, line);
}

static void take(struct avo_log_relay *relay, const char *bytes, size_t length, uint64_t now_s) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n' || relay->length == sizeof relay->line - 1) {
            line_end(relay, now_s);
        }
        if (bytes[i] != '\n') {
            relay->line[relay->length++] = bytes[i];
        }
    }
}

bool avo_log_relay_pump(struct avo_log_relay *relay, uint64_t now_s) {
    char bytes[4096];
    if (relay->fd < 0) {
        return false;
    }
    for (;;) {
        ssize_t got = read(relay->fd, bytes, sizeof bytes);
        if (got > 0) {
            take(relay, bytes, (size_t)got, now_s);
        } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return true;
        } else {
            break;
        }
    }
    if (relay->length > 0) {
        line_end(relay, now_s);
    }
    (void)close(relay->fd);
    relay->fd = -1;
    return false;
}
