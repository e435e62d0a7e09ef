#include "cli/base/restarts.h"
#include "cli/base/cli.h"
#include "client/io/file.h"
#include "daemon/file.h"
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILE_MAX_BYTES 8192
#define REFUSED 2 /* what a node ends with where another start changes nothing */
#define LEFT 18   /* ... and an enclave that was removed or replaced (boundary/ending.h) */

static const char *const states[] = {"runs", "waits", "left"};

/* Told to end, or nothing that another start would change. */
static bool is_final(int wait_status) {
    int status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
    return status == 0 || status == REFUSED || status == LEFT;
}

void avo_restart_ended(struct avo_restart *restart, int wait_status, uint64_t now_us, int64_t now_s) {
    (void)avo_restart_settles(restart, now_us);
    uint64_t pause_us = AVO_RESTART_FIRST_US;
    for (unsigned i = 0; i < restart->count && pause_us < AVO_RESTART_LONGEST_US; i++) {
        pause_us *= 2;
    }
    restart->count++;
    restart->ended_s = now_s;
    restart->due_us = now_us + (pause_us < AVO_RESTART_LONGEST_US ? pause_us : AVO_RESTART_LONGEST_US);
    restart->state = is_final(wait_status) ? AVO_RESTART_LEFT : AVO_RESTART_WAITS;
}

void avo_restart_started(struct avo_restart *restart, uint64_t now_us) {
    restart->state = AVO_RESTART_RUNS;
    restart->started_us = now_us;
}

bool avo_restart_settles(struct avo_restart *restart, uint64_t now_us) {
    bool settles = restart->count > 0 && restart->state == AVO_RESTART_RUNS && now_us - restart->started_us >= AVO_RESTART_LIVED_US;
    restart->count = settles ? 0 : restart->count;
    return settles;
}

static json_t *nodes_json(const struct avo_restarts *restarts) {
    json_t *nodes = json_array();
    for (unsigned slot = 0; slot < restarts->count; slot++) {
        const struct avo_restart *restart = &restarts->slots[slot];
        (void)json_array_append_new(nodes, json_pack("{s:i, s:s, s:i, s:I}", "slot", (int)slot, "state", states[restart->state],
                                                     "ended", (int)restart->count, "ended_s", (json_int_t)restart->ended_s));
    }
    return nodes;
}

void avo_restarts_write(const struct avo_restarts *restarts, const char *dir) {
    json_t *root = json_pack("{s:o}", "nodes", nodes_json(restarts));
    char *text = json_dumps(root, JSON_INDENT(2));
    bool written = text != NULL && avo_file_write(dir, AVO_RESTARTS_FILE, 0600, avo_slice_string(text)) == AVO_OK;
    if (!written) {
        avo_restarts_remove(dir); /* nothing is better than what is no longer so */
    }
    free(text);
    json_decref(root);
}

static void slot_read(struct avo_restarts *restarts, json_t *node) {
    int slot, ended;
    const char *state;
    json_int_t ended_s;
    if (json_unpack(node, "{s:i, s:s, s:i, s:I}", "slot", &slot, "state", &state, "ended", &ended, "ended_s", &ended_s) != 0 ||
        slot < 0 || slot >= AVO_SLOT_MAX_COUNT || ended < 0) {
        return; /* it is the user's file */
    }
    struct avo_restart *restart = &restarts->slots[slot];
    *restart = (struct avo_restart){.count = (unsigned)ended, .ended_s = ended_s};
    for (size_t i = 0; i < AVO_COUNT(states); i++) {
        restart->state = strcmp(state, states[i]) == 0 ? (enum avo_restart_state)i : restart->state;
    }
    restarts->count = (unsigned)slot >= restarts->count ? (unsigned)slot + 1 : restarts->count;
}

void avo_restarts_read(struct avo_restarts *restarts, const char *dir) {
    char path[AVO_PATH_BYTES];
    struct avo_buffer text = {0};
    *restarts = (struct avo_restarts){.count = 0};
    if (!avo_cli_path(path, dir, AVO_RESTARTS_FILE) || !avo_file_take(path, FILE_MAX_BYTES, &text)) {
        return;
    }
    json_t *root = json_loadb((const char *)text.data, text.length, 0, NULL);
    json_t *nodes = json_object_get(root, "nodes");
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        slot_read(restarts, json_array_get(nodes, i));
    }
    json_decref(root);
    free(text.data);
}

void avo_restarts_remove(const char *dir) {
    char path[AVO_PATH_BYTES];
    if (avo_cli_path(path, dir, AVO_RESTARTS_FILE)) {
        (void)unlink(path);
    }
}
