#include "cli/user/ends.h"
#include "attest/x509/clock.h"
#include "client/dialog/link.h"
#include "client/io/clock.h"
#include "client/io/link.h"
#include <stdio.h>
#include <string.h>

struct end {
    const char *name; /* in JSON and in words */
    int64_t at_s;
    const char *what; /* the warning's word */
    const char *next; /* what to do */
};

#define END_COUNT 4

static void list(const struct avo_ends *ends, struct end list[END_COUNT]) {
    list[0] = (struct end){"ticket", ends->ticket_s, "ticket_ends",
                           "avocado profile renew; it needs the CAS, and a user that the policy still lists"};
    list[1] = (struct end){"collateral", ends->collateral_s, "collateral_ends",
                           "put the CPU vendor's new collateral into the CAS's --collateral; without it nobody can join"};
    list[2] = (struct end){"las", ends->las_s, "las_ends", "renew the collateral, or its machine's certificates; see its log"};
    list[3] = (struct end){"cas", ends->cas_s, "cas_ends", "renew the certificates of the CAS's machine; see its log"};
}

static enum avo_error cas_ask(const struct avo_profile *profile, uint32_t timeout_ms, struct avo_cas_ends *ends,
                              struct avo_text *reason) {
    struct avo_random random = avo_system_random();
    struct avo_link_aead engine = {0};
    struct avo_cas_link *link = NULL;
    struct avo_cas_link_config config = {
        .address = profile->cas_address, .own_key = &profile->key, .random = &random, .timeout_ms = timeout_ms};
    memcpy(config.cas_public_key, profile->cas_public_key, sizeof config.cas_public_key);
    if (!avo_link_aead_open(&engine)) {
        avo_text_add_string(reason, "no memory; free some");
        return AVO_EIO;
    }
    config.aead = engine.aead;
    enum avo_error error = avo_cas_link_open(&config, &link, reason);
    if (error == AVO_OK) {
        error = avo_cas_link_ends(link, ends, reason);
    }
    avo_cas_link_close(link);
    avo_link_aead_close(&engine);
    return error;
}

struct avo_ends avo_ends_ask(const struct avo_profile *profile, uint32_t timeout_ms, struct avo_warnings *warnings) {
    struct avo_ends ends = {.ticket_s = (int64_t)profile->ticket.expires_s};
    struct avo_cas_ends told = {0};
    struct avo_text reason = {0};
    enum avo_error error = cas_ask(profile, timeout_ms, &told, &reason);
    if (error == AVO_EDENIED) {
        avo_warning_add(warnings, "user_unlisted", AVO_WARNING_CLUSTER, 0, "the ticket will not be renewed: %s", reason.bytes);
    } else if (error != AVO_OK) {
        avo_warning_add(warnings, "cas_unreachable", AVO_WARNING_CLUSTER, 0, "nothing is renewed: %s", reason.bytes);
    } else {
        ends.collateral_s = (int64_t)told.collateral_s;
        ends.las_s = (int64_t)told.las_s;
        ends.cas_s = (int64_t)told.cas_s;
    }
    return ends;
}

void avo_ends_warn(const struct avo_ends *ends, int64_t now_s, struct avo_warnings *warnings) {
    struct end all[END_COUNT];
    list(ends, all);
    for (size_t i = 0; i < END_COUNT; i++) {
        char day[AVO_DATE_BYTES];
        if (all[i].at_s == 0 || now_s < all[i].at_s - AVO_ENDS_WARN_S) {
            continue;
        }
        avo_date_format(all[i].at_s, day);
        avo_warning_add(warnings, all[i].what, AVO_WARNING_CLUSTER, all[i].at_s - AVO_ENDS_WARN_S, "%s %s: %s",
                        now_s < all[i].at_s ? "it ends" : "it ended", day, all[i].next);
    }
}

json_t *avo_ends_json(const struct avo_ends *ends) {
    struct end all[END_COUNT];
    json_t *root = json_object();
    list(ends, all);
    for (size_t i = 0; i < END_COUNT; i++) {
        (void)json_object_set_new(root, all[i].name, avo_day_json(all[i].at_s));
    }
    return root;
}

void avo_ends_print(const struct avo_ends *ends) {
    struct end all[END_COUNT];
    const char *before = "  ends: ";
    list(ends, all);
    for (size_t i = 0; i < END_COUNT; i++) {
        char day[AVO_DATE_BYTES];
        if (all[i].at_s != 0) {
            avo_date_format(all[i].at_s, day);
            printf("%s%s %s", before, all[i].name, day);
            before = ", ";
        }
    }
    printf("\n");
}
