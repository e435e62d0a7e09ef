/* A client of <avocado/avocado.h>: opened, asked about itself, closed. */
#include "client/io/client.h"
#include "base/secret.h"
#include "client/dialog/marked.h"
#include "client/io/client_state.h"
#include "client/io/clock.h"
#include "client/io/explain.h"
#include "client/io/figures.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT_OF(number) #number
#define VERSION_OF(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

_Static_assert(AVO_DETAIL_BYTES == AVO_WHY_BYTES, "one line is one line");
_Static_assert(AVO_TICK_MS * 1000 == AVO_CLIENT_TICK_US, "one tick is one tick");
_Static_assert(AVO_DEPTH_MAX + 1 + AVO_SLOT_MAX_COUNT * AVO_WORKER_MAX_COUNT <= AVO_CLIENT_OPERATIONS_MAX,
               "a full queue, a call that waits and a question to every worker");

const char *avo_version(void) {
    return VERSION_OF(AVO_VERSION_MAJOR, AVO_VERSION_MINOR, AVO_VERSION_PATCH);
}

/* Fills in what was left at 0. */
static enum avo_error options_read(const struct avo_options *given, struct avo_options *options, struct avo_why *why) {
    *options = (struct avo_options)AVO_OPTIONS_INIT;
    if (given != NULL) {
        if (given->size != sizeof *options) { /* there is no other size yet */
            avo_why_set(why, "open: options of %zu bytes are not this library's (%s); begin with AVO_OPTIONS_INIT", given->size,
                        avo_version());
            return AVO_EINVAL;
        }
        *options = *given;
    }
    options->depth = options->depth == 0 ? AVO_DEPTH_DEFAULT : options->depth;
    options->large = options->large == 0 ? AVO_LARGE_DEFAULT : options->large;
    options->timeout_ms = options->timeout_ms == 0 ? AVO_TIMEOUT_DEFAULT_MS : options->timeout_ms;
    if (options->depth > AVO_DEPTH_MAX || options->large > AVO_LARGE_MAX) {
        avo_why_set(why, "open: depth %u, large %u; give at most %d and %d", options->depth, options->large, AVO_DEPTH_MAX,
                    AVO_LARGE_MAX);
        return AVO_EINVAL;
    }
    return AVO_OK;
}

static enum avo_error link_open(struct avo_client *client, const struct avo_options *options) {
    const struct avo_profile *profile = client->profile;
    struct avo_link_config config = {.view = &profile->view,
                                     .cas_sign_public = profile->cas_sign_public,
                                     .key = &profile->key,
                                     .signed_ticket = avo_slice(profile->ticket_bytes, profile->ticket_length),
                                     .aead = client->engine.aead,
                                     .random = &client->random,
                                     .renews = true,
                                     .operation_count = options->depth + 1 + avo_figures_operation_count(&profile->view),
                                     .transfer_count = options->large,
                                     .transfer_max_bytes = AVO_MESSAGE_MAX_BYTES};
    return avo_link_open(&client->link, &config);
}

enum avo_error avo_client_open(const struct avo_profile *profile, const struct avo_options *given, struct avo_client **client,
                               struct avo_why *why) {
    struct avo_options options;
    *client = NULL;
    enum avo_error error = options_read(given, &options, why);
    if (error != AVO_OK) {
        return error;
    }
    struct avo_client *made = sodium_init() < 0 ? NULL : calloc(1, sizeof *made);
    if (made == NULL || !avo_client_calls_open(made, options.depth) || !avo_link_aead_open(&made->engine)) {
        avo_why_set(why, "client: no memory; free some and try again");
        avo_close(made);
        return AVO_EIO;
    }
    made->random = avo_system_random();
    made->profile = avo_marked_take(sizeof *made->profile);
    if (made->profile == NULL) {
        avo_why_set(why, "client: no memory; free some and try again");
        avo_close(made);
        return AVO_EIO;
    }
    *made->profile = *profile;
    made->timeout_ms = options.timeout_ms;
    made->at_least_once = options.at_least_once != 0;
    error = link_open(made, &options);
    if (error != AVO_OK) {
        avo_why_set(why, "client: no socket or memory: %s; check `ulimit -n` and free memory", strerror(errno));
        avo_close(made);
        return error;
    }
    avo_renewal_open(&made->renewal, made->profile, made->link.core, made->engine.aead, &made->random, avo_clock_us(),
                     (uint64_t)time(NULL));
    avo_secret_wipe(made->profile->key.secret, sizeof made->profile->key.secret); /* the core has it: one copy */
    *client = made;
    return AVO_OK;
}

static enum avo_error open_profile(const char *path, const struct avo_options *options, struct avo_client **client,
                                   struct avo_why *why) {
    struct avo_profile *profile = NULL;
    if (sodium_init() < 0) {
        avo_why_set(why, "open: no randomness; see that the system has /dev/urandom");
        return AVO_EIO;
    }
    enum avo_error error = avo_profile_open(path, &profile, why);
    if (error == AVO_OK) {
        error = avo_client_open(profile, options, client, why);
    }
    if (error == AVO_OK) {
        avo_profile_notice(profile, path, why);
        (*client)->why = *why;
    }
    avo_profile_close(profile);
    return error;
}

enum avo_error avo_open_with(const char *profile_path, const struct avo_options *options, struct avo_client **client, char *why,
                             size_t why_bytes) {
    struct avo_why line;
    enum avo_error error = AVO_EINVAL;
    if (client != NULL) {
        *client = NULL;
    }
    if (profile_path == NULL || client == NULL) {
        avo_why_set(&line, "open: profile_path or client is NULL; give the file client.profile and a place for the client");
    } else {
        error = open_profile(profile_path, options, client, &line);
    }
    if (why != NULL && why_bytes > 0) {
        (void)snprintf(why, why_bytes, "%s", line.text);
    }
    return error;
}

enum avo_error avo_open(const char *profile_path, struct avo_client **client, char *why, size_t why_bytes) {
    return avo_open_with(profile_path, NULL, client, why, why_bytes);
}

void avo_close(struct avo_client *client) {
    if (client == NULL) {
        return;
    }
    avo_renewal_close(&client->renewal);
    avo_link_close(&client->link);
    avo_link_aead_close(&client->engine);
    avo_client_calls_close(client);
    avo_profile_close(client->profile);
    avo_secret_wipe(client->failed_key, sizeof client->failed_key);
    free(client);
}

enum avo_error avo_client_check(struct avo_client *client) {
    if (avo_link_is_own(&client->link)) {
        return AVO_OK;
    }
    client->why_due = false;
    avo_why_set(&client->why, "client: it belongs to the process that opened it; close it, and open one after fork");
    return AVO_ESTALE;
}

struct avo_slice avo_client_given(const void *data, size_t length) {
    return (struct avo_slice){data, length};
}

bool avo_client_has_bytes(const struct avo_client_request *request) {
    return (request->key.data != NULL || request->key.length == 0) && (request->value.data != NULL || request->value.length == 0);
}

uint64_t avo_client_deadline_us(const struct avo_client *client, uint32_t timeout_ms) {
    return avo_clock_us() + (uint64_t)(timeout_ms == 0 ? client->timeout_ms : timeout_ms) * 1000;
}

void avo_at_least_once(struct avo_client *client, int on) {
    client->at_least_once = on != 0;
}

void avo_client_explain(struct avo_client *client, const struct avo_client_completion *completion, struct avo_slice key) {
    avo_explain(&client->why, completion, key);
    if (completion->status == AVO_EEXPIRED && client->renewal.reason.length > 0) {
        avo_why_set(&client->why, "the ticket has expired, and is not renewed: %s", client->renewal.reason.bytes);
    }
}

const char *avo_detail(struct avo_client *client) {
    if (client->why_due) {
        avo_client_explain(client, &client->failed, avo_slice(client->failed_key, client->failed_key_bytes));
        client->why_due = false;
    }
    return client->why.text;
}

const struct avo_profile *avo_client_profile(const struct avo_client *client) {
    return client->profile;
}

const struct avo_info *avo_info(struct avo_client *client) {
    struct avo_client_core_stats stats;
    const struct avo_view *view = &client->profile->view;
    if (!avo_link_is_own(&client->link)) {
        return NULL;
    }
    avo_client_core_stats(client->link.core, &stats);
    client->info = (struct avo_info){.epoch = view->epoch,
                                     .replicas = view->slot_count,
                                     .quorum = avo_view_quorum(view),
                                     .workers = view->worker_count,
                                     .key_max_bytes = AVO_KEY_MAX_BYTES,
                                     .value_max_bytes = view->value_max_bytes,
                                     .depth = client->depth,
                                     .datagrams_sent = stats.datagrams_sent,
                                     .datagrams_received = stats.datagrams_received,
                                     .datagrams_dropped = stats.datagrams_dropped,
                                     .resent = stats.resent,
                                     .moved = stats.moved,
                                     .sessions_opened = stats.sessions_opened};
    memcpy(client->info.cluster_id, view->cluster_id, sizeof client->info.cluster_id);
    return &client->info;
}
