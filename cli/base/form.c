#include "cli/base/form.h"
#include "attest/plug/plug.h"
#include "cas/policy_file.h"
#include "client/io/clock.h"
#include "client/io/hex.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define POLL_US 10000
#define WAITING_BYTES 512
#define CLIENT_RIGHTS (AVO_RIGHT_READ | AVO_RIGHT_WRITE)

/* One run: what the caller gave, and what stands so far. */
struct forming {
    const struct avo_form *form;
    struct avo_profile *profile;
    struct avo_why *why;
    struct avo_cas_link *cas;
    uint8_t policy_hash[AVO_HASH_BYTES];
    char waiting[WAITING_BYTES]; /* what the caller heard last */
};

static bool refused(struct forming *forming, const char *who, const struct avo_text *reason) {
    const struct avo_form *form = forming->form;
    if (form->log_hint == NULL) {
        avo_why_set(forming->why, "%s: %s: %s", form->command, who, reason->bytes);
    } else {
        avo_why_set(forming->why, "%s: %s: %s; its log is %s/%s.log", form->command, who, reason->bytes, form->log_hint, who);
    }
    return false;
}

static bool wrong(struct forming *forming, const char *what) {
    avo_why_set(forming->why, "%s: %s", forming->form->command, what);
    return false;
}

static bool goes_on(struct forming *forming) {
    const struct avo_form *form = forming->form;
    return form->goes_on == NULL || form->goes_on(form->context, forming->why);
}

static void waiting_say(struct forming *forming, const char *what) {
    const struct avo_form *form = forming->form;
    if (form->waiting != NULL && strncmp(forming->waiting, what, sizeof forming->waiting - 1) != 0) {
        (void)snprintf(forming->waiting, sizeof forming->waiting, "%.*s", WAITING_BYTES - 1, what);
        form->waiting(form->context, forming->waiting);
    }
}

static void cas_wait(struct forming *forming, const struct avo_text *reason) {
    char what[WAITING_BYTES];
    (void)snprintf(what, sizeof what, "for the %.400s", reason->bytes);
    waiting_say(forming, what);
}

/* What the CAS would say too, but only when the cluster stands and its policy can no longer be changed. */
static bool client_is_user(struct forming *forming) {
    const struct avo_form *form = forming->form;
    struct avo_cas_policy_reader reader = avo_cas_policy_file("policy.json");
    struct avo_cas_policy policy = {0};
    struct avo_text reason = {0};
    struct avo_slice name;
    char key[2 * AVO_PUBLIC_KEY_BYTES + 1];
    if (reader.read(reader.context, form->policy, &policy, &reason) != AVO_OK || avo_cas_policy_check(&policy, &reason) != AVO_OK) {
        return wrong(forming, reason.bytes);
    }
    if ((avo_cas_policy_rights(&policy, form->client->public, &name) & CLIENT_RIGHTS) != 0) {
        return true;
    }
    avo_hex_write(key, avo_slice(form->client->public, AVO_PUBLIC_KEY_BYTES));
    avo_why_set(forming->why,
                "%s: nothing was formed: the policy lets client.key neither read nor write; add its public key %s to users, "
                "or take the client.key of a user listed there",
                form->command, key);
    return false;
}

/* A CAS that does not listen yet is waited for. `key` is whose we say we are. */
static bool cas_open(struct forming *forming, const struct avo_key_pair *key, struct avo_cas_link **link) {
    const struct avo_form *form = forming->form;
    struct avo_text reason;
    struct avo_cas_link_config config = {.address = form->cas, .own_key = key, .aead = form->aead, .random = form->random};
    config.timeout_ms = form->call_ms;
    memcpy(config.cas_public_key, form->cas_key, sizeof config.cas_public_key);
    uint64_t end_us = avo_clock_us() + form->patience_us;
    enum avo_error error = avo_cas_link_open(&config, link, &reason);
    while ((error == AVO_EIO || error == AVO_ETIMEOUT) && avo_clock_us() < end_us) {
        if (!goes_on(forming)) {
            break;
        }
        cas_wait(forming, &reason);
        (void)usleep(POLL_US);
        error = avo_cas_link_open(&config, link, &reason);
    }
    if (error != AVO_OK && goes_on(forming)) {
        return refused(forming, "cas", &reason);
    }
    return error == AVO_OK;
}

/* The holder of the key that the CAS wraps its state for can be this CAS. */
static bool recovery_fits(struct forming *forming) {
    static const uint8_t nobody[AVO_PUBLIC_KEY_BYTES];
    const struct avo_form *form = forming->form;
    const uint8_t *key = avo_cas_link_recovery_public(forming->cas);
    if (memcmp(key, nobody, sizeof nobody) == 0) {
        return !form->recovery_needed ||
               wrong(forming, "the CAS was started without --recovery-key, so that none can recover it; start a new one with it");
    }
    if (form->recovery_public != NULL && memcmp(key, form->recovery_public, AVO_PUBLIC_KEY_BYTES) == 0) {
        return true;
    }
    char hex[2 * AVO_PUBLIC_KEY_BYTES + 1];
    avo_hex_write(hex, avo_slice(key, AVO_PUBLIC_KEY_BYTES));
    avo_why_set(
        forming->why,
        "%s: the CAS can be recovered with the key %s, which is not yours: its holder would be this CAS; start a new CAS with "
        "your recovery.pub, or give it with --recovery-key",
        form->command, hex);
    return false;
}

/* Nothing of ours goes to a CAS that has not proven what it is. */
static bool cas_attest(struct forming *forming) {
    const struct avo_form *form = forming->form;
    struct avo_attest_plug plug;
    struct avo_attested attested;
    struct avo_text reason;
    char hex[2 * 32 + 1];
    avo_attest_plug_init(&plug, form->collateral);
    if (avo_cas_link_attest(forming->cas, &plug.verifier, form->policy, (uint64_t)time(NULL), &attested, &reason) != AVO_OK) {
        return refused(forming, "cas", &reason);
    }
    avo_hex_write(hex, avo_slice(attested.measurement, 32));
    if (form->expect_cas != NULL && strcmp(form->expect_cas, hex) != 0) {
        avo_why_set(forming->why, "%s: the CAS measures %s, not %.64s as --expect-cas says; start the right avocado-cas",
                    form->command, hex, form->expect_cas);
        return false;
    }
    return recovery_fits(forming);
}

/* Why a member was refused, if one was: the end of `up`, a hint to a user who waits for other machines. */
static bool none_refused(struct forming *forming, const struct avo_genesis_status *status) {
    for (uint8_t slot = 0; slot < status->slot_count; slot++) {
        char name[16];
        (void)snprintf(name, sizeof name, "node-%u", slot);
        if (!forming->form->waits_on && !status->slots[slot].joined && status->slots[slot].refusal.length > 0) {
            return refused(forming, name, &status->slots[slot].refusal);
        }
    }
    return true;
}

static bool none_missing(struct forming *forming, const struct avo_genesis_status *status) {
    for (uint8_t slot = 0; slot < status->slot_count; slot++) {
        if (!status->slots[slot].joined) {
            const struct avo_text *refusal = &status->slots[slot].refusal;
            avo_why_set(forming->why, "%s: node %u did not join in time%s%s; start it, or look at its log, then run this again",
                        forming->form->command, slot, refusal->length > 0 ? ": " : "", refusal->length > 0 ? refusal->bytes : "");
            return false;
        }
    }
    return true;
}

static void members_wait(struct forming *forming, const struct avo_genesis_status *status) {
    char what[WAITING_BYTES] = "for nodes to join:";
    for (uint8_t slot = 0; slot < status->slot_count; slot++) {
        const struct avo_text *refusal = &status->slots[slot].refusal;
        size_t length = strlen(what);
        if (!status->slots[slot].joined) {
            (void)snprintf(what + length, sizeof what - length, " %u%s%s%s", slot, refusal->length > 0 ? " (refused: " : "",
                           refusal->length > 0 ? refusal->bytes : "", refusal->length > 0 ? ")" : "");
        }
    }
    waiting_say(forming, what);
}

/* A CAS that has no cluster, or not that of the profile, gets neither policy nor approval for another [V0, V8]. */
static bool pin_holds(struct forming *forming, const struct avo_genesis_status *status) {
    const struct avo_pin *pin = forming->form->pin;
    const uint8_t *id = status->phase == AVO_GENESIS_FORMED ? status->view.cluster_id : NULL;
    return pin == NULL || avo_pin_holds_cluster(pin, id, forming->why);
}

/* Until every member joined: then view 1 is proposed. */
static bool members_gather(struct forming *forming, struct avo_genesis_status *status) {
    struct avo_text reason;
    uint64_t end_us = avo_clock_us() + forming->form->patience_us;
    for (;;) {
        if (avo_cas_link_status(forming->cas, status, &reason) != AVO_OK) {
            return refused(forming, "cas", &reason);
        }
        if (!pin_holds(forming, status)) {
            return false;
        }
        bool lacks = status->phase == AVO_GENESIS_FORMED && status->policy_version != status->view.policy_version;
        if (status->phase == AVO_GENESIS_NO_POLICY || lacks) {
            if (avo_cas_link_upload(forming->cas, forming->form->policy, &reason) != AVO_OK) {
                return refused(forming, "cas", &reason);
            }
            continue;
        }
        if (status->has_view) {
            return true;
        }
        if (!none_refused(forming, status) || !goes_on(forming)) {
            return false;
        }
        if (avo_clock_us() >= end_us) {
            return none_missing(forming, status) && wrong(forming, "the CAS proposes no view; look at its log");
        }
        members_wait(forming, status);
        (void)usleep(POLL_US);
    }
}

static bool view_take(struct forming *forming, const struct avo_genesis_status *status) {
    const struct avo_form *form = forming->form;
    struct avo_profile *profile = forming->profile;
    struct avo_text reason;
    uint8_t hash[AVO_HASH_BYTES];
    if (memcmp(status->view.policy_hash, forming->policy_hash, AVO_HASH_BYTES) != 0) {
        return wrong(forming, "the CAS has another policy than this one; give the one it has, or start a new CAS");
    }
    if (!form->is_expected(form->context, &status->view, forming->why)) {
        return false;
    }
    avo_view_hash(&status->view, hash);
    enum avo_error error =
        status->phase == AVO_GENESIS_FORMED
            ? avo_cas_link_view(forming->cas, status->view.cluster_id, &profile->signed_view, &profile->view, &reason)
            : avo_cas_link_approve(forming->cas, hash, &profile->signed_view, &profile->view, &reason);
    if (error != AVO_OK) {
        return refused(forming, "cas", &reason);
    }
    uint8_t taken[AVO_HASH_BYTES];
    avo_view_hash(&profile->view, taken);
    if (memcmp(hash, taken, sizeof hash) != 0) {
        return wrong(forming, "the CAS shows one view and signed another; do not use this cluster");
    }
    memcpy(profile->cluster_id, profile->view.cluster_id, sizeof profile->cluster_id);
    memcpy(profile->cas_sign_public, avo_cas_link_sign_public(forming->cas), sizeof profile->cas_sign_public);
    return true;
}

/* The client asks under its own key, as for every later ticket: being the owner grants none. */
static bool ticket_take(struct forming *forming) {
    struct avo_cas_link *link;
    struct avo_text reason;
    struct avo_profile *profile = forming->profile;
    struct avo_ticket_request request = {.rights = CLIENT_RIGHTS};
    struct avo_buffer ticket = {.data = profile->ticket_bytes, .capacity = sizeof profile->ticket_bytes};
    if (!cas_open(forming, forming->form->client, &link)) {
        return false;
    }
    memcpy(request.public_key, forming->form->client->public, sizeof request.public_key);
    enum avo_error error = avo_cas_link_ticket(link, &request, &ticket, &profile->ticket, &reason);
    avo_cas_link_close(link);
    if (error != AVO_OK) {
        return refused(forming, "cas", &reason);
    }
    profile->ticket_length = ticket.length;
    return true;
}

static bool run(struct forming *forming) {
    struct avo_genesis_status *status = calloc(1, sizeof *status);
    if (status == NULL) {
        return wrong(forming, "no memory; free some and try again");
    }
    const struct avo_form *form = forming->form;
    bool held = form->pin == NULL || avo_pin_holds_cas(form->pin, form->cas_key, forming->why);
    bool good = held && client_is_user(forming) && cas_open(forming, forming->form->owner, &forming->cas) && cas_attest(forming) &&
                members_gather(forming, status) && view_take(forming, status) && ticket_take(forming);
    free(status);
    return good;
}

bool avo_form_cluster(const struct avo_form *form, struct avo_profile *profile, struct avo_why *why) {
    struct forming forming = {.form = form, .profile = profile, .why = why};
    crypto_hash_sha256(forming.policy_hash, form->policy.data, form->policy.length);
    profile->cas_address = form->cas_advertised;
    profile->key = *form->client;
    memcpy(profile->cas_public_key, form->cas_key, sizeof profile->cas_public_key);
    bool good = run(&forming);
    avo_cas_link_close(forming.cas);
    return good;
}
