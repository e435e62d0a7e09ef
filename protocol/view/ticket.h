/* Tickets: what a user shows a node [DESIGN 11.4]. Signed by the CAS; a node verifies one alone. */
#ifndef AVO_TICKET_H
#define AVO_TICKET_H

#include "base/cursor.h"
#include "base/limits.h"
#include "base/right.h"
#include <avocado/error.h>

#define AVO_USER_NAME_MAX_BYTES 32

struct avo_ticket {
    uint8_t cluster_id[AVO_CLUSTER_ID_BYTES];
    uint8_t public_key[AVO_PUBLIC_KEY_BYTES]; /* the user's X25519 key: proven possessed by the Noise handshake it opens */
    uint8_t rights;                           /* bits of enum avo_right */
    uint64_t expires_s;                       /* Unix time; best effort against a lying clock */
    uint32_t policy_version;
    uint8_t name_length;
    uint8_t name[AVO_USER_NAME_MAX_BYTES];
};

#define AVO_TICKET_MAX_BYTES 256
#define AVO_TICKET_LIFETIME_S (30ULL * 24 * 3600)      /* what the CAS gives one */
#define AVO_TICKET_RENEW_S (AVO_TICKET_LIFETIME_S / 3) /* with so much left, its user asks for the next one */

/* Ticket bytes, then an Ed25519 signature over "avocado ticket v1" || ticket bytes. Returns its length in `to`
 * (AVO_TICKET_MAX_BYTES). */
size_t avo_ticket_sign(const struct avo_ticket *ticket, const uint8_t cas_sign_secret[64], uint8_t *to);
/* AVO_EAUTH: signature; AVO_EFORMAT: not a ticket. Cluster, expiry and policy version are the caller's to check: avo_ticket_admits.
 */
AVO_MUST_USE enum avo_error avo_ticket_verify(struct avo_slice signed_ticket, const uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES],
                                              struct avo_ticket *ticket);
/* The one rule of when a ticket ends: from the second `expires_s` on (now_s = 0: no clock, not checked), and with the policy it was
 * issued under, since users and rights of `policy_version` may be others. Its user then renews it: the CAS asks the policy again.
 */
bool avo_ticket_ended(const struct avo_ticket *ticket, uint32_t policy_version, uint64_t now_s);
/* Of the same user, is `ticket` newer than `than`? By policy, then by date. */
bool avo_ticket_newer(const struct avo_ticket *ticket, const struct avo_ticket *than);
/* AVO_OK; AVO_EDENIED: of another cluster, or its key is not `proven_key`; AVO_EEXPIRED: avo_ticket_ended. */
AVO_MUST_USE enum avo_error avo_ticket_admits(const struct avo_ticket *ticket, const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                              uint32_t policy_version, uint64_t now_s,
                                              const uint8_t proven_key[AVO_PUBLIC_KEY_BYTES]);

#endif
