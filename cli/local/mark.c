/* The mark of a running cluster, up.json: what a node must be started again with. */
#include "cli/base/running.h"
#include "cli/local/up.h"
#include "client/io/file.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MARK_MAX_BYTES 4096

char *avo_up_mark_text(const struct avo_up *up) {
    json_t *root = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:I}", "nodes", (json_int_t)up->nodes, "workers",
                             (json_int_t)up->workers, "port", (json_int_t)up->port, "budget", (json_int_t)up->budget_mib,
                             "host_memory", (json_int_t)up->host_memory_mib, "mtu", (json_int_t)up->mtu, "mode", up->mode,
                             "transport", up->transport, "started_s", (json_int_t)time(NULL));
    char *text = json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    return text;
}

struct marked {
    json_int_t nodes, workers, port, budget, host_memory, mtu;
    const char *mode;
    const char *transport;
};

/* It is the user's file by now. */
static bool is_possible(const struct marked *marked) {
    bool counts = marked->nodes >= 1 && marked->nodes <= AVO_SLOT_MAX_COUNT && marked->workers >= 1 &&
                  marked->workers <= AVO_WORKER_MAX_COUNT && marked->port >= 1025 && marked->port <= 65000;
    bool sizes = marked->budget >= 1 && marked->budget <= 1 << 20 && marked->host_memory >= 1 && marked->host_memory <= 1 << 20 &&
                 marked->mtu >= AVO_MTU_MIN_BYTES && marked->mtu <= AVO_MTU_MAX_BYTES;
    return counts && sizes && strcmp(marked->transport, "udp") == 0;
}

static void take(struct avo_up *up, const struct marked *marked) {
    up->nodes = (uint64_t)marked->nodes;
    up->workers = (uint64_t)marked->workers;
    up->port = (uint64_t)marked->port;
    up->budget_mib = up->budget_mib != 0 ? up->budget_mib : (uint64_t)marked->budget;
    up->host_memory_mib = up->host_memory_mib != 0 ? up->host_memory_mib : (uint64_t)marked->host_memory;
    up->mtu = (uint64_t)marked->mtu;
    up->mode = strcmp(marked->mode, "inline") == 0 ? "inline" : "process";
    up->transport = "udp";
}

bool avo_up_mark_read(struct avo_up *up) {
    char path[AVO_PATH_BYTES];
    struct avo_buffer text = {0};
    struct marked marked = {0};
    if (!avo_cli_path(path, up->dir, AVO_UP_FILE) || !avo_file_take(path, MARK_MAX_BYTES, &text)) {
        avo_why_set(&up->why, "node: %s/%s: %s; only a cluster that `avocado up` made there has nodes to start", up->shown_dir,
                    AVO_UP_FILE, strerror(errno));
        return false;
    }
    json_t *root = json_loadb((const char *)text.data, text.length, 0, NULL);
    bool good = json_unpack(root, "{s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s}", "nodes", &marked.nodes, "workers", &marked.workers,
                            "port", &marked.port, "budget", &marked.budget, "host_memory", &marked.host_memory, "mtu", &marked.mtu,
                            "mode", &marked.mode, "transport", &marked.transport) == 0 &&
                is_possible(&marked);
    if (good) {
        take(up, &marked);
    } else {
        avo_why_set(&up->why, "node: %s/%s says nothing that could be started; avocado down --dir %s, then up", up->shown_dir,
                    AVO_UP_FILE, up->shown_dir);
    }
    json_decref(root);
    free(text.data);
    return good;
}

static bool slot_path(struct avo_up *up, unsigned slot, char path[AVO_PATH_BYTES]) {
    char name[32];
    (void)snprintf(name, sizeof name, "node-%u/start.json", slot);
    return avo_cli_path(path, up->dir, name);
}

/* Who cannot be read says nothing: the mark counts. */
bool avo_up_slot_read(struct avo_up *up, unsigned slot) {
    char path[AVO_PATH_BYTES];
    struct avo_buffer text = {0};
    json_int_t budget = 0, host_memory = 0;
    if (!slot_path(up, slot, path)) {
        return false;
    }
    if (!avo_file_take(path, MARK_MAX_BYTES, &text)) {
        return true;
    }
    json_t *root = json_loadb((const char *)text.data, text.length, 0, NULL);
    bool good = json_unpack(root, "{s:I, s:I}", "budget", &budget, "host_memory", &host_memory) == 0 && budget >= 1 &&
                budget <= 1 << 20 && host_memory >= 1 && host_memory <= 1 << 20;
    if (good) {
        up->budget_mib = up->budget_mib != 0 ? up->budget_mib : (uint64_t)budget;
        up->host_memory_mib = up->host_memory_mib != 0 ? up->host_memory_mib : (uint64_t)host_memory;
    }
    json_decref(root);
    free(text.data);
    return true;
}

bool avo_up_slot_write(struct avo_up *up, unsigned slot) {
    char path[AVO_PATH_BYTES];
    json_t *root = json_pack("{s:I, s:I}", "budget", (json_int_t)up->budget_mib, "host_memory", (json_int_t)up->host_memory_mib);
    char *text = json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    bool good = text != NULL && slot_path(up, slot, path) && avo_file_put(path, 0600, avo_slice_string(text));
    if (!good) {
        avo_why_set(&up->why, "node: %.200s: %s; give access to it, else a later start has the memory of the others", path,
                    strerror(errno));
    }
    free(text);
    return good;
}
