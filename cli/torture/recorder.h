/* What clients on several threads saw, in memory to be judged and in a file to be kept. */
#ifndef AVO_CLI_TORTURE_RECORDER_H
#define AVO_CLI_TORTURE_RECORDER_H

#include "checker/history.h"
#include "client/io/profile.h"
#include <pthread.h>
#include <stdio.h>

struct avo_recorder {
    pthread_mutex_t lock;
    struct avo_history history;
    FILE *file; /* NULL: none is kept */
    int error;  /* errno of the first line that could not be written; 0: all were */
};

/* One operation that ended. */
struct avo_observed {
    uint32_t client;
    enum avo_history_kind kind;
    enum avo_history_outcome outcome;
    struct avo_slice key;
    struct avo_slice value; /* of a put */
    struct avo_slice out;   /* of a get that found something */
    bool absent;            /* a get found nothing */
    uint64_t call_ns;
    uint64_t return_ns;
};

/* `path` NULL: in memory only. False: `why` says what to do. */
AVO_MUST_USE bool avo_recorder_open(struct avo_recorder *recorder, const char *path, struct avo_why *why);
/* From any thread. */
void avo_recorder_add(struct avo_recorder *recorder, const struct avo_observed *observed);
/* All that was recorded is in the file. False, with errno: it is not. */
AVO_MUST_USE bool avo_recorder_flush(struct avo_recorder *recorder);
void avo_recorder_close(struct avo_recorder *recorder);
/* CLOCK_MONOTONIC. */
uint64_t avo_recorder_clock_ns(void);

#endif
