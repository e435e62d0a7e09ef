/* The owner's part of genesis: verify the CAS, give it the policy, approve hash(view 1), take view and ticket [DESIGN 11, V0]. */
#include "attest/plug/plug.h"
#include "base/secret.h"
#include "client/cli/up.h"
#include "client/io/client.h"
#include "client/io/clock.h"
#include "client/io/endpoint.h"
#include "client/io/hex.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FORM_US 20000000
#define POLL_US 5000
#define SERVE_US 5000000
#define PROBE_KEY "avocado up probes with this key"

static bool refused(struct avo_up *up, const char *who, const struct avo_text *reason) {
    avo_why_set(&up->why, "up: %s: %s; its log is %s/log/%s.log", who, reason->bytes, up->common.dir, who);
    return false;
}

static bool cas_open(struct avo_up *up, struct avo_cas_link **cas) {
    struct avo_text reason;
    struct avo_cas_link_config config = {.own_key = up->owner, .aead = up->engine.aead, .random = &up->random, .timeout_ms = 5000};
    struct avo_buffer key = {.data = config.cas_public_key, .capacity = sizeof config.cas_public_key};
    char address[32];
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", avo_up_cas_port(up));
    if (!avo_endpoint_read(address, &config.address) || !avo_hex_read(up->cas_key_hex, &key)) {
        avo_why_set(&up->why, "up: cas/public.key is no key; look at %s/log/cas.log", up->common.dir);
        return false;
    }
    uint64_t end_us = avo_clock_us() + FORM_US;
    enum avo_error error;
    while ((error = avo_cas_link_open(&config, cas, &reason)) == AVO_EIO && avo_clock_us() < end_us && avo_up_all_well(up)) {
        (void)usleep(POLL_US); /* its key is written a moment before it listens */
    }
    up->profile.cas_address = config.address;
    memcpy(up->profile.cas_public_key, config.cas_public_key, sizeof up->profile.cas_public_key);
    avo_secret_wipe(&config, sizeof config);
    return error == AVO_OK || refused(up, "cas", &reason);
}

static bool policy_give(struct avo_up *up, struct avo_cas_link *cas) {
    char collateral[AVO_PATH_BYTES];
    struct avo_attest_plug plug;
    struct avo_attested attested;
    struct avo_text reason;
    struct avo_slice policy = avo_buffer_slice(&up->policy);
    if (!avo_cli_path(collateral, up->dir, "simcpu/collateral")) {
        return false;
    }
    avo_attest_plug_init(&plug, collateral);
    if (avo_cas_link_attest(cas, &plug.verifier, policy, (uint64_t)time(NULL), &attested, &reason) != AVO_OK) {
        return refused(up, "cas", &reason);
    }
    return avo_cas_link_upload(cas, policy, &reason) == AVO_OK || refused(up, "cas", &reason);
}

/* Why a member was refused, if one was. */
static bool none_refused(struct avo_up *up, const struct avo_genesis_status *status) {
    for (uint8_t slot = 0; slot < status->slot_count; slot++) {
        char name[16];
        (void)snprintf(name, sizeof name, "node-%u", slot);
        if (!status->slots[slot].joined && status->slots[slot].refusal.length > 0) {
            return refused(up, name, &status->slots[slot].refusal);
        }
    }
    return true;
}

static bool members_gather(struct avo_up *up, struct avo_cas_link *cas, struct avo_view *proposed) {
    struct avo_text reason;
    struct avo_genesis_status *status = malloc(sizeof *status);
    uint64_t end_us = avo_clock_us() + FORM_US;
    bool good = status != NULL;
    while (good) {
        good = avo_cas_link_status(cas, status, &reason) == AVO_OK || refused(up, "cas", &reason);
        good = good && none_refused(up, status) && avo_up_all_well(up);
        if (good && status->phase == AVO_GENESIS_PROPOSED && status->has_view) {
            *proposed = status->view;
            break;
        }
        if (good && avo_clock_us() >= end_us) {
            avo_why_set(&up->why, "up: the nodes did not join in time; look at %s/log/node-0.log", up->common.dir);
            good = false;
        }
        (void)usleep(POLL_US);
    }
    free(status);
    return good;
}

/* Approve only what we started: our number of nodes and workers, at our ports. */
static bool view_expected(struct avo_up *up, const struct avo_view *view) {
    bool good = view->epoch == 1 && view->member_count == up->nodes && view->worker_count == up->workers;
    for (uint8_t i = 0; good && i < view->member_count; i++) {
        good = view->members[i].address.port == avo_up_node_port(up, view->members[i].slot);
    }
    if (!good) {
        avo_why_set(&up->why, "up: the CAS proposes another view than what was started; look at %s/log/cas.log", up->common.dir);
    }
    return good;
}

static bool ticket_take(struct avo_up *up, struct avo_cas_link *cas) {
    struct avo_text reason;
    struct avo_ticket_request request = {.rights = AVO_RIGHT_READ | AVO_RIGHT_WRITE};
    struct avo_buffer ticket = {.data = up->profile.ticket_bytes, .capacity = sizeof up->profile.ticket_bytes};
    memcpy(request.public_key, up->client.public, sizeof request.public_key);
    if (avo_cas_link_ticket(cas, &request, &ticket, &up->profile.ticket, &reason) != AVO_OK) {
        return refused(up, "cas", &reason);
    }
    up->profile.ticket_length = ticket.length;
    return true;
}

static bool approve(struct avo_up *up, struct avo_cas_link *cas) {
    uint8_t hash[AVO_HASH_BYTES];
    struct avo_view proposed;
    struct avo_text reason;
    struct avo_profile *profile = &up->profile;
    if (!members_gather(up, cas, &proposed) || !view_expected(up, &proposed)) {
        return false;
    }
    avo_view_hash(&proposed, hash);
    if (avo_cas_link_approve(cas, hash, &profile->signed_view, &profile->view, &reason) != AVO_OK) {
        return refused(up, "cas", &reason);
    }
    memcpy(profile->cluster_id, profile->view.cluster_id, sizeof profile->cluster_id);
    memcpy(profile->cas_sign_public, avo_cas_link_sign_public(cas), sizeof profile->cas_sign_public);
    return ticket_take(up, cas);
}

static bool files_write(struct avo_up *up) {
    char path[AVO_PATH_BYTES];
    struct avo_profile *profile = &up->profile;
    profile->key = up->client;
    (void)snprintf(profile->mode, sizeof profile->mode, "%s", up->mode);
    (void)snprintf(profile->transport, sizeof profile->transport, "%s", up->transport);
    if (!avo_cli_path(path, up->dir, "owner.key") ||
        !avo_file_put(path, 0600, avo_slice(up->owner.secret, sizeof up->owner.secret)) ||
        !avo_cli_path(path, up->dir, "view.bin") ||
        !avo_file_put(path, 0600, avo_slice(profile->signed_view.bytes, profile->signed_view.length))) {
        avo_why_set(&up->why, "up: %s: %s; choose another --dir", path, strerror(errno));
        return false;
    }
    return avo_cli_path(path, up->dir, "client.profile") && avo_profile_save(path, profile, &up->why) == AVO_OK;
}

bool avo_up_form(struct avo_up *up) {
    struct avo_cas_link *cas = NULL;
    bool good = cas_open(up, &cas) && policy_give(up, cas) && approve(up, cas) && files_write(up);
    avo_cas_link_close(cas);
    return good;
}

static bool get_works(struct avo_up *up) {
    struct avo_client *client;
    struct avo_slice value;
    if (avo_client_open(&up->profile, &client, &up->why) != AVO_OK) {
        return false;
    }
    enum avo_error error = avo_client_get(client, avo_slice_string(PROBE_KEY), SERVE_US / 1000, &value);
    bool good = error == AVO_OK || error == AVO_ENOTFOUND;
    if (!good) {
        avo_why_set(&up->why, "up: the cluster does not serve: %s", avo_detail(client));
    }
    avo_close(client);
    return good;
}

/* Every replica, not only the one that a first get happens to ask. */
static bool all_answer(struct avo_up *up) {
    struct avo_replica_figures figures[AVO_SLOT_MAX_COUNT];
    struct avo_client *client;
    size_t count = 0;
    if (avo_client_open(&up->profile, &client, &up->why) != AVO_OK) {
        return false;
    }
    enum avo_error error = avo_status(client, figures, AVO_COUNT(figures), &count, SERVE_US / 1000);
    avo_close(client);
    for (size_t i = 0; i < count; i++) {
        if (error != AVO_OK || figures[i].serving == 0) {
            avo_why_set(&up->why, "up: node %u joined but does not answer; look at %s/log/node-%u.log", figures[i].slot,
                        up->common.dir, figures[i].slot);
            return false;
        }
    }
    return true;
}

bool avo_up_serving(struct avo_up *up) {
    up->profile.key = up->client;
    return avo_up_all_well(up) && all_answer(up) && get_works(up) && avo_up_all_well(up);
}
