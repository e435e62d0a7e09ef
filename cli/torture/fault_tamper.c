/* Tamper: a node's region in a hostile hand: sealed values flipped, swapped, wiped and rolled back, ring slots filled with garbage,
 * ring indices moved. Always the same node's: the others keep an intact copy of every value. */
#include "cli/base/cli.h"
#include "cli/torture/fault.h"
#include "host/region.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGES_MAX 256
#define UNIT_BYTES 64
#define TRIES 16
#define STEPS 4 /* at a time */

struct state {
    int fd;
    uint8_t *memory;
    struct avo_region_layout layout;
    uint64_t pages[PAGES_MAX]; /* offsets of those that hold values */
    unsigned page_count;
    uint8_t before[AVO_REGION_PAGE_BYTES]; /* what one of them held when the fault began */
    uint64_t changed;                      /* values, since then */
};

/* The region of a node that came up with the view's limits, and any memory for values. */
static bool layout_find(struct state *state, const struct avo_view *view, uint64_t bytes) {
    struct avo_region_layout layout = avo_host_region_layout(view->worker_count, view->mtu_bytes, 0);
    uint64_t beside = avo_region_bytes(&layout);
    layout.slab_bytes = bytes < beside ? 0 : (bytes - beside) / view->worker_count;
    state->layout = layout;
    return avo_region_layout_check(&layout) == AVO_OK && layout.slab_bytes > 0 && avo_region_bytes(&layout) == bytes;
}

/* False: errno, or 0 where it is no region as we know it. */
static bool region_map(struct state *state, const char *path, const struct avo_view *view) {
    struct stat status;
    state->fd = open(path, O_RDWR | O_CLOEXEC);
    if (state->fd < 0 || fstat(state->fd, &status) != 0) {
        return false;
    }
    errno = 0;
    if (!layout_find(state, view, (uint64_t)status.st_size)) {
        return false;
    }
    void *memory = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, state->fd, 0);
    state->memory = memory == MAP_FAILED ? NULL : memory;
    errno = memory == MAP_FAILED ? errno : 0;
    return memory != MAP_FAILED && avo_region_check(memory, &state->layout) == AVO_OK;
}

static void region_unmap(struct state *state) {
    if (state->memory != NULL) {
        (void)munmap(state->memory, avo_region_bytes(&state->layout));
    }
    if (state->fd >= 0) {
        (void)close(state->fd);
    }
    state->memory = NULL;
    state->fd = -1;
}

static void tamper_forget(struct avo_fault_scene *scene, unsigned node) {
    if (node == scene->tampered) {
        region_unmap(scene->state[AVO_FAULT_TAMPER]);
    }
}

static void tamper_close(struct avo_fault_scene *scene) {
    struct state *state = scene->state[AVO_FAULT_TAMPER];
    region_unmap(state);
    free(state);
    scene->state[AVO_FAULT_TAMPER] = NULL;
}

static void region_path(const struct avo_fault_scene *scene, char path[AVO_PATH_BYTES]) {
    (void)snprintf(path, AVO_PATH_BYTES, "%s/node-%u/region", scene->dir, (unsigned)scene->view->members[scene->tampered].slot);
}

/* That of the process that runs now. */
static bool region_refresh(struct avo_fault_scene *scene) {
    char path[AVO_PATH_BYTES];
    struct state *state = scene->state[AVO_FAULT_TAMPER];
    region_path(scene, path);
    if (state->memory == NULL && !region_map(state, path, scene->view)) {
        region_unmap(state);
    }
    return state->memory != NULL;
}

static bool tamper_open(struct avo_fault_scene *scene, struct avo_why *why) {
    char path[AVO_PATH_BYTES];
    struct state *state = avo_cli_take(sizeof *state);
    scene->state[AVO_FAULT_TAMPER] = state;
    state->fd = -1;
    region_path(scene, path);
    if (scene->view->member_count < 3) {
        avo_why_set(why, "--nemesis tamper: %u nodes keep no other intact copy of a value; take a cluster of 3 or more",
                    (unsigned)scene->view->member_count);
        return false;
    }
    if (!region_map(state, path, scene->view)) {
        avo_why_set(why, "--nemesis tamper: %s: %s; run it as the user that started the cluster, on its machine", path,
                    errno != 0 ? strerror(errno) : "is no region of this version");
        return false;
    }
    return true;
}

static bool is_empty(const uint8_t *bytes, size_t length) {
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0;
}

/* Looks where memory was ever used alone: to read the rest would use it up. */
static void pages_find(struct state *state, uint32_t worker) {
    struct avo_region_worker part = avo_region_worker(state->memory, &state->layout, worker);
    uint64_t begin = (uint64_t)(part.slabs - state->memory);
    uint64_t end = begin + part.slab_bytes;
    state->page_count = 0;
    for (uint64_t at = begin; state->page_count < PAGES_MAX;) {
        off_t data = lseek(state->fd, (off_t)at, SEEK_DATA);
        if (data < 0 || (uint64_t)data >= end) {
            break;
        }
        at = (uint64_t)data / AVO_REGION_PAGE_BYTES * AVO_REGION_PAGE_BYTES;
        if (at >= begin && !is_empty(state->memory + at, AVO_REGION_PAGE_BYTES)) {
            state->pages[state->page_count++] = at;
        }
        at += AVO_REGION_PAGE_BYTES;
    }
}

/* A unit that holds something; NULL where none was met. */
static uint8_t *unit_draw(struct avo_fault_scene *scene) {
    struct state *state = scene->state[AVO_FAULT_TAMPER];
    for (int i = 0; i < TRIES; i++) {
        uint8_t *page = state->memory + state->pages[avo_prng_below(&scene->prng, state->page_count)];
        uint8_t *unit = page + avo_prng_below(&scene->prng, AVO_REGION_PAGE_BYTES / UNIT_BYTES) * UNIT_BYTES;
        if (!is_empty(unit, UNIT_BYTES)) {
            return unit;
        }
    }
    return NULL;
}

static void units_swap(uint8_t *one, uint8_t *other) {
    uint8_t copy[UNIT_BYTES];
    memcpy(copy, one, sizeof copy);
    memmove(one, other, sizeof copy);
    memcpy(other, copy, sizeof copy);
}

static void value_tamper(struct avo_fault_scene *scene) {
    struct state *state = scene->state[AVO_FAULT_TAMPER];
    uint8_t *unit = unit_draw(scene);
    uint8_t *other = unit_draw(scene);
    if (unit == NULL || other == NULL) {
        return;
    }
    state->changed++;
    switch (avo_prng_below(&scene->prng, 4)) {
    case 0:
        unit[avo_prng_below(&scene->prng, UNIT_BYTES)] ^= (uint8_t)(1 + avo_prng_below(&scene->prng, 255));
        break;
    case 1:
        units_swap(unit, other);
        break;
    case 2:
        memset(unit, 0, UNIT_BYTES);
        break;
    default:
        memcpy(state->memory + state->pages[0], state->before, sizeof state->before);
        break;
    }
}

/* Garbage in a slot that may wait, or more said to wait than does. */
static void ring_tamper(struct avo_fault_scene *scene) {
    struct state *state = scene->state[AVO_FAULT_TAMPER];
    uint32_t worker = (uint32_t)avo_prng_below(&scene->prng, state->layout.worker_count);
    struct avo_region_worker part = avo_region_worker(state->memory, &state->layout, worker);
    uint8_t *ring = part.inbound.memory;
    uint64_t slot_bytes = state->layout.ring.datagram_bytes + AVO_RING_SLOT_HEADER_BYTES;
    uint8_t *slot = ring + AVO_RING_HEADER_BYTES + avo_prng_below(&scene->prng, state->layout.ring.slot_count) * slot_bytes;
    uint64_t produced;
    memcpy(&produced, ring + AVO_RING_PRODUCED_OFFSET, sizeof produced);
    if (avo_prng_chance(&scene->prng, 3, 4)) {
        avo_random_fill(&scene->prng.random, slot, UNIT_BYTES);
    } else {
        produced += avo_prng_below(&scene->prng, 64);
        memcpy(ring + AVO_RING_PRODUCED_OFFSET, &produced, sizeof produced);
    }
}

static bool tamper_begin(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    struct state *state = scene->state[AVO_FAULT_TAMPER];
    (void)fault;
    if (scene->again.step != AVO_AGAIN_NONE || !region_refresh(scene)) {
        return false; /* one that is not there yet has nothing to lose */
    }
    pages_find(state, (uint32_t)avo_prng_below(&scene->prng, state->layout.worker_count));
    if (state->page_count == 0) {
        return false;
    }
    memcpy(state->before, state->memory + state->pages[0], sizeof state->before);
    state->changed = 0;
    return true;
}

static void tamper_go_on(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    const struct state *state = scene->state[AVO_FAULT_TAMPER];
    (void)fault;
    for (int i = 0; i < STEPS && state->memory != NULL; i++) {
        if (avo_prng_chance(&scene->prng, 1, 2)) {
            value_tamper(scene);
        } else {
            ring_tamper(scene);
        }
    }
}

static bool tamper_end(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    struct state *state = scene->state[AVO_FAULT_TAMPER];
    (void)fault;
    return state->changed > 0;
}

const struct avo_fault_methods avo_fault_tamper = {.open = tamper_open,
                                                   .begin = tamper_begin,
                                                   .go_on = tamper_go_on,
                                                   .end = tamper_end,
                                                   .forget = tamper_forget,
                                                   .close = tamper_close};
