/* load: many puts at a time, at least once each; one key is never under way twice, so that the later line wins. */
#include "cli/base/cli.h"
#include "cli/base/escape.h"
#include "cli/base/progress.h"
#include "cli/base/streams.h"
#include "client/io/clock.h"
#include "client/io/explain.h"
#include "client/io/link.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNDER_WAY_MAX 256
#define UNDER_WAY_MAX_BYTES (8U << 20)
#define TRANSFER_COUNT 8

/* A line under way: its bytes live here until its put is done. */
struct line {
    bool used;
    uint64_t number;
    char *bytes;
    size_t capacity;
    struct avo_slice key;
    struct avo_slice value;
};

struct load {
    struct avo_common common;
    struct avo_profile *profile;
    FILE *file;
    const char *name;
    struct avo_link link;
    struct avo_udp_batch batch;
    struct line lines[UNDER_WAY_MAX];
    unsigned under_way;
    size_t under_way_bytes;
    uint64_t number; /* of the line read last */
    uint64_t stored;
    uint64_t bytes_read;
    bool failed;
    enum avo_error error;
    struct avo_why why;
    struct avo_progress progress;
};

/* The failure of the smallest line is the one to report. */
static void load_fail(struct load *load, uint64_t number, enum avo_error error, const char *what) {
    if (!load->failed) {
        load->error = error;
        avo_why_set(&load->why, "load %s: line %llu: %s", load->name, (unsigned long long)number, what);
    }
    load->failed = true;
}

static void on_done(void *context, const struct avo_client_completion *completion) {
    struct load *load = context;
    struct line *line = &load->lines[completion->tag];
    struct avo_why why;
    if (completion->status == AVO_OK) {
        load->stored++;
    } else {
        avo_explain(&why, completion, line->key);
        load_fail(load, line->number, completion->status, why.text);
    }
    load->under_way--;
    load->under_way_bytes -= line->key.length + line->value.length;
    line->used = false;
}

static void turn(struct load *load) {
    struct avo_link_sink sink = {.context = load, .done = on_done};
    avo_link_turn(&load->link, &load->batch, &sink, avo_clock_us() + AVO_CLIENT_TICK_US);
    avo_progress_show(&load->progress, load->bytes_read, load->stored);
}

static bool key_under_way(const struct load *load, struct avo_slice key) {
    for (unsigned i = 0; i < UNDER_WAY_MAX; i++) {
        if (load->lines[i].used && avo_slice_equal(load->lines[i].key, key)) {
            return true;
        }
    }
    return false;
}

static struct line *line_free(struct load *load) {
    while (load->under_way == UNDER_WAY_MAX || load->under_way_bytes > UNDER_WAY_MAX_BYTES) {
        turn(load);
    }
    for (unsigned i = 0; i < UNDER_WAY_MAX; i++) {
        if (!load->lines[i].used) {
            return &load->lines[i];
        }
    }
    return NULL;
}

static bool line_submit(struct load *load, struct line *line) {
    struct avo_why why;
    struct avo_client_request request = {.call = AVO_CLIENT_PUT,
                                         .at_least_once = true,
                                         .key = line->key,
                                         .value = line->value,
                                         .tag = (uint64_t)(line - load->lines)};
    while (key_under_way(load, line->key)) {
        turn(load);
    }
    request.deadline_us = avo_clock_us() + (uint64_t)avo_cli_timeout_ms(&load->common) * 1000;
    enum avo_error error = avo_client_core_submit(load->link.core, &request, avo_clock_us());
    if (error != AVO_OK) {
        avo_explain_refused(&why, error, &request, &load->profile->view);
        load_fail(load, line->number, error, why.text);
        return false;
    }
    line->used = true;
    load->under_way++;
    load->under_way_bytes += line->key.length + line->value.length;
    return true;
}

/* One line: false at the end of the file or of our luck. */
static bool load_line(struct load *load) {
    struct line *line = line_free(load);
    if (load->failed) {
        return false;
    }
    errno = 0;
    ssize_t length = getline(&line->bytes, &line->capacity, load->file);
    if (length < 0) {
        if (ferror(load->file) != 0 || errno == ENOMEM) { /* no memory is not an error of the file to it, nor its end */
            struct avo_why why;
            avo_why_set(&why, "%s; %s", strerror(errno),
                        errno == ENOMEM ? "free some memory, then load again" : "name a readable file, or - for standard input");
            load_fail(load, load->number + 1, AVO_EIO, why.text);
        }
        return false;
    }
    line->number = ++load->number;
    load->bytes_read += (uint64_t)length;
    length -= length > 0 && line->bytes[length - 1] == '\n';
    enum avo_line_fault fault = avo_line_split((uint8_t *)line->bytes, (size_t)length, &line->key, &line->value);
    if (fault != AVO_LINE_GOOD) {
        load_fail(load, line->number, AVO_EFORMAT, avo_line_fault_text(fault));
        return false;
    }
    return line_submit(load, line);
}

static int report(struct load *load) {
    if (load->common.json) {
        avo_cli_json(json_pack("{s:b, s:I, s:s}", "ok", !load->failed, "stored", (json_int_t)load->stored, "error",
                               avo_error_name(load->failed ? load->error : AVO_OK)));
    }
    if (load->failed) {
        avo_cli_say("%s; %llu line(s) were stored", load->why.text, (unsigned long long)load->stored);
        return avo_cli_exit(load->error) == AVO_EXIT_UNKNOWN ? AVO_EXIT_UNKNOWN : AVO_EXIT_REFUSED;
    }
    if (!load->common.json) {
        (void)fprintf(stderr, "avocado: load %s: %llu line(s) stored\n", load->name, (unsigned long long)load->stored);
    }
    return AVO_EXIT_DONE;
}

static int load_run(struct load *load) {
    const struct avo_profile *profile = load->profile;
    struct avo_random random = avo_system_random();
    struct avo_link_aead engine = {0};
    if (!avo_link_aead_open(&engine)) {
        avo_cli_say("load: no memory; free some and try again");
        return AVO_EXIT_REFUSED;
    }
    struct avo_link_config config = {.view = &profile->view,
                                     .key = &profile->key,
                                     .signed_ticket = avo_slice(profile->ticket_bytes, profile->ticket_length),
                                     .aead = engine.aead,
                                     .random = &random,
                                     .operation_count = UNDER_WAY_MAX,
                                     .transfer_count = TRANSFER_COUNT,
                                     .transfer_max_bytes = AVO_MESSAGE_MAX_BYTES};
    int code = AVO_EXIT_REFUSED;
    if (avo_link_open(&load->link, &config) != AVO_OK) {
        avo_cli_say("load: no socket or memory: %s; check `ulimit -n` and free memory", strerror(errno));
    } else {
        while (!load->failed && load_line(load)) {
            if (load->under_way % 64 == 0) {
                turn(load);
            }
        }
        while (load->under_way > 0) {
            turn(load);
        }
        avo_progress_end(&load->progress);
        code = report(load);
    }
    avo_link_close(&load->link);
    avo_link_aead_close(&engine);
    return code;
}

static bool file_open(struct load *load) {
    struct stat info;
    bool standard = strcmp(load->common.arguments[0], "-") == 0;
    load->name = standard ? "(standard input)" : load->common.arguments[0];
    int fd = standard ? STDIN_FILENO : open(load->common.arguments[0], O_RDONLY | O_CLOEXEC);
    load->file = standard ? stdin : fd < 0 ? NULL : avo_cli_stream(fd);
    if (load->file == NULL) {
        avo_cli_say("load %s: %s; name a readable file, or - for standard input", load->name, strerror(errno));
        return false;
    }
    bool sized = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    load->progress = avo_progress(sized ? (uint64_t)info.st_size : 0, "stored");
    return true;
}

int avo_cli_load(int argc, char **argv) {
    const struct avo_usage usage = {
        "load", "FILE|-", "Stores every line (key TAB value, with escapes \\t \\n \\\\ \\xHH) of FILE or standard input.", NULL, 0,
        1,      1};
    struct load *load = avo_cli_take(sizeof *load);
    int code = AVO_EXIT_REFUSED;
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &load->common);
    if (parsed == AVO_PARSED_HELP) {
        code = AVO_EXIT_DONE;
    } else if (parsed == AVO_PARSED_RUN && sodium_init() >= 0 && avo_cli_profile(&load->common, &load->profile) == AVO_OK &&
               file_open(load)) {
        code = load_run(load);
        for (unsigned i = 0; i < UNDER_WAY_MAX; i++) {
            free(load->lines[i].bytes);
        }
        (void)fclose(load->file);
    }
    avo_cli_profile_free(load->profile);
    free(load);
    return code;
}
