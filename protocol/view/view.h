/* Views: which replicas there are [V0-V8]. Bytes and rules; signed by the CAS; adopted by nodes and clients. */
#ifndef AVO_VIEW_H
#define AVO_VIEW_H

#include "base/address.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "base/tee.h"
#include <avocado/error.h>

enum avo_role {
    AVO_ROLE_JOINING = 1, /* applies every write; its replies never count [V4] */
    AVO_ROLE_VOTING = 2,
};

struct avo_member {
    uint8_t slot; /* stable */
    enum avo_role role;
    uint32_t incarnation;                             /* the epoch that admitted it; never reused */
    uint8_t channel_public_key[AVO_PUBLIC_KEY_BYTES]; /* X25519, made in the enclave, bound into its evidence */
    struct avo_address address;                       /* of worker 0; worker w listens on port + w */
    enum avo_tee tee;
    bool simulated;                             /* its evidence chains to a simulated root */
    uint8_t measurement[AVO_MEASUREMENT_BYTES]; /* zero-padded */
    uint8_t las[AVO_HASH_BYTES];                /* avo_las_hash of the LAS that vouched; zero: it came with its vendor's evidence */
    uint8_t wire_highest;                       /* it speaks this wire version and the one before */
};

struct avo_view {
    uint8_t cluster_id[AVO_CLUSTER_ID_BYTES];
    uint32_t epoch;
    uint64_t generation;                           /* that it follows: how many reclaims came before it */
    uint8_t slot_count;                            /* n: the group size; quorum = n / 2 + 1 */
    uint8_t member_count;                          /* members listed: one that joins in a new slot is not counted in n yet */
    struct avo_member members[AVO_SLOT_MAX_COUNT]; /* in order of slot */
    uint32_t resize_epoch; /* of the last view whose group was of another size than the one before; 0: none was [V6] */
    uint32_t policy_version;
    uint8_t policy_hash[AVO_HASH_BYTES];
    /* Limits, fixed for the life of the cluster id. */
    uint16_t worker_count;
    uint16_t mtu_bytes;
    uint32_t value_max_bytes;
};

#define AVO_VIEW_MAX_BYTES 2048

/* A view with the CAS's *chosen* signature over "avocado view chosen v2" || view bytes [V1]. */
struct avo_signed_view {
    uint8_t bytes[AVO_VIEW_MAX_BYTES];
    size_t length; /* view bytes, then the 64-byte Ed25519 signature */
};

void avo_view_write(struct avo_writer *writer, const struct avo_view *view);
/* AVO_EFORMAT unless `bytes` is exactly one view that keeps every rule: slots distinct, ascending and below AVO_SLOT_MAX_COUNT, at
 * most n of them and one that joins, epoch > 0, incarnations <= epoch, workers 1..AVO_WORKER_MAX_COUNT, at least a quorum and at
 * most n voting [V4], all members speak one wire version, limits in range. A slot keeps its number while the group grows and
 * shrinks, so n says nothing of numbers. */
AVO_MUST_USE enum avo_error avo_view_read(struct avo_slice bytes, struct avo_view *view);
/* SHA-256 of the view's bytes: what the owner approves [V0] and packets carry the first 8 bytes of [V2]. */
void avo_view_hash(const struct avo_view *view, uint8_t hash[AVO_HASH_BYTES]);

uint8_t avo_view_quorum(const struct avo_view *view);
/* What its members speak to one another: the lowest of what each speaks at most. 0: it has no members. */
uint8_t avo_view_wire(const struct avo_view *view);
/* The member in `slot`; NULL when none is listed. */
const struct avo_member *avo_view_member(const struct avo_view *view, uint8_t slot);
/* Is it the same start of an enclave? Its address and its role may have changed. */
bool avo_member_same_start(const struct avo_member *one, const struct avo_member *other);
/* Have they the limits that are fixed for the life of the cluster id? */
bool avo_view_same_limits(const struct avo_view *one, const struct avo_view *other);
/* The address of worker `worker` of a member. */
struct avo_address avo_member_address(const struct avo_member *member, uint16_t worker);

/* Signs with the CAS's Ed25519 key (64 bytes, libsodium form). Only the CAS calls it, only for a chosen view. */
void avo_view_sign(const struct avo_view *view, const uint8_t cas_sign_secret[64], struct avo_signed_view *signed_view);
/* AVO_EAUTH when the signature does not verify under the pinned key, AVO_EFORMAT as avo_view_read. */
AVO_MUST_USE enum avo_error avo_view_verify(struct avo_slice signed_view, const uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES],
                                            struct avo_view *view);
/* [V1] May a node that has `current` (NULL: none, pinned to cluster_id) adopt `next`? AVO_OK, AVO_EDENIED (another cluster),
 * AVO_ESTALE (epoch not higher). */
AVO_MUST_USE enum avo_error avo_view_adoptable(const struct avo_view *current, const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                               const struct avo_view *next);

/* The worker of a key = SipHash-2-4(key secret, key) mod worker_count. */
uint16_t avo_key_worker(const uint8_t key_secret[AVO_KEY_SECRET_BYTES], struct avo_slice key, uint16_t worker_count);

#endif
