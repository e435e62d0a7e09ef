/* When the things end that a cluster and its client live on, and the warnings that come a week ahead. */
#ifndef AVO_CLI_USER_ENDS_H
#define AVO_CLI_USER_ENDS_H

#include "cli/user/warnings.h"
#include "client/io/profile.h"

#define AVO_ENDS_WARN_S (7 * 24 * 3600)

/* Unix times; 0: nobody said, or there is none. */
struct avo_ends {
    int64_t ticket_s;     /* of the profile: after it the nodes refuse the client */
    int64_t collateral_s; /* of the CAS's collateral, the first piece: after it no evidence is accepted */
    int64_t las_s;        /* of the evidence of the registered LASes, the first: after it that LAS must prove itself by other */
    int64_t cas_s;        /* of the certificates behind the CAS's evidence, the first: after it no owner accepts the CAS */
};

/* What the profile says by itself, and what its CAS does, which is given `timeout_ms`. Warns where the CAS cannot be asked, or no
 * longer knows the user: then nothing is renewed. */
struct avo_ends avo_ends_ask(const struct avo_profile *profile, uint32_t timeout_ms, struct avo_warnings *warnings);
/* Warns of what ends within a week of `now_s`, or has ended. */
void avo_ends_warn(const struct avo_ends *ends, int64_t now_s, struct avo_warnings *warnings);
/* {ticket, collateral, las, cas}: RFC 3339 or null. NULL: no memory. */
json_t *avo_ends_json(const struct avo_ends *ends);
/* One line on standard output. */
void avo_ends_print(const struct avo_ends *ends);

#endif
