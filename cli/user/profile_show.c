/* profile show: what a profile says, without asking anybody, and without the secret key. */
#include "attest/x509/clock.h"
#include "cli/user/ends.h"
#include "cli/user/profile.h"
#include "client/io/endpoint.h"
#include "client/io/hex.h"
#include <sodium.h>
#include <stdio.h>
#include <time.h>

struct shown {
    char cluster_id[2 * AVO_CLUSTER_ID_BYTES + 1];
    char pin[2 * AVO_HASH_BYTES + 1];
    char key[2 * AVO_PUBLIC_KEY_BYTES + 1];
    char cas[AVO_ENDPOINT_TEXT_BYTES];
    char ends[AVO_DATE_BYTES];
    bool ended;
};

static struct shown shown_of(const struct avo_profile *profile) {
    struct shown shown;
    uint8_t pin[AVO_HASH_BYTES];
    avo_profile_pin(profile, pin);
    avo_hex_write(shown.cluster_id, AVO_SLICE_OF(profile->cluster_id));
    avo_hex_write(shown.pin, AVO_SLICE_OF(pin));
    avo_hex_write(shown.key, AVO_SLICE_OF(profile->key.public));
    avo_endpoint_write(shown.cas, &profile->cas_address);
    avo_date_format((int64_t)profile->ticket.expires_s, shown.ends);
    shown.ended = avo_ticket_ended(&profile->ticket, profile->view.policy_version, (uint64_t)time(NULL));
    return shown;
}

const char *avo_profile_rights_text(uint8_t rights) {
    static const char *const texts[] = {"neither read nor write",
                                        "read",
                                        "write",
                                        "read and write",
                                        "administer, and neither read nor write",
                                        "read and administer",
                                        "write and administer",
                                        "read, write and administer"};
    return texts[((rights & AVO_RIGHT_READ) != 0) + 2 * ((rights & AVO_RIGHT_WRITE) != 0) + 4 * ((rights & AVO_RIGHT_ADMIN) != 0)];
}

void avo_profile_show(const struct avo_profile *profile, bool json) {
    struct shown shown = shown_of(profile);
    const struct avo_ticket *ticket = &profile->ticket;
    const char *name = (const char *)ticket->name;
    bool reads = (ticket->rights & AVO_RIGHT_READ) != 0;
    bool writes = (ticket->rights & AVO_RIGHT_WRITE) != 0;
    if (json) {
        avo_cli_json(json_pack("{s:s, s:s, s:s, s:s, s:I, s:s%, s:b, s:b, s:s, s:b}", "cluster_id", shown.cluster_id, "pin",
                               shown.pin, "public_key", shown.key, "cas_address", shown.cas, "policy_version",
                               (json_int_t)ticket->policy_version, "user", name, (size_t)ticket->name_length, "may_read", reads,
                               "may_write", writes, "ticket_ends", shown.ends, "ticket_ended", shown.ended));
        return;
    }
    printf("cluster %s, pin %s\n", shown.cluster_id, shown.pin);
    printf("  CAS at %s; user %.*s may %s; public key %s\n", shown.cas, ticket->name_length, name,
           avo_profile_rights_text((uint8_t)ticket->rights), shown.key);
    printf("  its ticket %s %s%s\n", shown.ended ? "ended" : "ends", shown.ends,
           shown.ended ? ": avocado profile renew" : "; it is renewed by itself while its CAS answers");
}

int avo_cli_profile_show(int argc, char **argv) {
    struct avo_common common;
    struct avo_profile *profile;
    const struct avo_usage usage = {.command = "profile show",
                                    .arguments = "",
                                    .summary = "Prints what a profile says: its cluster, its user, when its ticket ends.",
                                    .takes = AVO_TAKES_DIR | AVO_TAKES_PROFILE};
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &common);
    if (parsed != AVO_PARSED_RUN) {
        return parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    }
    if (sodium_init() < 0 || avo_cli_profile(&common, &profile) != AVO_OK) {
        return AVO_EXIT_REFUSED;
    }
    avo_profile_show(profile, common.json);
    avo_cli_profile_free(profile);
    return AVO_EXIT_DONE;
}
