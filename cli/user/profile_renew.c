/* profile renew: a new ticket for the profile's key, now, from the CAS that the profile pins [DESIGN 11.4]. */
#include "cli/user/profile.h"
#include "client/dialog/link.h"
#include "client/io/clock.h"
#include "client/io/link.h"
#include <sodium.h>
#include <string.h>

#define COMMAND "profile renew"
#define RIGHTS (AVO_RIGHT_READ | AVO_RIGHT_WRITE | AVO_RIGHT_ADMIN) /* the policy leaves out what it does not grant */

static enum avo_error link_open(const struct avo_profile *profile, const struct avo_aead *aead, struct avo_random *random,
                                uint32_t timeout_ms, struct avo_cas_link **link, struct avo_text *reason) {
    struct avo_cas_link_config config = {
        .address = profile->cas_address, .own_key = &profile->key, .aead = aead, .random = random, .timeout_ms = timeout_ms};
    memcpy(config.cas_public_key, profile->cas_public_key, sizeof config.cas_public_key);
    enum avo_error error = avo_cas_link_open(&config, link, reason);
    return error;
}

/* The keys and the cluster are the pinned ones, or nothing is taken. */
static enum avo_error ticket_take(struct avo_cas_link *link, struct avo_profile *profile, struct avo_text *reason) {
    uint8_t bytes[AVO_TICKET_MAX_BYTES];
    struct avo_buffer signed_ticket = {.data = bytes, .capacity = sizeof bytes};
    struct avo_ticket ticket;
    struct avo_ticket_request request = {.rights = RIGHTS};
    memcpy(request.public_key, profile->key.public, sizeof request.public_key);
    enum avo_error error = avo_cas_link_ticket(link, &request, &signed_ticket, &ticket, reason);
    if (error != AVO_OK) {
        return error;
    }
    if (avo_ticket_verify(avo_buffer_slice(&signed_ticket), profile->cas_sign_public, &ticket) != AVO_OK ||
        memcmp(ticket.cluster_id, profile->cluster_id, sizeof ticket.cluster_id) != 0) {
        avo_text_clear(reason);
        avo_text_add_string(reason, "CAS: its ticket is not of the pinned cluster and signing key: do not trust this CAS");
        return AVO_EAUTH;
    }
    if (avo_ticket_newer(&profile->ticket, &ticket)) {
        avo_text_clear(reason);
        avo_text_add_string(
            reason, "CAS: its ticket is older than the profile's, so the profile was left as it is: its clock is behind, or "
                    "it was started from an old state: correct that, then renew again");
        return AVO_ESTALE;
    }
    memcpy(profile->ticket_bytes, bytes, signed_ticket.length);
    profile->ticket_length = signed_ticket.length;
    profile->ticket = ticket;
    return AVO_OK;
}

static bool renew(struct avo_profile *profile, uint32_t timeout_ms, struct avo_why *why) {
    struct avo_random random = avo_system_random();
    struct avo_link_aead engine = {0};
    struct avo_cas_link *link = NULL;
    struct avo_text reason = {0};
    if (profile->path[0] == '\0') {
        avo_why_set(why, COMMAND ": the profile is no file of yours, so it cannot be written; copy it into one (chmod 600)");
        return false;
    }
    if (!avo_link_aead_open(&engine)) {
        avo_why_set(why, COMMAND ": no memory; free some and try again");
        return false;
    }
    enum avo_error error = link_open(profile, engine.aead, &random, timeout_ms, &link, &reason);
    error = error == AVO_OK ? ticket_take(link, profile, &reason) : error;
    avo_cas_link_close(link);
    avo_link_aead_close(&engine);
    if (error != AVO_OK) {
        avo_why_set(why, COMMAND ": %s", reason.bytes);
        return false;
    }
    return avo_profile_ticket_save(profile, &profile->key, why) == AVO_OK;
}

int avo_cli_profile_renew(int argc, char **argv) {
    struct avo_common common;
    struct avo_profile *profile;
    struct avo_why why;
    const struct avo_usage usage = {.command = COMMAND,
                                    .arguments = "",
                                    .summary =
                                        "Has the CAS issue a new ticket for the profile's key, and writes it into the profile.",
                                    .takes = AVO_TAKES_DIR | AVO_TAKES_PROFILE | AVO_TAKES_TIMEOUT,
                                    .timeout = "for each answer of the CAS (5)"};
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &common);
    if (parsed != AVO_PARSED_RUN) {
        return parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    }
    if (sodium_init() < 0 || avo_cli_profile(&common, &profile) != AVO_OK) {
        return AVO_EXIT_REFUSED;
    }
    bool renewed = renew(profile, avo_cli_timeout_ms(&common), &why);
    if (renewed) {
        avo_profile_show(profile, common.json);
    } else {
        avo_cli_say("%s", why.text);
    }
    avo_cli_profile_free(profile);
    return renewed ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
}
