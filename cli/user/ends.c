#include "cli/user/ends.h"
#include "attest/x509/clock.h"
#include <stdio.h>

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

struct avo_ends avo_ends_of(const struct avo_profile *profile) {
    return (struct avo_ends){.ticket_s = (int64_t)profile->ticket.expires_s};
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
