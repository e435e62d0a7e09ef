#include "cli/local/down.h"
#include "cli/local/up.h"
#include "daemon/lock.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(struct avo_up *up, const char *path) {
    avo_why_set(&up->why, "up: %.200s: %s; choose another --dir, or make its parent folder writable", path, strerror(errno));
    return false;
}

static bool folder(struct avo_up *up, const char *name) {
    char path[AVO_PATH_BYTES];
    if (!avo_cli_path(path, up->dir, name)) {
        errno = ENAMETOOLONG;
        return fail(up, up->dir);
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST || fail(up, path);
}

/* The CAS of an earlier cluster must not wake up again: its data is gone, and this will be another cluster. */
static void leftovers_remove(struct avo_up *up) {
    static const char *const names[] = {"client.profile", "view.bin",    "cas/state.sealed", "cas/public.key",
                                        "cas/cas.pid",    "las/las.pid", "las/las.sock",     "simcpu/simcpu.sock"};
    char path[AVO_PATH_BYTES + 32];
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", up->dir, names[i]);
        up->earlier = unlink(path) == 0 || up->earlier;
    }
    for (unsigned slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        (void)snprintf(path, sizeof path, "%s/node-%u/host.pid", up->dir, slot);
        (void)unlink(path);
        (void)snprintf(path, sizeof path, "%s/node-%u/enclave.pid", up->dir, slot);
        (void)unlink(path);
        (void)snprintf(path, sizeof path, "%s/node-%u/start.json", up->dir, slot);
        (void)unlink(path);
    }
}

static bool mark(struct avo_up *up, const char *text) {
    char path[AVO_PATH_BYTES];
    if (!avo_cli_path(path, up->dir, AVO_UP_FILE)) {
        errno = ENAMETOOLONG;
        return fail(up, up->dir);
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && text != NULL && avo_file_write_all(fd, avo_slice_string(text));
    if (fd >= 0) {
        (void)close(fd);
    }
    if (fd >= 0 && !good) { /* a full disk: no cluster is marked that was never started */
        (void)fail(up, path);
        (void)unlink(path);
        return false;
    }
    return good || fail(up, path);
}

/* By one `up` only, before it touches anything else: of two at once, one is refused. */
static bool take(struct avo_up *up) {
    int fd = open(up->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return fail(up, up->dir);
    }
    (void)snprintf(up->at, sizeof up->at, "/proc/self/fd/%d", fd);
    up->lock = avo_lock_hold(up->dir, AVO_UP_LOCK);
    if (up->lock < 0 && errno == EWOULDBLOCK) {
        avo_up_second(up);
        return false;
    }
    return up->lock < 0 ? fail(up, up->dir) : avo_up_folder_free(up, up->dir);
}

bool avo_up_folder_make(struct avo_up *up) {
    if (mkdir(up->common.dir, 0700) != 0 && errno != EEXIST) {
        return fail(up, up->common.dir);
    }
    if (!avo_cli_dir(up->common.dir, up->dir) || strlen(up->dir) + 64 > AVO_PATH_BYTES) {
        errno = ENAMETOOLONG;
        return fail(up, up->common.dir);
    }
    if (!take(up)) {
        return false;
    }
    char *text = avo_up_mark_text(up);
    bool marked = mark(up, text);
    free(text);
    if (!marked) {
        return false;
    }
    leftovers_remove(up);
    bool good = folder(up, "log") && folder(up, "cas") && folder(up, "las") && folder(up, "simcpu");
    if (!good) {
        avo_cluster_mark_down(up->dir);
    }
    return good;
}
