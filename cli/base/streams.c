#include "cli/base/streams.h"
#include "cli/base/cli.h"
#include "client/io/file.h"
#include "daemon/standard.h"
#include <errno.h>
#include <stdint.h>
#include <stdio_ext.h>
#include <string.h>
#include <unistd.h>

/* A stream's cookie is its descriptor. */
static void *cookie_of(int fd) {
    return (void *)(intptr_t)fd;
}

static ssize_t in_read(void *cookie, char *bytes, size_t length) {
    ssize_t got;
    do {
        got = read((int)(intptr_t)cookie, bytes, length);
    } while (got < 0 && errno == EINTR);
    return got;
}

static int in_close(void *cookie) {
    return close((int)(intptr_t)cookie);
}

/* Why standard output was lost first. The command goes on, and by its end errno may tell of something else. */
static int out_error;
static bool out_used;
static char said[1024];

/* Standard error has no buffer: a line comes whole. */
static void said_keep(const char *bytes, size_t length) {
    static const char name[] = "avocado: ";
    size_t skipped = length > sizeof name && strncmp(bytes, name, sizeof name - 1) == 0 ? sizeof name - 1 : 0;
    length -= skipped;
    length -= length > 0 && bytes[skipped + length - 1] == '\n';
    length = length < sizeof said - 1 ? length : sizeof said - 1;
    memcpy(said, bytes + skipped, length);
    said[length] = '\0';
}

static ssize_t out_write(void *cookie, const char *bytes, size_t length) {
    int fd = (int)(intptr_t)cookie;
    out_used = out_used || fd == STDOUT_FILENO;
    if (fd == STDERR_FILENO) {
        said_keep(bytes, length);
    }
    if (avo_file_write_all(fd, avo_slice(bytes, length))) {
        return (ssize_t)length;
    }
    if (fd == STDOUT_FILENO && out_error == 0) {
        out_error = errno;
    }
    return 0;
}

static FILE *in_open(int fd) {
    return fopencookie(cookie_of(fd), "r", (cookie_io_functions_t){.read = in_read, .close = in_close});
}

static FILE *out_open(int fd, int mode) {
    FILE *out = fopencookie(cookie_of(fd), "w", (cookie_io_functions_t){.write = out_write});
    if (out != NULL) {
        (void)setvbuf(out, NULL, mode, BUFSIZ);
    }
    return out;
}

bool avo_cli_streams_open(void) {
    if (!avo_standard_reserve()) {
        return false;
    }
    FILE *in = in_open(STDIN_FILENO);
    FILE *out = out_open(STDOUT_FILENO, isatty(STDOUT_FILENO) == 1 ? _IOLBF : _IOFBF);
    FILE *err = out_open(STDERR_FILENO, _IONBF);
    if (in == NULL || out == NULL || err == NULL) {
        avo_cli_say("no memory for the standard streams; free some, then try again");
        return false;
    }
    stdin = in;
    stdout = out;
    stderr = err;
    return true;
}

const char *avo_cli_streams_said(void) {
    return said;
}

bool avo_cli_streams_answered(void) {
    return out_used || __fpending(stdout) > 0;
}

int avo_cli_streams_flush(int code) {
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return code;
    }
    if (code != AVO_EXIT_REFUSED && code != AVO_EXIT_UNKNOWN) { /* those said their one line already */
        avo_cli_say("cannot write the answer: %s; check where standard output goes", strerror(out_error));
    }
    return code == AVO_EXIT_UNKNOWN ? code : AVO_EXIT_REFUSED;
}
