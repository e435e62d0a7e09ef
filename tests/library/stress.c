/* Many calls of many clients under way while a test does harm to the cluster. Uses nothing but <avocado/avocado.h>.
 *
 * usage: stress PROFILE clients=N depth=N seconds=N [seed=N] [large=1] [reads=PERCENT] [at_least_once=1] [timeout_ms=N] [loop=1]
 * A thread a client. A slot is one of `depth` calls; it has keys of its own and one call under way, so that what a get may see is
 * known: the last write that was done, or one of those of unknown outcome, and each of those once: what was seen, overwritten and
 * seen again was repeated. Prints one line of JSON; exit 0 when every call ended exactly once and no get saw what it must not.
 */
#include <avocado/avocado.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEYS_A_SLOT 4
#define DOUBTS_MAX 64 /* writes of unknown outcome of one key */
#define SMALL_MAX_BYTES 200
#define LARGE_MAX_BYTES 200000

struct settings {
    const char *profile;
    uint64_t clients, depth, seconds, seed, large, reads, at_least_once, timeout_ms;
    uint64_t loop; /* poll the descriptor ourselves, as an event loop does */
};

/* What is known about a key: writes are numbered. */
struct key {
    uint64_t last;               /* the newest one known to have taken effect; 0: none, the key may be absent */
    uint64_t doubts[DOUBTS_MAX]; /* newer or older ones that may take effect yet */
    unsigned doubt_count;
};

struct slot {
    bool under_way;
    bool read;
    unsigned key;
    uint64_t number; /* of the write */
    struct key keys[KEYS_A_SLOT];
};

struct worker {
    const struct settings *settings;
    unsigned index;
    pthread_t thread;
    struct avo_client *client;
    struct slot *slots;
    uint64_t random;
    uint64_t numbers;
    uint64_t submitted, ended, twice, wrong, late, busy;
    uint64_t errors[AVO_ERROR_COUNT];
    char why[AVO_DETAIL_BYTES];
    unsigned char value[LARGE_MAX_BYTES];
};

static uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t draw(struct worker *worker, uint64_t below) {
    worker->random = worker->random * 6364136223846793005U + 1442695040888963407U;
    return (worker->random >> 33) % below;
}

static size_t key_write(char to[48], const struct worker *worker, size_t slot, unsigned key) {
    return (size_t)snprintf(to, 48, "stress/%" PRIu64 "/%u/%zu/%u", worker->settings->seed, worker->index, slot, key);
}

/* The value of write `number` of a client: the number, then bytes that follow from it. */
static size_t value_make(struct worker *worker, uint64_t number) {
    uint64_t mix = number * 0x9e3779b97f4a7c15U ^ worker->index;
    bool large = worker->settings->large != 0 && mix % 61 == 0;
    size_t length = sizeof number + mix % (large ? LARGE_MAX_BYTES - sizeof number : SMALL_MAX_BYTES);
    memset(worker->value, (int)(mix >> 56), length);
    memcpy(worker->value, &number, sizeof number);
    return length;
}

static void doubt_add(struct worker *worker, struct key *key, uint64_t number) {
    if (key->doubt_count == DOUBTS_MAX) {
        snprintf(worker->why, sizeof worker->why, "more than %d writes of one key are in doubt", DOUBTS_MAX);
        worker->wrong++;
        return;
    }
    key->doubts[key->doubt_count++] = number;
}

/* A get saw this write: may it? */
static bool may_see(struct worker *worker, struct key *key, uint64_t number) {
    if (number == key->last || worker->settings->at_least_once != 0) { /* then any earlier one may be seen again */
        return number <= worker->numbers;
    }
    for (unsigned i = 0; i < key->doubt_count; i++) {
        if (key->doubts[i] == number) {
            key->doubts[i] = key->doubts[--key->doubt_count]; /* once */
            key->last = number;
            return true;
        }
    }
    return false;
}

static void check_read(struct worker *worker, struct slot *slot, const struct avo_completion *done) {
    struct key *key = &slot->keys[slot->key];
    uint64_t number = 0;
    if (done->error == AVO_OK && done->value_bytes >= sizeof number) {
        memcpy(&number, done->value, sizeof number);
        size_t length = value_make(worker, number);
        if (length != done->value_bytes || memcmp(done->value, worker->value, length) != 0) {
            snprintf(worker->why, sizeof worker->why, "%.*s: write %" PRIu64 " has other bytes", (int)done->key_bytes,
                     (const char *)done->key, number);
            worker->wrong++;
            return;
        }
    }
    if (!may_see(worker, key, number)) {
        snprintf(worker->why, sizeof worker->why, "%.*s: a get saw write %" PRIu64 " after write %" PRIu64, (int)done->key_bytes,
                 (const char *)done->key, number, key->last);
        worker->wrong++;
    }
}

static void on_completion(struct worker *worker, const struct avo_completion *done) {
    struct slot *slot = done->user;
    worker->ended++;
    worker->twice += !slot->under_way;
    worker->errors[done->error]++;
    slot->under_way = false;
    if (slot->read && (done->error == AVO_OK || done->error == AVO_ENOTFOUND)) {
        check_read(worker, slot, done);
    } else if (!slot->read && done->error == AVO_OK) {
        slot->keys[slot->key].last = slot->number;
    } else if (!slot->read && done->error == AVO_EUNKNOWN) {
        doubt_add(worker, &slot->keys[slot->key], slot->number);
    }
}

static void submit(struct worker *worker, size_t index) {
    struct slot *slot = &worker->slots[index];
    const struct settings *settings = worker->settings;
    char key[48];
    slot->key = (unsigned)draw(worker, KEYS_A_SLOT);
    slot->read = draw(worker, 100) < settings->reads;
    size_t key_bytes = key_write(key, worker, index, slot->key);
    enum avo_error error;
    if (slot->read) {
        error = avo_submit_get(worker->client, key, key_bytes, (uint32_t)settings->timeout_ms, 0, slot);
    } else {
        unsigned int flags = settings->at_least_once != 0 ? AVO_AT_LEAST_ONCE : 0;
        slot->number = ++worker->numbers;
        size_t length = value_make(worker, slot->number);
        error = avo_submit_put(worker->client, key, key_bytes, worker->value, length, (uint32_t)settings->timeout_ms, flags, slot);
    }
    worker->busy += error != AVO_OK;
    slot->under_way = error == AVO_OK;
    worker->submitted += error == AVO_OK;
}

static void *run(void *argument) {
    struct worker *worker = argument;
    const struct settings *settings = worker->settings;
    struct avo_options options = AVO_OPTIONS_INIT;
    options.depth = (uint32_t)settings->depth;
    if (avo_open_with(settings->profile, &options, &worker->client, worker->why, sizeof worker->why) != AVO_OK) {
        worker->wrong++;
        return NULL;
    }
    uint64_t end_ms = now_ms() + settings->seconds * 1000;
    uint64_t last_ms = end_ms + settings->timeout_ms + 5000;
    bool more = true;
    while (more || (avo_pending(worker->client) > 0 && now_ms() < last_ms)) {
        for (size_t i = 0; more && i < settings->depth; i++) {
            if (!worker->slots[i].under_way) {
                submit(worker, i);
            }
        }
        if (settings->loop != 0) {
            struct pollfd ready = {.fd = avo_fd(worker->client), .events = POLLIN};
            avo_flush(worker->client);
            (void)poll(&ready, 1, avo_wake_ms(worker->client));
        }
        const struct avo_completion *done = avo_next(worker->client, settings->loop != 0 ? 0 : 100);
        for (; done != NULL; done = avo_next(worker->client, 0)) {
            on_completion(worker, done);
        }
        more = now_ms() < end_ms;
    }
    worker->late = avo_pending(worker->client);
    avo_close(worker->client);
    return NULL;
}

static bool settings_read(struct settings *settings, int argc, char **argv) {
    struct {
        const char *name;
        uint64_t *to;
    } names[] = {{"clients", &settings->clients},
                 {"depth", &settings->depth},
                 {"seconds", &settings->seconds},
                 {"seed", &settings->seed},
                 {"large", &settings->large},
                 {"reads", &settings->reads},
                 {"at_least_once", &settings->at_least_once},
                 {"timeout_ms", &settings->timeout_ms},
                 {"loop", &settings->loop}};
    for (int a = 2; a < argc; a++) {
        bool known = false;
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
            size_t length = strlen(names[n].name);
            if (strncmp(argv[a], names[n].name, length) == 0 && argv[a][length] == '=') {
                *names[n].to = strtoull(argv[a] + length + 1, NULL, 10);
                known = true;
            }
        }
        if (!known) {
            return false;
        }
    }
    settings->profile = argv[1];
    return argc > 1 && settings->clients > 0 && settings->depth > 0;
}

static void print(const struct worker *all) {
    printf("{\"submitted\": %" PRIu64 ", \"ended\": %" PRIu64 ", \"twice\": %" PRIu64 ", \"late\": %" PRIu64 ", \"wrong\": %" PRIu64
           ", \"busy\": %" PRIu64 ", \"why\": \"%s\"",
           all->submitted, all->ended, all->twice, all->late, all->wrong, all->busy, all->why);
    for (int error = 0; error < AVO_ERROR_COUNT; error++) {
        printf(", \"%s\": %" PRIu64, avo_error_name((enum avo_error)error), all->errors[error]);
    }
    printf("}\n");
}

static void worker_add(struct worker *all, const struct worker *worker) {
    all->submitted += worker->submitted;
    all->ended += worker->ended;
    all->twice += worker->twice;
    all->wrong += worker->wrong;
    all->late += worker->late;
    all->busy += worker->busy;
    for (int error = 0; error < AVO_ERROR_COUNT; error++) {
        all->errors[error] += worker->errors[error];
    }
    if (worker->why[0] != '\0') {
        memcpy(all->why, worker->why, sizeof all->why);
    }
}

int main(int argc, char **argv) {
    struct settings settings = {.clients = 1, .depth = 16, .seconds = 1, .seed = 1, .reads = 50, .timeout_ms = 3000};
    if (!settings_read(&settings, argc, argv)) {
        fprintf(stderr, "usage: stress PROFILE clients=N depth=N seconds=N ...\n");
        return 2;
    }
    struct worker *workers = calloc(settings.clients, sizeof *workers);
    struct worker *all = calloc(1, sizeof *all);
    for (uint64_t i = 0; i < settings.clients; i++) {
        workers[i].settings = &settings;
        workers[i].index = (unsigned)i;
        workers[i].random = settings.seed * 1000 + i;
        workers[i].slots = calloc(settings.depth, sizeof *workers[i].slots);
        if (pthread_create(&workers[i].thread, NULL, run, &workers[i]) != 0) {
            return 2;
        }
    }
    for (uint64_t i = 0; i < settings.clients; i++) {
        pthread_join(workers[i].thread, NULL);
        worker_add(all, &workers[i]);
        free(workers[i].slots);
    }
    print(all);
    bool good = all->ended == all->submitted && all->twice + all->wrong + all->late + all->busy == 0;
    free(all);
    free(workers);
    return good ? 0 : 1;
}
