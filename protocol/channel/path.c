#include "protocol/channel/path.h"
#include "base/assert.h"

static uint64_t elapsed_us(uint64_t since_us, uint64_t now_us) {
    return now_us > since_us ? now_us - since_us : 0;
}

static uint16_t larger(uint16_t a, uint16_t b) {
    return a > b ? a : b;
}

/* What to probe next: the base before anything between it and what failed; 0: near enough. */
static uint16_t next_size(const struct avo_path *path) {
    uint16_t passed = path->passed_bytes;
    uint16_t failed = path->failed_bytes;
    if (passed < AVO_PATH_BASE_BYTES && failed > AVO_PATH_BASE_BYTES) {
        return AVO_PATH_BASE_BYTES;
    }
    return failed - passed > AVO_PATH_STEP_BYTES ? (uint16_t)(passed + (failed - passed) / 2) : 0;
}

static void probe_begin(struct avo_path *path, uint16_t bytes) {
    path->probe_bytes = bytes;
    path->probe_count = 0;
    path->beside = false;
}

static void search_on(struct avo_path *path, uint64_t now_us) {
    probe_begin(path, next_size(path));
    if (path->probe_bytes == 0) {
        path->passed_us = now_us;
        path->large = false;
    }
}

void avo_path_init(struct avo_path *path, size_t most_bytes, uint64_t now_us) {
    AVO_ASSERT(most_bytes >= AVO_PATH_FLOOR_BYTES && most_bytes < UINT16_MAX);
    uint16_t most = (uint16_t)most_bytes;
    *path = (struct avo_path){
        .packet_bytes = most < AVO_PATH_BASE_BYTES ? most : AVO_PATH_BASE_BYTES,
        .most_bytes = most,
        .passed_bytes = AVO_PATH_FLOOR_BYTES,
        .failed_bytes = (uint16_t)(most + 1),
        .heard_us = now_us,
        .searched_us = now_us,
        .passed_us = now_us,
    };
    probe_begin(path, most);
}

/* What was in use is not to be relied on: neither is what passed before it. */
static void size_lost(struct avo_path *path, uint64_t now_us) {
    if (path->probe_bytes < path->failed_bytes) {
        path->failed_bytes = path->probe_bytes;
        path->searched_us = now_us;
    }
    if (path->packet_bytes >= path->failed_bytes) {
        path->packet_bytes = path->failed_bytes > AVO_PATH_BASE_BYTES ? AVO_PATH_BASE_BYTES : AVO_PATH_FLOOR_BYTES;
        path->passed_bytes = AVO_PATH_FLOOR_BYTES;
    }
    search_on(path, now_us);
}

/* The last probe left so long ago that it is lost, if the peer was heard since. The probe that decides is held against the small
 * one beside it: a peer that is heard and hears nothing has no narrow path. */
static bool probe_lost(const struct avo_path *path, uint64_t now_us) {
    uint64_t patience_us = (uint64_t)AVO_PATH_PROBE_US << (path->probe_count - 1);
    uint64_t came_us = path->probe_count == AVO_PATH_PROBE_COUNT ? path->floor_us : path->heard_us;
    return elapsed_us(path->probe_us, now_us) >= patience_us && came_us > path->probe_us;
}

/* Whether the size in use, or a larger one, is to be tried after a time in which nothing was. */
static void probe_by_time(struct avo_path *path, uint64_t now_us) {
    if (path->packet_bytes < path->most_bytes && elapsed_us(path->searched_us, now_us) >= AVO_PATH_RAISE_US) {
        path->failed_bytes = (uint16_t)(path->most_bytes + 1);
        path->searched_us = now_us;
        probe_begin(path, path->most_bytes);
    } else if (path->large && elapsed_us(path->passed_us, now_us) >= AVO_PATH_CONFIRM_US) {
        probe_begin(path, path->packet_bytes);
    }
}

/* What became of the last probe: true when it is to be repeated, or another size's turn has come. */
static bool probe_again(struct avo_path *path, uint64_t now_us) {
    if (probe_lost(path, now_us)) {
        if (path->probe_count == AVO_PATH_PROBE_COUNT) {
            size_lost(path, now_us);
        }
        return true;
    }
    if (elapsed_us(path->probe_us, now_us) < AVO_PATH_SILENT_US) {
        return false; /* its acknowledgement may be on its way */
    }
    path->probe_count--; /* nothing passes: that says nothing of the size */
    return true;
}

size_t avo_path_probe(struct avo_path *path, uint64_t now_us) {
    bool tried = path->probe_count > 0;
    if (path->beside) {
        path->beside = false;
        return AVO_PATH_FLOOR_BYTES;
    }
    if (path->probe_bytes == 0) {
        probe_by_time(path, now_us);
    } else if (tried && !probe_again(path, now_us)) {
        return 0;
    }
    if (path->probe_bytes != 0) {
        path->probe_count++;
        path->probe_us = now_us;
        path->beside = tried;
        path->timed = !tried;
    }
    return path->probe_bytes;
}

void avo_path_heard(struct avo_path *path, uint64_t now_us) {
    path->heard_us = now_us;
}

void avo_path_passed(struct avo_path *path, size_t bytes, uint64_t now_us) {
    if (bytes < AVO_PATH_FLOOR_BYTES || bytes > path->most_bytes) {
        return;
    }
    uint16_t passed = (uint16_t)bytes;
    if (path->timed && passed == path->probe_bytes) {
        avo_rtt_sample(&path->rtt, elapsed_us(path->probe_us, now_us));
    }
    path->timed = false;
    path->floor_us = now_us;
    path->passed_bytes = larger(path->passed_bytes, passed);
    path->failed_bytes = larger(path->failed_bytes, (uint16_t)(passed + 1));
    path->packet_bytes = larger(path->packet_bytes, path->passed_bytes);
    if (path->probe_bytes != 0 && passed >= path->probe_bytes) {
        search_on(path, now_us);
    }
}

void avo_path_sent(struct avo_path *path, size_t bytes) {
    path->large |= bytes > AVO_PATH_FLOOR_BYTES;
}

void avo_path_suspect(struct avo_path *path, uint64_t now_us) {
    bool possible = path->large && path->packet_bytes > AVO_PATH_FLOOR_BYTES;
    if (path->probe_bytes == 0 && possible && elapsed_us(path->passed_us, now_us) >= AVO_PATH_SUSPECT_US) {
        probe_begin(path, path->packet_bytes);
    }
}

bool avo_path_is_settled(const struct avo_path *path) {
    return path->probe_bytes == 0;
}

bool avo_path_is_narrow(const struct avo_path *path) {
    return path->failed_bytes <= path->most_bytes;
}

uint32_t avo_path_mtu(const struct avo_path *path) {
    return AVO_UDP_OVERHEAD_BYTES + (avo_path_is_narrow(path) ? path->packet_bytes : path->most_bytes);
}
