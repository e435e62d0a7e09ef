/* The user's and owner's side of the control protocol, sans-IO: one request, one reply, over Noise IK to the pinned CAS key.
 *
 * The owner's CAS proves itself first: a policy and an approval leave this side only after avo_dialog_evidence_check accepted the
 * CAS's evidence on this very connection [DESIGN 11.1].
 */
#ifndef AVO_DIALOG_H
#define AVO_DIALOG_H

#include "protocol/channel/stream.h"
#include "protocol/control/ends.h"
#include "protocol/control/hello.h"
#include "protocol/control/recover.h"
#include "protocol/control/resize.h"
#include "protocol/control/status.h"
#include "protocol/control/ticket.h"
#include "protocol/control/verifier.h"
#include "protocol/view/ticket.h"
#include "protocol/view/view.h"

/* A request beside its frames. */
#define AVO_DIALOG_OUT_BYTES (AVO_POLICY_MAX_BYTES + 8192)

/* About 170 KiB. */
struct avo_dialog {
    struct avo_random *random;
    struct avo_key_pair own_key;
    uint8_t cas_public_key[AVO_PUBLIC_KEY_BYTES];
    uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES]; /* when greeted */
    uint8_t nonce[AVO_NONCE32_BYTES];              /* of the last request for evidence */
    bool greeted;                                  /* the CAS answered under the pinned key: requests may be sent */
    bool nonce_live;
    bool attested;                                 /* its evidence was accepted on this connection, */
    uint8_t recovery_public[AVO_PUBLIC_KEY_BYTES]; /* which binds this key: who has its secret can be this CAS; zeros: nobody */
    struct avo_secure_stream stream;
};

/* Writes the first bytes to `out`. `random` is borrowed for the dialog's life. AVO_EAUTH: the CAS's key is not a usable key. */
AVO_MUST_USE enum avo_error avo_dialog_start(struct avo_dialog *dialog, const struct avo_aead *aead, struct avo_random *random,
                                             const struct avo_key_pair *own_key, const uint8_t cas_public_key[AVO_PUBLIC_KEY_BYTES],
                                             struct avo_buffer *out);
/* Takes bytes of the CAS. *reply is set to a whole reply (borrowed until the next call), otherwise empty. The greeting is taken
 * here. AVO_EAUTH: the side that answers does not hold the pinned key; AVO_EFORMAT; AVO_EVERSION: another version of the protocol.
 */
AVO_MUST_USE enum avo_error avo_dialog_read(struct avo_dialog *dialog, struct avo_slice *in, struct avo_buffer *out,
                                            struct avo_slice *reply);
void avo_dialog_wipe(struct avo_dialog *dialog);

/* Requests: each seals one into `out` (AVO_DIALOG_OUT_BYTES free), once greeted. AVO_EDENIED for a policy, an approval or a resize
 * before the CAS was attested. */
AVO_MUST_USE enum avo_error avo_dialog_ask_evidence(struct avo_dialog *dialog, struct avo_buffer *out);
AVO_MUST_USE enum avo_error avo_dialog_ask_policy(struct avo_dialog *dialog, struct avo_slice policy, struct avo_buffer *out);
AVO_MUST_USE enum avo_error avo_dialog_ask_status(struct avo_dialog *dialog, struct avo_buffer *out);
AVO_MUST_USE enum avo_error avo_dialog_ask_approve(struct avo_dialog *dialog, const uint8_t view_hash[AVO_HASH_BYTES],
                                                   struct avo_buffer *out);
/* Both as a policy only to a CAS that was attested; DONE answers them. */
AVO_MUST_USE enum avo_error avo_dialog_ask_recover(struct avo_dialog *dialog, const struct avo_recover *recover,
                                                   struct avo_buffer *out);
AVO_MUST_USE enum avo_error avo_dialog_ask_reset(struct avo_dialog *dialog, const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                                 struct avo_buffer *out);
AVO_MUST_USE enum avo_error avo_dialog_ask_resize(struct avo_dialog *dialog, const struct avo_resize_request *request,
                                                  struct avo_buffer *out);
AVO_MUST_USE enum avo_error avo_dialog_ask_view(struct avo_dialog *dialog, struct avo_buffer *out);
AVO_MUST_USE enum avo_error avo_dialog_ask_ends(struct avo_dialog *dialog, struct avo_buffer *out);
AVO_MUST_USE enum avo_error avo_dialog_ask_ticket(struct avo_dialog *dialog, const struct avo_ticket_request *request,
                                                  struct avo_buffer *out);

/* Replies: each takes the reply to its request. A refusal of the CAS is returned as its error, with its text in `reason`; other
 * failures fill `reason` too. Everything signed is checked under the signing key of this channel. */
AVO_MUST_USE enum avo_error avo_dialog_evidence_check(struct avo_dialog *dialog, struct avo_slice reply,
                                                      const struct avo_verifier *verifier, struct avo_slice policy, uint64_t now_s,
                                                      struct avo_attested *attested, struct avo_text *reason);
AVO_MUST_USE enum avo_error avo_dialog_done_check(struct avo_slice reply, struct avo_text *reason);
AVO_MUST_USE enum avo_error avo_dialog_status_check(struct avo_slice reply, struct avo_genesis_status *status,
                                                    struct avo_text *reason);
AVO_MUST_USE enum avo_error avo_dialog_ends_check(struct avo_slice reply, struct avo_cas_ends *ends, struct avo_text *reason);
/* For VIEW, and for APPROVE with the hash that was approved (`approved` NULL otherwise). `cluster_id`: the pinned one, or NULL. */
AVO_MUST_USE enum avo_error avo_dialog_view_check(const struct avo_dialog *dialog, struct avo_slice reply,
                                                  const uint8_t approved[AVO_HASH_BYTES],
                                                  const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                                  struct avo_signed_view *signed_view, struct avo_view *view,
                                                  struct avo_text *reason);
/* The signed ticket (borrowed from the reply) is for this key and gives no more than was asked. */
AVO_MUST_USE enum avo_error avo_dialog_ticket_check(const struct avo_dialog *dialog, struct avo_slice reply,
                                                    const struct avo_ticket_request *request, struct avo_slice *signed_ticket,
                                                    struct avo_ticket *ticket, struct avo_text *reason);

#endif
