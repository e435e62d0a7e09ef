/* profile new: a user that the policy names gets a profile from the running cluster, with the user's own key. The owner told the
 * address and the keys of the CAS, and the pin: what answers must be exactly that CAS with exactly that cluster [V0]. */
#include "base/secret.h"
#include "cli/base/answer.h"
#include "cli/base/key_file.h"
#include "cli/base/pin.h"
#include "cli/user/profile.h"
#include "client/dialog/link.h"
#include "client/dialog/marked.h"
#include "client/io/clock.h"
#include "client/io/endpoint.h"
#include "client/io/hex.h"
#include "client/io/link.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define COMMAND "profile new"
#define RIGHTS (AVO_RIGHT_READ | AVO_RIGHT_WRITE | AVO_RIGHT_ADMIN)

struct making {
    struct avo_common common;
    const char *cas;
    const char *cas_key;
    const char *pin_hex;
    const char *key_file;
    const char *mode;
    bool replace;
    char path[AVO_PATH_BYTES];
    char key_path[AVO_PATH_BYTES];
    uint8_t pin[AVO_HASH_BYTES]; /* that the owner told */
    struct avo_pin held;         /* what stands where the profile goes */
    struct avo_profile profile;
    struct avo_random random;
    struct avo_link_aead engine;
    struct avo_cas_link *link;
    struct avo_why why;
};

static bool wrong(struct making *making, const char *what) {
    avo_why_set(&making->why, COMMAND ": %s", what);
    return false;
}

static bool refused(struct making *making, const struct avo_text *reason) {
    return wrong(making, reason->bytes);
}

static bool options_read(struct making *making) {
    struct avo_profile *profile = &making->profile;
    struct avo_buffer pin = {.data = making->pin, .capacity = sizeof making->pin};
    struct avo_why problem;
    char what[AVO_WHY_BYTES];
    if (making->cas == NULL || !avo_endpoint_read(making->cas, &profile->cas_address)) {
        return wrong(making, "--cas is missing or no ADDR:PORT; give the address of the CAS that the owner told you");
    }
    if (making->cas_key == NULL) {
        return wrong(making, "--cas-key is missing; give the CAS's public.key, or its 64 hex digits, that the owner told you");
    }
    if (!avo_public_key_read(making->cas_key, profile->cas_public_key, &problem)) {
        (void)snprintf(what, sizeof what, "--cas-key %.80s: %.200s; give the CAS's public.key, or its 64 hex digits",
                       making->cas_key, problem.text);
        return wrong(making, what);
    }
    if (making->pin_hex == NULL || !avo_hex_read(making->pin_hex, &pin) || pin.length != pin.capacity) {
        return wrong(making,
                     "--pin is missing or not 64 hex digits; give the pin that the owner told you: cluster form and up print it");
    }
    return true;
}

static bool files_find(struct making *making) {
    const struct avo_common *common = &making->common;
    const char *file = making->key_file;
    bool found = common->profile == NULL ? avo_cli_path(making->path, common->dir, "client.profile")
                                         : snprintf(making->path, AVO_PATH_BYTES, "%s", common->profile) < AVO_PATH_BYTES;
    if (!found || (file == NULL && !avo_cli_path(making->key_path, common->dir, "client.key"))) {
        return wrong(making, "a path is too long; choose a shorter one");
    }
    return avo_key_file_load(file != NULL ? file : making->key_path, &making->profile.key, &making->why) &&
           avo_pin_read(&making->held, COMMAND, making->path, making->replace, &making->why) &&
           avo_pin_holds_cas(&making->held, making->profile.cas_public_key, &making->why);
}

static bool cas_open(struct making *making) {
    struct avo_text reason;
    struct avo_cas_link_config config = {.address = making->profile.cas_address,
                                         .own_key = &making->profile.key,
                                         .aead = making->engine.aead,
                                         .random = &making->random,
                                         .timeout_ms = avo_cli_timeout_ms(&making->common)};
    memcpy(config.cas_public_key, making->profile.cas_public_key, sizeof config.cas_public_key);
    enum avo_error error = avo_cas_link_open(&config, &making->link, &reason);
    return error == AVO_OK || refused(making, &reason);
}

/* The view and the keys of the CAS are believed for the pin alone. */
static bool cluster_take(struct making *making) {
    struct avo_profile *profile = &making->profile;
    struct avo_text reason;
    uint8_t pin[AVO_HASH_BYTES];
    if (avo_cas_link_view(making->link, NULL, &profile->signed_view, &profile->view, &reason) != AVO_OK) {
        return refused(making, &reason);
    }
    memcpy(profile->cas_sign_public, avo_cas_link_sign_public(making->link), sizeof profile->cas_sign_public);
    memcpy(profile->cluster_id, profile->view.cluster_id, sizeof profile->cluster_id);
    avo_profile_pin(profile, pin);
    if (memcmp(pin, making->pin, sizeof pin) != 0) {
        char hex[2 * AVO_HASH_BYTES + 1];
        avo_hex_write(hex, AVO_SLICE_OF(pin));
        avo_why_set(&making->why,
                    COMMAND
                    ": the cluster of the CAS there has pin %s, not the one that you gave: do not use it; ask the owner for the "
                    "pin again",
                    hex);
        return false;
    }
    return avo_pin_holds_cluster(&making->held, profile->cluster_id, &making->why);
}

static bool ticket_take(struct making *making) {
    struct avo_profile *profile = &making->profile;
    struct avo_text reason;
    struct avo_ticket_request request = {.rights = RIGHTS};
    struct avo_buffer ticket = {.data = profile->ticket_bytes, .capacity = sizeof profile->ticket_bytes};
    memcpy(request.public_key, profile->key.public, sizeof request.public_key);
    if (avo_cas_link_ticket(making->link, &request, &ticket, &profile->ticket, &reason) != AVO_OK) {
        return refused(making, &reason);
    }
    profile->ticket_length = ticket.length;
    bool same = memcmp(profile->ticket.cluster_id, profile->cluster_id, sizeof profile->cluster_id) == 0;
    return same || wrong(making, "the CAS gave a ticket for another cluster; do not use it");
}

static bool make(struct making *making) {
    struct avo_profile *profile = &making->profile;
    making->random = avo_system_random();
    if (!options_read(making) || !files_find(making)) {
        return false;
    }
    if (!avo_link_aead_open(&making->engine)) {
        return wrong(making, "no memory; free some and try again");
    }
    (void)snprintf(profile->mode, sizeof profile->mode, "%s", making->mode);
    (void)snprintf(profile->transport, sizeof profile->transport, "udp");
    bool good = cas_open(making) && cluster_take(making) && ticket_take(making) &&
                avo_profile_save(making->path, profile, &making->why) == AVO_OK;
    avo_cas_link_close(making->link);
    avo_link_aead_close(&making->engine);
    return good;
}

static void summary(const struct making *making) {
    char id[2 * AVO_CLUSTER_ID_BYTES + 1];
    const struct avo_ticket *ticket = &making->profile.ticket;
    avo_hex_write(id, AVO_SLICE_OF(making->profile.cluster_id));
    const char *name = (const char *)ticket->name;
    bool reads = (ticket->rights & AVO_RIGHT_READ) != 0;
    bool writes = (ticket->rights & AVO_RIGHT_WRITE) != 0;
    if (making->common.json) {
        avo_cli_json(json_pack("{s:o, s:s, s:s%, s:b, s:b}", "profile", avo_cli_json_text(making->path), "cluster_id", id, "user",
                               name, (size_t)ticket->name_length, "may_read", reads, "may_write", writes));
    } else {
        printf("%s: cluster %s; %.*s may %s\n", making->path, id, ticket->name_length, name,
               avo_profile_rights_text((uint8_t)ticket->rights));
    }
}

int avo_cli_profile_new(int argc, char **argv) {
    struct making *making = avo_marked_take(sizeof *making); /* it holds the secret key */
    if (making == NULL) {
        avo_cli_say(COMMAND ": no memory; free some and try again");
        return AVO_EXIT_REFUSED;
    }
    making->mode = "process";
    const struct avo_option options[] = {
        {"cas", AVO_OPTION_TEXT, &making->cas, "ADDR:PORT", 0, 0, "where the CAS is, as the owner told; needed"},
        {"cas-key", AVO_OPTION_TEXT, &making->cas_key, "FILE|HEX", 0, 0, "its public.key; needed"},
        {"pin", AVO_OPTION_TEXT, &making->pin_hex, "HEX", 0, 0, "the cluster's pin, which cluster form and up print; needed"},
        {"key", AVO_OPTION_TEXT, &making->key_file, "FILE", 0, 0, "your secret key, made by avocado key new (D/client.key)"},
        {"mode", AVO_OPTION_CHOICE, &making->mode, "process|inline", 0, 0, "how the nodes run, for the profile (process)"},
        {AVO_PIN_OPTION, AVO_OPTION_FLAG, &making->replace, NULL, 0, 0, "though it follows another cluster or CAS"},
    };
    const struct avo_usage usage = {.command = COMMAND,
                                    .arguments = "",
                                    .summary =
                                        "Has the CAS of a running cluster issue a ticket for your key, and writes --profile FILE.",
                                    .options = options,
                                    .option_count = AVO_COUNT(options),
                                    .takes = AVO_TAKES_DIR | AVO_TAKES_PROFILE | AVO_TAKES_TIMEOUT,
                                    .timeout = "for each answer of the CAS (5)"};
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &making->common);
    int code = parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    if (parsed == AVO_PARSED_RUN && sodium_init() >= 0) {
        if (make(making)) {
            summary(making);
            code = AVO_EXIT_DONE;
        } else {
            avo_cli_say("%s", making->why.text);
        }
    }
    avo_secret_wipe(making, sizeof *making);
    avo_marked_give(making, sizeof *making);
    return code;
}
