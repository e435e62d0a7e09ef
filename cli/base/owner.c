#include "cli/base/owner.h"
#include "attest/plug/plug.h"
#include "base/secret.h"
#include "cli/base/cli.h"
#include "cli/base/key_file.h"
#include "client/io/clock.h"
#include "client/io/file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool refused(const struct avo_owner *owner, const struct avo_text *reason, struct avo_why *why) {
    avo_why_set(why, "%s: %s", owner->command, reason->bytes);
    return false;
}

/* Nothing of the owner's goes to a CAS that has not proven what it is. */
static bool attest(struct avo_owner *owner, const struct avo_owner_place *place, struct avo_why *why) {
    char path[AVO_PATH_BYTES];
    struct avo_buffer policy;
    struct avo_attest_plug plug;
    struct avo_attested attested;
    struct avo_text reason;
    if (!avo_cli_path(path, place->dir, "policy.json") || !avo_file_take(path, AVO_POLICY_MAX_BYTES, &policy)) {
        avo_why_set(why, "%s: %.200s: %s; give the owner's --dir", owner->command, path, strerror(errno));
        return false;
    }
    avo_attest_plug_init(&plug, place->collateral);
    enum avo_error error =
        avo_cas_link_attest(owner->cas, &plug.verifier, avo_buffer_slice(&policy), (uint64_t)time(NULL), &attested, &reason);
    free(policy.data);
    return error == AVO_OK || refused(owner, &reason, why);
}

bool avo_owner_open(struct avo_owner *owner, const struct avo_owner_place *place, struct avo_why *why) {
    struct avo_text reason;
    struct avo_cas_link_config config = {.address = place->profile->cas_address, .own_key = &owner->key};
    *owner = (struct avo_owner){.command = place->command, .random = avo_system_random()};
    if (!avo_key_file_open(place->dir, "owner.key", NULL, &owner->key, why)) {
        return false;
    }
    if (!avo_link_aead_open(&owner->engine)) {
        avo_why_set(why, "%s: no memory; free some and try again", owner->command);
        return false;
    }
    config.aead = owner->engine.aead;
    config.random = &owner->random;
    config.timeout_ms = place->call_ms;
    memcpy(config.cas_public_key, place->profile->cas_public_key, sizeof config.cas_public_key);
    if (avo_cas_link_open(&config, &owner->cas, &reason) != AVO_OK) {
        return refused(owner, &reason, why);
    }
    if (memcmp(avo_cas_link_sign_public(owner->cas), place->profile->cas_sign_public, AVO_PUBLIC_KEY_BYTES) != 0) {
        avo_why_set(why, "%s: the CAS signs with another key than the profile has; use the profile of its cluster", owner->command);
        return false;
    }
    return attest(owner, place, why);
}

void avo_owner_close(struct avo_owner *owner) {
    avo_cas_link_close(owner->cas);
    avo_link_aead_close(&owner->engine);
    avo_secret_wipe(owner, sizeof *owner);
}

bool avo_owner_view(struct avo_owner *owner, struct avo_profile *profile, struct avo_why *why) {
    struct avo_text reason;
    return avo_cas_link_view(owner->cas, profile->cluster_id, &profile->signed_view, &profile->view, &reason) == AVO_OK ||
           refused(owner, &reason, why);
}

bool avo_owner_resize(struct avo_owner *owner, enum avo_resize change, unsigned slot, struct avo_why *why) {
    struct avo_text reason;
    const struct avo_resize_request request = {.change = change, .slot = (uint8_t)slot};
    return avo_cas_link_resize(owner->cas, &request, &reason) == AVO_OK || refused(owner, &reason, why);
}

void avo_owner_refusal(struct avo_owner *owner, unsigned slot, struct avo_why *why) {
    struct avo_text reason;
    struct avo_genesis_status *status = avo_cli_take(sizeof *status);
    if (avo_cas_link_status(owner->cas, status, &reason) == AVO_OK && slot < status->slot_count && !status->slots[slot].joined &&
        status->slots[slot].refusal.length > 0) {
        (void)refused(owner, &status->slots[slot].refusal, why);
    }
    free(status);
}
