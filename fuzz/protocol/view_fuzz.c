/* Any bytes as a view: refused, or the one encoding of a view that keeps the rules; a signature changes nothing of that. */
#include "base/assert.h"
#include "protocol/view/signature.h"
#include "protocol/view/view.h"
#include <sodium.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rules(const struct avo_view *view) {
    unsigned voting_count = 0;
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        const struct avo_member *member = avo_view_member(view, slot);
        voting_count += member != NULL && member->role == AVO_ROLE_VOTING;
        AVO_ASSERT(member == NULL || (member->incarnation > 0 && member->incarnation <= view->epoch));
    }
    AVO_ASSERT(voting_count >= avo_view_quorum(view) && 2 * voting_count > view->slot_count && voting_count <= view->slot_count);
    AVO_ASSERT(view->worker_count >= 1 && view->worker_count <= AVO_WORKER_MAX_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t sign_public[32], sign_secret[64];
    static const uint8_t seed[32] = {1};
    static uint8_t bytes[AVO_VIEW_MAX_BYTES], again[AVO_VIEW_MAX_BYTES];
    struct avo_view view, verified;
    if (size > sizeof bytes - AVO_SIGNATURE_BYTES) {
        return 0;
    }
    enum avo_error error = avo_view_read(avo_slice(data, size), &view);
    if (error == AVO_OK) {
        struct avo_writer writer = avo_writer(again, sizeof again);
        avo_view_write(&writer, &view);
        AVO_ASSERT(avo_slice_equal(avo_writer_slice(&writer), avo_slice(data, size)));
        check_rules(&view);
    }
    crypto_sign_ed25519_seed_keypair(sign_public, sign_secret, seed);
    AVO_ASSERT(avo_view_verify(avo_slice(data, size), sign_public, &verified) != AVO_OK);
    avo_copy(bytes, sizeof bytes, avo_slice(data, size));
    avo_signature_make(bytes + size, "avocado view chosen v2", avo_slice(bytes, size), sign_secret);
    AVO_ASSERT(avo_view_verify(avo_slice(bytes, size + AVO_SIGNATURE_BYTES), sign_public, &verified) == error);
    return 0;
}
