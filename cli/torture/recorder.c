#include "cli/torture/recorder.h"
#include <errno.h>
#include <inttypes.h>
#include <time.h>

bool avo_recorder_open(struct avo_recorder *recorder, const char *path, struct avo_why *why) {
    *recorder = (struct avo_recorder){0};
    (void)pthread_mutex_init(&recorder->lock, NULL);
    recorder->file = path == NULL ? NULL : fopen(path, "we");
    if (path != NULL && recorder->file == NULL) {
        avo_why_set(why, "--history %s: %s; name a file that can be written", path, strerror(errno));
        return false;
    }
    return true;
}

void avo_recorder_close(struct avo_recorder *recorder) {
    if (recorder->file != NULL) {
        (void)fclose(recorder->file);
    }
    avo_history_destroy(&recorder->history);
    (void)pthread_mutex_destroy(&recorder->lock);
}

bool avo_recorder_flush(struct avo_recorder *recorder) {
    if (recorder->file != NULL && fflush(recorder->file) != 0 && recorder->error == 0) {
        recorder->error = errno;
    }
    errno = recorder->error;
    return recorder->error == 0;
}

uint64_t avo_recorder_clock_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* A byte stands as the character of its number: equal bytes are equal text, whatever they are. */
static void text_write(FILE *file, const char *name, struct avo_slice bytes) {
    (void)fprintf(file, ",\"%s\":\"", name);
    for (size_t i = 0; i < bytes.length; i++) {
        bool plain = bytes.data[i] >= 0x20 && bytes.data[i] < 0x7f && bytes.data[i] != '"' && bytes.data[i] != '\\';
        (void)fprintf(file, plain ? "%c" : "\\u%04x", bytes.data[i]);
    }
    (void)fputc('"', file);
}

static void line_write(FILE *file, const struct avo_observed *observed) {
    static const char *const outcomes[] = {"true", "false", "null"};
    (void)fprintf(file, "{\"client\":%" PRIu32 ",\"op\":\"%s\"", observed->client, avo_history_kind_name(observed->kind));
    text_write(file, "key", observed->key);
    if (observed->kind == AVO_HISTORY_PUT) {
        text_write(file, "value", observed->value);
    }
    if (observed->kind == AVO_HISTORY_GET && observed->outcome == AVO_HISTORY_DONE && !observed->absent) {
        text_write(file, "out", observed->out);
    } else {
        (void)fputs(",\"out\":null", file);
    }
    (void)fprintf(file, ",\"ok\":%s,\"call\":%" PRIu64 ",\"return\":%" PRIu64 "}\n", outcomes[observed->outcome], observed->call_ns,
                  observed->return_ns);
}

void avo_recorder_add(struct avo_recorder *recorder, const struct avo_observed *observed) {
    struct avo_history *history = &recorder->history;
    struct avo_history_entry entry = {.client = observed->client,
                                      .kind = observed->kind,
                                      .outcome = observed->outcome,
                                      .call_time = observed->call_ns,
                                      .return_time = observed->return_ns};
    (void)pthread_mutex_lock(&recorder->lock);
    entry.key = avo_name(&history->keys, observed->key);
    entry.value = observed->kind == AVO_HISTORY_PUT ? avo_name(&history->values, observed->value) : AVO_NAME_ABSENT;
    bool found = observed->kind == AVO_HISTORY_GET && observed->outcome == AVO_HISTORY_DONE && !observed->absent;
    entry.out = found ? avo_name(&history->values, observed->out) : AVO_NAME_ABSENT;
    avo_history_add(history, &entry);
    if (recorder->file != NULL && recorder->error == 0) {
        line_write(recorder->file, observed);
        recorder->error = ferror(recorder->file) != 0 ? errno : 0;
    }
    (void)pthread_mutex_unlock(&recorder->lock);
}
