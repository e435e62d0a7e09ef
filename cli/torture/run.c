/* The course of a torture: clients and faults side by side, then healed nodes and a last look at every key. */
#include "cli/base/cli.h"
#include "cli/base/progress.h"
#include "cli/base/signals.h"
#include "cli/torture/torture.h"
#include "client/io/clock.h"
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000ULL
#define LOOK_NS (NS / 4)          /* at memory, and at the progress */
#define SETTLED_S 5.0             /* before memory is measured first; at most a third of the run */
#define FIRST_LOOK_MS 5000        /* for the cluster to answer at all */
#define LAST_LOOK_NS (30ULL * NS) /* for every key to be readable again */
#define LAST_LOOK_MS 2000         /* a try */
#define TIDY_MS 500

static struct avo_torture_client *reader_of(struct avo_torture *torture) {
    return &torture->clients[torture->settings.clients];
}

static bool clients_open(struct avo_torture *torture, struct avo_why *why) {
    const struct avo_torture_settings *settings = &torture->settings;
    struct avo_prng seeds = avo_prng(settings->seed ^ 0x636c69656e7473U); /* not the plan's */
    torture->clients = avo_cli_take((settings->clients + 1) * sizeof *torture->clients);
    for (uint32_t i = 0; i <= settings->clients; i++) {
        if (!avo_torture_client_open(&torture->clients[i], &torture->load, i, avo_prng_next(&seeds), torture->profile, why)) {
            return false;
        }
    }
    return true;
}

/* The cluster answers, and the keys are new. Not part of the history: keys begin absent. */
static bool cluster_answers(struct avo_torture *torture, struct avo_why *why) {
    char text[AVO_TORTURE_KEY_BYTES];
    struct avo_slice value;
    struct avo_client *client = reader_of(torture)->client;
    enum avo_error error = avo_client_get(client, avo_torture_key(&torture->load, 0, text), FIRST_LOOK_MS, &value);
    if (error != AVO_ENOTFOUND) {
        avo_why_set(why, "the cluster does not serve before anything was done to it: %s",
                    error == AVO_OK ? "a key of this run is there already" : avo_detail(client));
    }
    return error == AVO_ENOTFOUND;
}

static bool open_all(struct avo_torture *torture, struct avo_why *why) {
    const struct avo_torture_settings *settings = &torture->settings;
    const struct avo_view *view = &torture->profile->view;
    struct avo_random random = avo_system_random();
    uint64_t a_client = settings->rate * AVO_TORTURE_WINDOW_NS / NS / settings->clients;
    torture->load = (struct avo_torture_load){.keys = settings->keys,
                                              .window_ops = a_client > 0 ? a_client : 1,
                                              .timeout_ms = settings->timeout_ms,
                                              .recorder = &torture->recorder};
    avo_random_fill(&random, &torture->load.run, sizeof torture->load.run);
    struct avo_fault_plan plan = avo_fault_plan(settings->seed, settings->kinds, view->member_count, settings->every_s);
    return avo_recorder_open(&torture->recorder, settings->history, why) && clients_open(torture, why) &&
           cluster_answers(torture, why) && avo_nemesis_open(&torture->nemesis, settings->dir, view, plan, why);
}

static bool clients_start(struct avo_torture *torture, struct avo_why *why) {
    torture->load.start = avo_recorder_clock_ns();
    for (uint64_t i = 0; i < torture->settings.clients; i++) {
        if (!avo_torture_client_start(&torture->clients[i])) {
            avo_why_set(why, "no thread for client %" PRIu64 ": %s; take fewer --clients", i, strerror(errno));
            return false;
        }
    }
    return true;
}

static void clients_join(struct avo_torture *torture) {
    atomic_store(&torture->load.ended, true);
    for (uint64_t i = 0; torture->clients != NULL && i < torture->settings.clients; i++) {
        avo_torture_client_join(&torture->clients[i]);
    }
}

/* Until `until_ns` of the run, or a signal. */
static void wait_until(struct avo_torture *torture, int signals, uint64_t now_ns, uint64_t until_ns) {
    uint64_t wait_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    struct timespec wait = {.tv_sec = (time_t)(wait_ns / NS), .tv_nsec = (long)(wait_ns % NS)};
    struct pollfd poll = {.fd = signals, .events = POLLIN};
    if (ppoll(&poll, 1, &wait, NULL) > 0 && avo_signals_take(signals) != 0) {
        torture->interrupted = true;
    }
}

static uint64_t earlier(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static void faults_run(struct avo_torture *torture, int signals) {
    double seconds = torture->settings.seconds;
    uint64_t end_ns = (uint64_t)(seconds * 1e9);
    uint64_t settled_ns = (uint64_t)((seconds / 3 < SETTLED_S ? seconds / 3 : SETTLED_S) * 1e9);
    struct avo_progress progress = avo_progress(end_ns, "faults");
    for (;;) {
        uint64_t now_ns = avo_recorder_clock_ns() - torture->load.start;
        torture->ran_s = (double)now_ns / 1e9;
        if (now_ns >= end_ns || torture->interrupted) {
            break;
        }
        uint64_t due_ns = avo_nemesis_turn(&torture->nemesis, now_ns);
        if (now_ns >= settled_ns) {
            avo_watch_memory(&torture->watch);
        }
        avo_progress_show(&progress, now_ns, avo_nemesis_hits(&torture->nemesis));
        wait_until(torture, signals, now_ns, earlier(earlier(due_ns, end_ns), now_ns + LOOK_NS));
    }
    avo_progress_end(&progress);
}

/* Reads every key until it answers: an acknowledged write that is lost shows in the history. */
static void keys_read(struct avo_torture *torture) {
    char text[AVO_TORTURE_KEY_BYTES];
    struct avo_torture_client *reader = reader_of(torture);
    uint64_t give_up_ns = avo_recorder_clock_ns() + LAST_LOOK_NS;
    for (uint64_t i = 0; i < torture->settings.keys && torture->broken.text[0] == '\0'; i++) {
        struct avo_slice key = avo_torture_key(&torture->load, i, text);
        enum avo_error error;
        do {
            error = avo_torture_client_get(reader, key, LAST_LOOK_MS);
        } while (error != AVO_OK && error != AVO_ENOTFOUND && avo_recorder_clock_ns() < give_up_ns);
        if (error != AVO_OK && error != AVO_ENOTFOUND) {
            avo_why_set(&torture->broken, "key %s cannot be read any more, though all faults have ended: %s", text,
                        avo_detail(reader->client));
        }
    }
}

/* The keys are nobody's after the run. Not part of the history, and no harm where it fails. */
static void keys_tidy(struct avo_torture *torture) {
    char text[AVO_TORTURE_KEY_BYTES];
    enum avo_error error = AVO_OK;
    avo_at_least_once(reader_of(torture)->client, 1);
    for (uint64_t i = 0; i < torture->settings.keys && error == AVO_OK; i++) {
        struct avo_slice key = avo_torture_key(&torture->load, i, text);
        error = avo_delete(reader_of(torture)->client, key.data, key.length, TIDY_MS);
    }
}

enum avo_torture_exit avo_torture_run(struct avo_torture *torture, struct avo_why *why) {
    sigset_t signals;
    avo_signals_block(&signals); /* before the threads: they inherit it */
    int fd = avo_signals_open(&signals);
    bool began = false;
    if (fd < 0) {
        avo_why_set(why, "no descriptor for signals: %s; raise `ulimit -n`", strerror(errno));
    } else if (open_all(torture, why)) {
        torture->watch = avo_watch_begin(torture->settings.dir, &torture->profile->view);
        began = clients_start(torture, why);
    }
    torture->nemesis.say = torture->say;
    if (began) {
        faults_run(torture, fd);
    }
    avo_nemesis_heal(&torture->nemesis);
    (void)sigprocmask(SIG_UNBLOCK, &signals, NULL); /* nothing is to be undone any more: the next one ends it */
    bool settled = avo_nemesis_settle(&torture->nemesis, &torture->broken);
    clients_join(torture);
    if (began && settled) {
        keys_read(torture);
        keys_tidy(torture);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return began ? AVO_TORTURE_HELD : AVO_TORTURE_UNDECIDED;
}

void avo_torture_close(struct avo_torture *torture) {
    clients_join(torture);
    avo_nemesis_close(&torture->nemesis);
    for (uint64_t i = 0; torture->clients != NULL && i <= torture->settings.clients; i++) {
        avo_torture_client_close(&torture->clients[i]);
    }
    free(torture->clients);
    if (torture->load.recorder != NULL) {
        avo_recorder_close(&torture->recorder);
    }
}
