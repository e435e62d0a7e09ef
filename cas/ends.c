/* When the things end that joining rests on: a week ahead, once a day, the log warns. */
#include "cas/state.h"

#define LOOK_US 1000000                  /* collateral is a folder of files: read no more often */
#define WARN_US (24ULL * 3600 * 1000000) /* how often the log tells it */
#define WARN_S (7ULL * 24 * 3600)
#define DAY_S (24ULL * 3600)

const struct avo_cas_ends *avo_cas_ends_look(struct avo_cas *cas, uint64_t now_us) {
    const struct avo_verifier *verifier = cas->config.verifier;
    if (verifier->collateral_ends != NULL && now_us >= cas->ends_due_us) {
        cas->ends_due_us = now_us + LOOK_US;
        cas->ends.collateral_s = verifier->collateral_ends(verifier->context);
    }
    cas->ends.cas_s = cas->config.evidence_ends_s;
    cas->ends.las_s = 0;
    for (uint8_t i = 0; i < cas->policy.machine_count; i++) {
        const struct avo_cas_las *las = &cas->las[i];
        bool first =
            las->connection != AVO_CAS_NOBODY && las->ends_s != 0 && (cas->ends.las_s == 0 || las->ends_s < cas->ends.las_s);
        cas->ends.las_s = first ? las->ends_s : cas->ends.las_s;
    }
    return &cas->ends;
}

static void warn(struct avo_cas *cas, uint64_t now_s, uint64_t ends_s, const char *what, const char *next) {
    struct avo_text line = {0};
    if (ends_s == 0 || ends_s > now_s + WARN_S) {
        return;
    }
    avo_text_add_string(&line, what);
    if (now_s < ends_s) {
        avo_text_add_string(&line, ": it ends in ");
        avo_text_add_number(&line, (ends_s - now_s + DAY_S - 1) / DAY_S);
        avo_text_add_string(&line, " days; ");
    } else {
        avo_text_add_string(&line, ": it has ended; ");
    }
    avo_text_add_string(&line, next);
    avo_cas_warn(cas, &line);
}

void avo_cas_ends_warn(struct avo_cas *cas, const struct avo_cas_event *event) {
    if (event->now_us < cas->ends_warn_us) {
        return;
    }
    cas->ends_warn_us = event->now_us + WARN_US;
    const struct avo_cas_ends *ends = avo_cas_ends_look(cas, event->now_us);
    warn(cas, event->now_s, ends->collateral_s, "collateral",
         "put the CPU vendor's new one into --collateral: without it nobody can join");
    warn(cas, event->now_s, ends->las_s, "a LAS's evidence", "renew the certificates of its machine");
    warn(cas, event->now_s, ends->cas_s, "this CAS's evidence", "renew the certificates of this machine");
}
