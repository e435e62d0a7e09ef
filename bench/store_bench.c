/* The store alone: bytes a key and nanoseconds an operation at N keys. usage: store_bench [keys, default 1000000]
 * Each operation runs in batches of 8000; of the batches' means the smallest, the median and the largest are printed. */
#include "trusted/store/store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 8000
#define BATCHES_MAX 1000
#define PREFETCH_AHEAD 16
#define VALUE_BYTES 64

struct bench {
    struct avo_store *store;
    uint8_t (*keys)[16];
    uint32_t key_count;
    uint64_t clock;
    struct avo_prng prng;
    uint8_t picked[BATCH][16]; /* the batch's keys, as a request would bring them: at hand */
};

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void die(const char *what) {
    fprintf(stderr, "store_bench: %s\n", what);
    exit(1);
}

static void pick_keys(struct bench *bench) {
    for (uint32_t i = 0; i < BATCH; i++) {
        memcpy(bench->picked[i], bench->keys[avo_prng_below(&bench->prng, bench->key_count)], sizeof bench->picked[i]);
    }
}

static void apply(struct bench *bench, struct avo_slice key) {
    static const uint8_t value_bytes[VALUE_BYTES] = {1};
    struct avo_slice value = AVO_SLICE_OF(value_bytes);
    struct avo_version version = {.clock = ++bench->clock, .writer = {.incarnation = 1}};
    if (avo_store_apply(bench->store, key, version, &value, NULL) != AVO_OK) {
        die("a write was refused");
    }
}

static enum avo_entry_state look(const struct bench *bench, struct avo_slice key) {
    struct avo_found found;
    avo_store_find(bench->store, key, &found);
    return found.entry.state;
}

static void insert_batch(struct bench *bench, uint32_t batch) {
    for (uint32_t i = 0; i < BATCH; i++) {
        apply(bench, AVO_SLICE_OF(bench->keys[batch * BATCH + i]));
    }
}

static void look_batch(struct bench *bench, uint32_t batch) {
    (void)batch;
    for (uint32_t i = 0; i < BATCH; i++) {
        if (look(bench, AVO_SLICE_OF(bench->picked[i])) != AVO_ENTRY_VALUE) {
            die("a key is missing");
        }
    }
}

static void look_prefetched_batch(struct bench *bench, uint32_t batch) {
    (void)batch;
    for (uint32_t i = 0; i < BATCH; i += PREFETCH_AHEAD) {
        struct avo_slice keys[PREFETCH_AHEAD];
        for (uint32_t j = 0; j < PREFETCH_AHEAD; j++) {
            keys[j] = AVO_SLICE_OF(bench->picked[i + j]);
            avo_store_prefetch(bench->store, keys[j]);
        }
        for (uint32_t j = 0; j < PREFETCH_AHEAD; j++) {
            avo_store_prefetch_entry(bench->store, keys[j]);
        }
        for (uint32_t j = 0; j < PREFETCH_AHEAD; j++) {
            if (look(bench, keys[j]) != AVO_ENTRY_VALUE) {
                die("a key is missing");
            }
        }
    }
}

static void look_absent_batch(struct bench *bench, uint32_t batch) {
    for (uint32_t i = 0; i < BATCH; i++) {
        uint32_t absent[4] = {batch, i, batch, i};
        if (look(bench, AVO_SLICE_OF(absent)) != AVO_ENTRY_ABSENT) {
            die("a key too many");
        }
    }
}

static void overwrite_batch(struct bench *bench, uint32_t batch) {
    (void)batch;
    for (uint32_t i = 0; i < BATCH; i++) {
        apply(bench, AVO_SLICE_OF(bench->picked[i]));
    }
}

static void open_batch(struct bench *bench, uint32_t batch) {
    (void)batch;
    uint8_t value[VALUE_BYTES];
    for (uint32_t i = 0; i < BATCH; i++) {
        struct avo_buffer to = {value, 0, sizeof value};
        struct avo_slice key = AVO_SLICE_OF(bench->picked[i]);
        struct avo_found found;
        avo_store_find(bench->store, key, &found);
        if (avo_store_open(bench->store, key, &found, &to) != AVO_OK) {
            die("a value does not open");
        }
    }
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(struct bench *bench, const char *name, void (*run)(struct bench *, uint32_t), uint32_t batches) {
    static double ns[BATCHES_MAX];
    batches = batches < BATCHES_MAX ? batches : BATCHES_MAX;
    for (uint32_t i = 0; i < batches; i++) {
        pick_keys(bench);
        uint64_t start = now_ns();
        run(bench, i);
        ns[i] = (double)(now_ns() - start) / BATCH;
    }
    qsort(ns, batches, sizeof *ns, compare_doubles);
    printf("%-28s %8.0f %8.0f %8.0f ns\n", name, ns[0], ns[batches / 2], ns[batches - 1]);
}

static void *aligned_zeroed(size_t bytes) {
    bytes = (bytes + 4095) / 4096 * 4096;
    void *memory = aligned_alloc(4096, bytes);
    if (memory == NULL) {
        die("out of memory");
    }
    return memset(memory, 0, bytes);
}

static void bench_open(struct bench *bench, uint32_t key_count) {
    *bench = (struct bench){.key_count = key_count, .prng = avo_prng(1)};
    bench->keys = aligned_zeroed((size_t)key_count * sizeof *bench->keys);
    avo_random_fill(&bench->prng.random, bench->keys[0], (size_t)key_count * sizeof *bench->keys);
    struct avo_store_config config = {
        .slab_bytes = (uint64_t)key_count * 192 + (1 << 20),
        .enclave_bytes = (uint64_t)key_count * 64 + (1 << 20),
        .tombstone_percent = 10,
        .pin_max_count = 1024,
        .random = &bench->prng.random,
    };
    config.slabs = aligned_zeroed(config.slab_bytes);
    size_t arena_bytes = avo_store_arena_bytes(&config) + (1 << 20);
    struct avo_arena arena = avo_arena(aligned_zeroed(arena_bytes), arena_bytes);
    config.aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    bench->store = config.aead == NULL ? NULL : avo_store_create(&arena, &config);
    if (bench->store == NULL) {
        die("no store");
    }
}

int main(int argc, char **argv) {
    static struct bench bench;
    uint32_t key_count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    key_count = key_count < BATCH ? BATCH : key_count / BATCH * BATCH;
    bench_open(&bench, key_count);
    printf("%u keys of 16 random bytes, values of %d bytes; min, median, max\n", key_count, VALUE_BYTES);
    measure(&bench, "insert", insert_batch, key_count / BATCH);
    struct avo_figures stats;
    avo_store_stats(bench.store, &stats);
    printf("%-28s %8.1f bytes of enclave memory, %.1f of host memory\n", "a key", (double)stats.enclave_bytes_used / key_count,
           (double)stats.host_bytes / key_count);
    measure(&bench, "look", look_batch, 100);
    measure(&bench, "look, 16 prefetched", look_prefetched_batch, 100);
    measure(&bench, "look, absent", look_absent_batch, 100);
    measure(&bench, "overwrite", overwrite_batch, 100);
    measure(&bench, "open", open_batch, 100);
    return 0;
}
