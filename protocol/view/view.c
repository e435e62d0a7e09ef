#include "protocol/view/view.h"
#include "base/assert.h"
#include "protocol/view/ballot.h"
#include "protocol/view/signature.h"
#include <sodium.h>
#include <string.h>

#define LABEL "avocado view chosen v2"

static void member_write(struct avo_writer *writer, const struct avo_member *member) {
    avo_write_u8(writer, member->slot);
    avo_write_u8(writer, (uint8_t)member->role);
    avo_write_u32(writer, member->incarnation);
    avo_write_bytes(writer, member->channel_public_key, AVO_PUBLIC_KEY_BYTES);
    avo_write_bytes(writer, member->address.ip, sizeof member->address.ip);
    avo_write_u16(writer, member->address.port);
    avo_write_u8(writer, (uint8_t)member->tee);
    avo_write_u8(writer, member->simulated ? 1 : 0);
    avo_write_bytes(writer, member->measurement, AVO_MEASUREMENT_BYTES);
    avo_write_bytes(writer, member->las, AVO_HASH_BYTES);
    avo_write_u8(writer, member->wire_highest);
}

static void member_read(struct avo_reader *reader, struct avo_member *member) {
    member->slot = avo_read_u8(reader);
    uint8_t role = avo_read_u8(reader);
    member->role = (enum avo_role)role;
    member->incarnation = avo_read_u32(reader);
    avo_read_bytes(reader, member->channel_public_key, AVO_PUBLIC_KEY_BYTES);
    avo_read_bytes(reader, member->address.ip, sizeof member->address.ip);
    member->address.port = avo_read_u16(reader);
    uint8_t tee = avo_read_u8(reader);
    member->tee = (enum avo_tee)tee;
    uint8_t simulated = avo_read_u8(reader);
    member->simulated = simulated != 0;
    avo_read_bytes(reader, member->measurement, AVO_MEASUREMENT_BYTES);
    avo_read_bytes(reader, member->las, AVO_HASH_BYTES);
    member->wire_highest = avo_read_u8(reader);
    if ((role != AVO_ROLE_JOINING && role != AVO_ROLE_VOTING) || tee < AVO_TEE_SGX || tee > AVO_TEE_SNP || simulated > 1) {
        avo_read_fail(reader);
    }
}

void avo_view_write(struct avo_writer *writer, const struct avo_view *view) {
    AVO_ASSERT(view->member_count <= AVO_SLOT_MAX_COUNT);
    avo_write_bytes(writer, view->cluster_id, AVO_CLUSTER_ID_BYTES);
    avo_write_u32(writer, view->epoch);
    avo_write_u64(writer, view->generation);
    avo_write_u8(writer, view->slot_count);
    avo_write_u8(writer, view->member_count);
    for (uint8_t i = 0; i < view->member_count; i++) {
        member_write(writer, &view->members[i]);
    }
    avo_write_u32(writer, view->resize_epoch);
    avo_write_u32(writer, view->policy_version);
    avo_write_bytes(writer, view->policy_hash, AVO_HASH_BYTES);
    avo_write_u16(writer, view->worker_count);
    avo_write_u16(writer, view->mtu_bytes);
    avo_write_u32(writer, view->value_max_bytes);
}

/* A member's slot is in range and above the one before; its incarnation was admitted; its workers' ports exist. */
static bool member_allowed(const struct avo_view *view, uint8_t index) {
    const struct avo_member *member = &view->members[index];
    bool ascending = index == 0 || member->slot > view->members[index - 1].slot;
    return ascending && member->slot < AVO_SLOT_MAX_COUNT && member->incarnation > 0 && member->incarnation <= view->epoch &&
           (uint32_t)member->address.port + view->worker_count <= UINT16_MAX + 1U;
}

static bool limits_allowed(const struct avo_view *view) {
    return view->epoch > 0 && view->resize_epoch <= view->epoch && view->generation <= AVO_GENERATION_MAX &&
           view->slot_count >= 1 && view->slot_count <= AVO_SLOT_MAX_COUNT && view->worker_count >= 1 &&
           view->worker_count <= AVO_WORKER_MAX_COUNT && view->mtu_bytes >= AVO_MTU_MIN_BYTES &&
           view->mtu_bytes <= AVO_MTU_MAX_BYTES && view->value_max_bytes >= 1 && view->value_max_bytes <= AVO_VALUE_MAX_BYTES;
}

static bool view_allowed(const struct avo_view *view) {
    unsigned voting_count = 0, wire = avo_view_wire(view);
    for (uint8_t i = 0; i < view->member_count; i++) {
        if (!member_allowed(view, i) || view->members[i].wire_highest > wire + 1) {
            return false;
        }
        voting_count += view->members[i].role == AVO_ROLE_VOTING;
    }
    return limits_allowed(view) && wire >= AVO_WIRE_VERSION_FIRST && voting_count >= avo_view_quorum(view) &&
           voting_count <= view->slot_count; /* [V4] */
}

enum avo_error avo_view_read(struct avo_slice bytes, struct avo_view *view) {
    struct avo_reader reader = avo_reader(bytes);
    memset(view, 0, sizeof *view);
    avo_read_bytes(&reader, view->cluster_id, AVO_CLUSTER_ID_BYTES);
    view->epoch = avo_read_u32(&reader);
    view->generation = avo_read_u64(&reader);
    view->slot_count = avo_read_u8(&reader);
    view->member_count = avo_read_u8(&reader);
    if (view->member_count > AVO_SLOT_MAX_COUNT || view->member_count > view->slot_count + 1) {
        return AVO_EFORMAT;
    }
    for (uint8_t i = 0; i < view->member_count; i++) {
        member_read(&reader, &view->members[i]);
    }
    view->resize_epoch = avo_read_u32(&reader);
    view->policy_version = avo_read_u32(&reader);
    avo_read_bytes(&reader, view->policy_hash, AVO_HASH_BYTES);
    view->worker_count = avo_read_u16(&reader);
    view->mtu_bytes = avo_read_u16(&reader);
    view->value_max_bytes = avo_read_u32(&reader);
    return avo_reader_done(&reader) && view_allowed(view) ? AVO_OK : AVO_EFORMAT;
}

void avo_view_hash(const struct avo_view *view, uint8_t hash[AVO_HASH_BYTES]) {
    uint8_t bytes[AVO_VIEW_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_view_write(&writer, view);
    AVO_ASSERT(!writer.failed);
    crypto_hash_sha256(hash, bytes, writer.length);
}

uint8_t avo_view_quorum(const struct avo_view *view) {
    return (uint8_t)(view->slot_count / 2 + 1);
}

uint8_t avo_view_wire(const struct avo_view *view) {
    uint8_t wire = view->member_count == 0 ? 0 : UINT8_MAX;
    for (uint8_t i = 0; i < view->member_count; i++) {
        wire = view->members[i].wire_highest < wire ? view->members[i].wire_highest : wire;
    }
    return wire;
}

const struct avo_member *avo_view_member(const struct avo_view *view, uint8_t slot) {
    for (uint8_t i = 0; i < view->member_count; i++) {
        if (view->members[i].slot == slot) {
            return &view->members[i];
        }
    }
    return NULL;
}

bool avo_member_same_start(const struct avo_member *one, const struct avo_member *other) {
    return one->incarnation == other->incarnation &&
           memcmp(one->channel_public_key, other->channel_public_key, AVO_PUBLIC_KEY_BYTES) == 0;
}

bool avo_view_same_limits(const struct avo_view *one, const struct avo_view *other) {
    return one->worker_count == other->worker_count && one->mtu_bytes == other->mtu_bytes &&
           one->value_max_bytes == other->value_max_bytes;
}

struct avo_address avo_member_address(const struct avo_member *member, uint16_t worker) {
    struct avo_address address = member->address;
    address.port = (uint16_t)(address.port + worker);
    return address;
}

void avo_view_sign(const struct avo_view *view, const uint8_t cas_sign_secret[64], struct avo_signed_view *signed_view) {
    struct avo_writer writer = avo_writer(signed_view->bytes, AVO_VIEW_MAX_BYTES - AVO_SIGNATURE_BYTES);
    avo_view_write(&writer, view);
    AVO_ASSERT(!writer.failed);
    avo_signature_make(signed_view->bytes + writer.length, LABEL, avo_writer_slice(&writer), cas_sign_secret);
    signed_view->length = writer.length + AVO_SIGNATURE_BYTES;
}

enum avo_error avo_view_verify(struct avo_slice signed_view, const uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES],
                               struct avo_view *view) {
    struct avo_slice bytes;
    enum avo_error error = avo_signature_open(signed_view, LABEL, cas_sign_public, &bytes);
    return error != AVO_OK ? error : avo_view_read(bytes, view);
}

enum avo_error avo_view_adoptable(const struct avo_view *current, const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                  const struct avo_view *next) {
    if (memcmp(next->cluster_id, cluster_id, AVO_CLUSTER_ID_BYTES) != 0) {
        return AVO_EDENIED;
    }
    return current != NULL && next->epoch <= current->epoch ? AVO_ESTALE : AVO_OK;
}

uint16_t avo_key_worker(const uint8_t key_secret[AVO_KEY_SECRET_BYTES], struct avo_slice key, uint16_t worker_count) {
    AVO_ASSERT(worker_count > 0);
    uint8_t hash[crypto_shorthash_siphash24_BYTES];
    crypto_shorthash_siphash24(hash, key.data, key.length, key_secret);
    struct avo_reader reader = avo_reader(AVO_SLICE_OF(hash));
    return (uint16_t)(avo_read_u64(&reader) % worker_count);
}
