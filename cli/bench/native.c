/* bench --native: what happens in which order, and that nothing stays behind. */
#include "cli/bench/native.h"
#include "cli/base/process.h"
#include "cli/base/signals.h"
#include "client/io/clock.h"
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NATIVE_PORTS 300
#define FOLDERS_OPEN 16

static int entry_remove(const char *path, const struct stat *status, int kind, struct FTW *where) {
    (void)status;
    (void)kind;
    (void)where;
    (void)remove(path);
    return 0;
}

static bool folder_make(struct avo_native *native) {
    const char *parent = getenv("TMPDIR");
    (void)snprintf(native->dir, sizeof native->dir, "%.900s/avocado-native-XXXXXX", parent == NULL ? "/tmp" : parent);
    if (mkdtemp(native->dir) == NULL) {
        avo_why_set(&native->why, "bench --native: %s: %s; name a writable folder in TMPDIR", native->dir, strerror(errno));
        native->dir[0] = '\0';
        return false;
    }
    return true;
}

static bool side_make(struct avo_native *native, struct avo_native_side *side, const char *name, const char *program) {
    side->name = name;
    side->rounds = json_array();
    if (!avo_program_path(side->program, sizeof side->program, program) || access(side->program, X_OK) != 0) {
        avo_why_set(&native->why,
                    "bench --native: %s is not beside this program; the native programs are built but not installed: run "
                    "build/avocado",
                    program);
        return false;
    }
    return avo_cli_path(side->dir, native->dir, name);
}

static bool prepare(struct avo_native *native) {
    native->sealed.port = (uint16_t)native->port;
    native->native.port = (uint16_t)(native->port + NATIVE_PORTS);
    return folder_make(native) && side_make(native, &native->sealed, "sealed", "avocado") &&
           side_make(native, &native->native, "native", "native/avocado");
}

static void progress(const struct avo_native *native, uint64_t round, const char *what) {
    if (isatty(STDERR_FILENO) == 1) {
        (void)fprintf(stderr, "\r\033[Kround %llu of %llu: %s", (unsigned long long)round + 1, (unsigned long long)native->rounds,
                      what);
    }
}

static bool rounds_run(struct avo_native *native) {
    bool good = true;
    for (uint64_t round = 0; good && round < native->rounds; round++) {
        struct avo_native_side *sides[] = {&native->sealed, &native->native};
        for (uint64_t i = 0; good && i < AVO_COUNT(sides); i++) {
            struct avo_native_side *side = sides[(i + round) % AVO_COUNT(sides)]; /* each is first every other round */
            progress(native, round, side->name);
            good = avo_native_side_measure(native, side, round);
        }
        progress(native, round, "redis");
        good = good && avo_native_redis_measure(native, round);
    }
    if (isatty(STDERR_FILENO) == 1) {
        (void)fprintf(stderr, "\r\033[K");
    }
    return good;
}

static void clean(struct avo_native *native) {
    avo_native_redis_stop(native);
    if (native->dir[0] != '\0') {
        avo_native_side_down(&native->sealed);
        avo_native_side_down(&native->native);
        (void)nftw(native->dir, entry_remove, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
    }
    json_decref(native->sealed.rounds);
    json_decref(native->native.rounds);
}

int avo_native_run(struct avo_native *native) {
    avo_signals_block(&native->signals);
    bool good = prepare(native) && avo_native_side_up(native, &native->sealed) && avo_native_side_up(native, &native->native) &&
                avo_native_redis_start(native) && rounds_run(native);
    if (good) {
        avo_native_print(native);
    }
    clean(native);
    if (!good) {
        avo_cli_say("%s", native->why.text);
    }
    return good ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
}
