/* A dialog with the CAS over a TCP connection: blocking calls with a deadline each. For the command line and libavocado. */
#ifndef AVO_DIALOG_LINK_H
#define AVO_DIALOG_LINK_H

#include "client/dialog/dialog.h"

struct avo_cas_link; /* in marked memory (client/dialog/marked.h); avo_cas_link_close gives it back */

struct avo_cas_link_config {
    struct avo_address address;
    uint8_t cas_public_key[AVO_PUBLIC_KEY_BYTES]; /* pinned, or the hint of cas/public.key that evidence must then confirm */
    const struct avo_key_pair *own_key;           /* borrowed for avo_cas_link_open */
    const struct avo_aead *aead;                  /* borrowed for the link's life */
    struct avo_random *random;                    /* borrowed for the link's life */
    uint32_t timeout_ms;                          /* of connecting, and of every call */
};

/* Connects, does the handshake and takes the greeting. AVO_EIO (refused, unreachable), AVO_ETIMEOUT, AVO_EAUTH (not the pinned
 * key), AVO_EVERSION (another version); `reason` says what to do. *link is NULL then. */
AVO_MUST_USE enum avo_error avo_cas_link_open(const struct avo_cas_link_config *config, struct avo_cas_link **link,
                                              struct avo_text *reason);
void avo_cas_link_close(struct avo_cas_link *link);

/* The CAS's Ed25519 key, learnt in this channel: views and tickets verify under it. */
const uint8_t *avo_cas_link_sign_public(const struct avo_cas_link *link);

/* Calls. On an error `reason` is a line for the user: what, on what, what next. After AVO_EIO, AVO_ETIMEOUT, AVO_EAUTH or
 * AVO_EFORMAT the link is of no more use. A refusal of the CAS leaves it open. */

/* The CAS proves itself under the rules of `policy` (its text) for role "cas"; first, before upload and approve. */
AVO_MUST_USE enum avo_error avo_cas_link_attest(struct avo_cas_link *link, const struct avo_verifier *verifier,
                                                struct avo_slice policy, uint64_t now_s, struct avo_attested *attested,
                                                struct avo_text *reason);
/* After that: the key whose secret's holder can be this CAS (cas/recovery.h); zeros: nobody. Borrowed. */
const uint8_t *avo_cas_link_recovery_public(const struct avo_cas_link *link);
/* Has this CAS take over from a lost one: then the link is of no more use, and another is opened under that one's key. */
AVO_MUST_USE enum avo_error avo_cas_link_recover(struct avo_cas_link *link, const struct avo_recover *recover,
                                                 struct avo_text *reason);
/* [V8] Declares the data of this cluster lost: the CAS begins another one. */
AVO_MUST_USE enum avo_error avo_cas_link_reset(struct avo_cas_link *link, const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                               struct avo_text *reason);
AVO_MUST_USE enum avo_error avo_cas_link_upload(struct avo_cas_link *link, struct avo_slice policy, struct avo_text *reason);
AVO_MUST_USE enum avo_error avo_cas_link_status(struct avo_cas_link *link, struct avo_genesis_status *status,
                                                struct avo_text *reason);
/* When the things end that the CAS lives on. */
AVO_MUST_USE enum avo_error avo_cas_link_ends(struct avo_cas_link *link, struct avo_cas_ends *ends, struct avo_text *reason);
/* Approves hash(view 1) and returns that view, signed. */
AVO_MUST_USE enum avo_error avo_cas_link_approve(struct avo_cas_link *link, const uint8_t view_hash[AVO_HASH_BYTES],
                                                 struct avo_signed_view *signed_view, struct avo_view *view,
                                                 struct avo_text *reason);
/* The owner adds or removes a slot. Done means noted: the view shows when it has happened. */
AVO_MUST_USE enum avo_error avo_cas_link_resize(struct avo_cas_link *link, const struct avo_resize_request *request,
                                                struct avo_text *reason);
/* The newest signed view; of `cluster_id` when that is not NULL. */
AVO_MUST_USE enum avo_error avo_cas_link_view(struct avo_cas_link *link, const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                              struct avo_signed_view *signed_view, struct avo_view *view, struct avo_text *reason);
/* A ticket for `request`; `signed_ticket` has a capacity of at least AVO_TICKET_MAX_BYTES. */
AVO_MUST_USE enum avo_error avo_cas_link_ticket(struct avo_cas_link *link, const struct avo_ticket_request *request,
                                                struct avo_buffer *signed_ticket, struct avo_ticket *ticket,
                                                struct avo_text *reason);

#endif
