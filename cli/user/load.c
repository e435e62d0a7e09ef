/* load: many puts at a time, at least once each; one key is never under way twice, so that the later line wins. */
#include "cli/base/answer.h"
#include "cli/base/cli.h"
#include "cli/base/escape.h"
#include "cli/base/progress.h"
#include "cli/base/signals.h"
#include "cli/user/lines.h"
#include "client/io/clock.h"
#include "client/io/explain.h"
#include "client/io/link.h"
#include "client/io/renewal.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define UNDER_WAY_MAX 256
#define UNDER_WAY_MAX_BYTES (8U << 20)
#define TRANSFER_COUNT 8

/* A line under way: its bytes live here until its put is done. */
struct line {
    bool used;
    uint64_t number;
    uint8_t *bytes; /* of key and value */
    struct avo_slice key;
    struct avo_slice value;
};

struct load {
    struct avo_common common;
    struct avo_profile *profile;
    int fd;
    int signals;
    const char *name;
    struct avo_lines input;
    struct avo_link link;
    struct avo_renewal renewal;
    struct avo_udp_batch batch;
    struct line lines[UNDER_WAY_MAX];
    unsigned under_way;
    size_t under_way_bytes;
    uint64_t stored;
    bool crlf; /* the user has heard of lines that end in CR LF */
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
    free(line->bytes);
    *line = (struct line){.used = false};
}

static void turn(struct load *load) {
    struct avo_link_sink sink = {.context = load, .done = on_done};
    avo_renewal_turn(&load->renewal, avo_clock_us());
    avo_link_turn(&load->link, &load->batch, &sink, avo_clock_us() + AVO_CLIENT_TICK_US);
    avo_progress_show(&load->progress, load->input.consumed, load->stored);
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

/* Copies what the line holds: its own bytes end with the next one. */
static void line_fill(struct line *line, uint64_t number, struct avo_slice key, struct avo_slice value) {
    line->number = number;
    line->bytes = avo_cli_allocate(NULL, key.length + value.length + 1);
    avo_copy(line->bytes, key.length, key);
    avo_copy(line->bytes + key.length, value.length, value);
    line->key = avo_slice(line->bytes, key.length);
    line->value = avo_slice(line->bytes + key.length, value.length);
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
        free(line->bytes);
        return false;
    }
    line->used = true;
    load->under_way++;
    load->under_way_bytes += line->key.length + line->value.length;
    return true;
}

/* What editors of other systems leave in a text is data here: it is kept, and the user hears of it once. */
static void oddities_say(struct load *load, struct avo_slice line) {
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    if (load->input.number == 1 && line.length >= sizeof mark && memcmp(line.data, mark, sizeof mark) == 0) {
        avo_progress_clear(&load->progress);
        avo_cli_say("load %s: line 1: begins with a byte order mark, which is kept as the key's first 3 bytes; if it is not meant, "
                    "save the file as UTF-8 without one",
                    load->name);
    }
    if (!load->crlf && line.length > 0 && line.data[line.length - 1] == '\r') {
        load->crlf = true;
        avo_progress_clear(&load->progress);
        avo_cli_say("load %s: line %llu: ends in CR LF; the CR is kept as the value's last byte, here and in later lines; if it is "
                    "not meant, convert the file first, as with tr -d '\\r'",
                    load->name, (unsigned long long)load->input.number);
    }
}

/* A slow file does not hold up what it gave already. */
static enum avo_line_state line_await(struct load *load, uint8_t **line, size_t *length) {
    enum avo_line_state state = AVO_LINE_LATER;
    while (state == AVO_LINE_LATER && !load->failed) {
        state = avo_lines_next(&load->input, load->under_way > 0 ? 0 : -1, line, length);
        if (state == AVO_LINE_LATER) {
            turn(load);
        }
    }
    return state;
}

static bool line_read(struct load *load, uint8_t **line, size_t *length) {
    struct avo_why why;
    switch (line_await(load, line, length)) {
    case AVO_LINE_WHOLE:
        return true;
    case AVO_LINE_TOO_LONG:
        avo_why_set(&why, "is longer than any legal line (%d bytes, all of them escapes); write key TAB value, of at most 1 MiB",
                    AVO_LINE_MAX_BYTES);
        load_fail(load, load->input.number, AVO_ETOOBIG, why.text);
        return false;
    case AVO_LINE_FAILED:
        avo_why_set(&why, "%s; name a readable file, or - for standard input", strerror(errno));
        load_fail(load, load->input.number + 1, AVO_EIO, why.text);
        return false;
    case AVO_LINE_NONE:
    case AVO_LINE_LATER: /* a line before it failed */
    case AVO_LINE_STOPPED:
        return false;
    }
    return false;
}

/* One line: false at the end of the file, of our luck, or of the user's patience. */
static bool load_line(struct load *load) {
    uint8_t *bytes;
    size_t length;
    struct avo_slice key;
    struct avo_slice value;
    struct line *line = line_free(load);
    if (load->failed || avo_lines_stopped(&load->input) || !line_read(load, &bytes, &length)) {
        return false;
    }
    oddities_say(load, avo_slice(bytes, length));
    enum avo_line_fault fault = avo_line_split(bytes, length, &key, &value);
    if (fault != AVO_LINE_GOOD) {
        load_fail(load, load->input.number, AVO_EFORMAT, avo_line_fault_text(fault));
        return false;
    }
    line_fill(line, load->input.number, key, value);
    return line_submit(load, line);
}

/* What the run came to: in `why`, when it did not do all. */
static void conclude(struct load *load) {
    int signal_number = load->input.stopped_by;
    if (load->failed) {
        char first[AVO_WHY_BYTES];
        (void)snprintf(first, sizeof first, "%s", load->why.text);
        avo_why_set(&load->why, "%s; %llu line(s) were stored", first, (unsigned long long)load->stored);
    } else if (signal_number != 0) {
        avo_why_set(&load->why, "load %s: stopped by SIG%s after line %llu; %llu line(s) were stored: load the rest, or all again",
                    load->name, sigabbrev_np(signal_number), (unsigned long long)load->input.number,
                    (unsigned long long)load->stored);
    }
}

static int report(struct load *load) {
    bool stopped = load->input.stopped_by != 0;
    conclude(load);
    if (load->common.json) {
        avo_cli_answer(json_pack("{s:I, s:b}", "stored", (json_int_t)load->stored, "stopped", stopped),
                       load->failed ? load->error : AVO_OK, load->failed || stopped ? load->why.text : NULL);
    }
    if (load->failed || stopped) {
        avo_cli_say("%s", load->why.text);
        bool unknown = load->failed && avo_cli_exit(load->error) == AVO_EXIT_UNKNOWN;
        return unknown ? AVO_EXIT_UNKNOWN : AVO_EXIT_REFUSED;
    }
    if (!load->common.json) {
        (void)fprintf(stderr, "avocado: load %s: %llu line(s) stored\n", load->name, (unsigned long long)load->stored);
    }
    return AVO_EXIT_DONE;
}

static int load_run(struct load *load) {
    struct avo_profile *profile = load->profile;
    struct avo_random random = avo_system_random();
    struct avo_link_aead engine = {0};
    if (!avo_link_aead_open(&engine)) {
        avo_cli_say("load: no memory; free some and try again");
        return AVO_EXIT_REFUSED;
    }
    struct avo_link_config config = {.view = &profile->view,
                                     .cas_sign_public = profile->cas_sign_public,
                                     .key = &profile->key,
                                     .signed_ticket = avo_slice(profile->ticket_bytes, profile->ticket_length),
                                     .aead = engine.aead,
                                     .random = &random,
                                     .renews = true,
                                     .operation_count = UNDER_WAY_MAX,
                                     .transfer_count = TRANSFER_COUNT,
                                     .transfer_max_bytes = AVO_MESSAGE_MAX_BYTES};
    int code = AVO_EXIT_REFUSED;
    if (avo_link_open(&load->link, &config) != AVO_OK) {
        avo_cli_say("load: no socket or memory: %s; check `ulimit -n` and free memory", strerror(errno));
    } else {
        avo_renewal_open(&load->renewal, profile, load->link.core, engine.aead, &random, avo_clock_us(), (uint64_t)time(NULL));
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
    avo_renewal_close(&load->renewal);
    avo_link_close(&load->link);
    avo_link_aead_close(&engine);
    return code;
}

static bool file_open(struct load *load) {
    struct stat info;
    sigset_t signals;
    bool standard = strcmp(load->common.arguments[0], "-") == 0;
    load->name = standard ? "(standard input)" : load->common.arguments[0];
    load->fd = standard ? STDIN_FILENO : open(load->common.arguments[0], O_RDONLY | O_CLOEXEC);
    avo_signals_block(&signals);
    load->signals = load->fd < 0 ? -1 : avo_signals_open(&signals);
    if (load->signals < 0) {
        avo_cli_say("load %s: %s; name a readable file, or - for standard input", load->name, strerror(errno));
        return false;
    }
    load->input = avo_lines(load->fd, load->signals);
    bool sized = fstat(load->fd, &info) == 0 && S_ISREG(info.st_mode);
    load->progress = avo_progress(sized ? (uint64_t)info.st_size : 0, "stored");
    return true;
}

static void file_close(struct load *load) {
    avo_lines_free(&load->input);
    if (load->signals >= 0) {
        (void)close(load->signals);
    }
    if (load->fd > STDERR_FILENO) {
        (void)close(load->fd);
    }
}

int avo_cli_load(int argc, char **argv) {
    const struct avo_usage usage = {"load",
                                    "FILE|-",
                                    "Stores every line (key TAB value, with escapes \\t \\n \\\\ \\xHH) of FILE or standard input.",
                                    NULL,
                                    0,
                                    1,
                                    1,
                                    AVO_TAKES_CLIENT,
                                    "give up on a line after so long (5)"};
    struct load *load = avo_cli_take(sizeof *load);
    int code = AVO_EXIT_REFUSED;
    load->fd = load->signals = -1;
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &load->common);
    if (parsed == AVO_PARSED_HELP) {
        code = AVO_EXIT_DONE;
    } else if (parsed == AVO_PARSED_RUN && sodium_init() >= 0 && avo_cli_profile(&load->common, &load->profile) == AVO_OK &&
               file_open(load)) {
        code = load_run(load);
    }
    file_close(load);
    avo_cli_profile_free(load->profile);
    free(load);
    return code;
}
