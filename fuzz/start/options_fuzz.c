/* Any command line and any configuration file for the daemons. The first byte says for whom; up to a zero byte come arguments, a
 * line each; behind it the file. What is refused says why in one line; what is accepted is in range. */
#include "base/assert.h"
#include "cas/options.h"
#include "host/options.h"
#include "las/options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARGUMENT_MAX_COUNT 64
#define INSIDE 0x80

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

/* libconfig 1.5 forgets the strings it has read when a file breaks off; the program then ends with its one line. What our own code
 * frees, the unit tests watch. */
const char *__asan_default_options(void) {
    return "detect_leaks=0";
}

static void why_check(const char why[AVO_SETTINGS_WHY_BYTES]) {
    AVO_ASSERT(why[0] != '\0' && strnlen(why, AVO_SETTINGS_WHY_BYTES) < AVO_SETTINGS_WHY_BYTES);
}

static void node_check(int count, char **arguments, enum avo_node_mode mode, bool inside) {
    struct avo_options options;
    char why[AVO_SETTINGS_WHY_BYTES] = "";
    if (avo_options_read(count, arguments, mode, inside, &options, why) != AVO_OK) {
        why_check(why);
    } else if (!options.settings.help && !options.settings.version) {
        AVO_ASSERT(options.slot < AVO_SLOT_MAX_COUNT && options.workers >= 1 && options.workers <= AVO_WORKER_MAX_COUNT);
        AVO_ASSERT(options.mtu >= AVO_MTU_MIN_BYTES && options.mtu <= AVO_MTU_MAX_BYTES);
        AVO_ASSERT(options.dir != NULL && options.dir[0] != '\0' && options.transport != NULL && options.cas.port != 0);
        AVO_ASSERT(options.bind.port > 0 && options.bind.port + options.workers <= 65536);
        AVO_ASSERT(options.advertise.port > 0 && options.advertise.port + options.workers <= 65536);
    }
    avo_settings_close(&options.settings);
}

static void cas_check(int count, char **arguments, bool inside) {
    struct avo_cas_options options;
    char why[AVO_SETTINGS_WHY_BYTES] = "";
    if (avo_cas_options_read(count, arguments, inside, &options, why) != AVO_OK) {
        why_check(why);
    } else if (!options.service.settings.help && !options.service.settings.version) {
        AVO_ASSERT(options.service.dir != NULL && options.collateral != NULL && options.listen.port != 0);
    }
    avo_settings_close(&options.service.settings);
}

static void las_check(int count, char **arguments, bool inside) {
    struct avo_las_options options;
    char why[AVO_SETTINGS_WHY_BYTES] = "";
    if (avo_las_options_read(count, arguments, inside, &options, why) != AVO_OK) {
        why_check(why);
    } else if (!options.service.settings.help && !options.service.settings.version) {
        AVO_ASSERT(options.service.dir != NULL && options.cas.port != 0 && (inside || options.service.simcpu != NULL));
    }
    avo_settings_close(&options.service.settings);
}

static void all_check(uint8_t what, int count, char **arguments) {
    bool inside = (what & INSIDE) != 0;
    switch (what % 4) {
    case 0:
        node_check(count, arguments, AVO_NODE_PROCESS, inside);
        break;
    case 1:
        node_check(count, arguments, AVO_NODE_INLINE, inside);
        break;
    case 2:
        cas_check(count, arguments, inside);
        break;
    default:
        las_check(count, arguments, inside);
    }
}

/* Lines of `text` as arguments; none names a file of the fuzzer's choice. */
static int arguments_take(char *text, char **arguments, int count) {
    for (char *rest = text; rest != NULL && count < ARGUMENT_MAX_COUNT;) {
        char *argument = strsep(&rest, "\n");
        if (argument[0] != '\0' && strcmp(argument, "--config") != 0) {
            arguments[count++] = argument;
        }
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) {
        return 0;
    }
    char program[] = "fuzz", check[] = "--check", config[] = "--config", path[64];
    char *arguments[ARGUMENT_MAX_COUNT + 1] = {program};
    int count = 1;
    char *text = malloc(size);
    AVO_ASSERT(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    size_t line_bytes = strlen(text) + 1;
    int file = -1;
    if ((data[0] & INSIDE) == 0) { /* inside, neither a log nor a file is taken */
        arguments[count++] = check;
    }
    if ((data[0] & INSIDE) == 0 && line_bytes < size) {
        file = memfd_create("config", MFD_CLOEXEC);
        AVO_ASSERT(file >= 0 && write(file, text + line_bytes, size - line_bytes) == (ssize_t)(size - line_bytes));
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
        arguments[count++] = config;
        arguments[count++] = path;
    }
    count = arguments_take(text, arguments, count);
    all_check(data[0], count, arguments);
    if (file >= 0) {
        close(file);
    }
    free(text);
    return 0;
}
