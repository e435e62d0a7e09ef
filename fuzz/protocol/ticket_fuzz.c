/* Any bytes as a ticket: unsigned never accepted; signed, refused or the one encoding of a ticket. */
#include "base/assert.h"
#include "protocol/view/signature.h"
#include "protocol/view/ticket.h"
#include <sodium.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t sign_public[32], sign_secret[64];
    static const uint8_t seed[32] = {1};
    uint8_t bytes[AVO_TICKET_MAX_BYTES + AVO_SIGNATURE_BYTES], again[AVO_TICKET_MAX_BYTES];
    struct avo_ticket ticket;
    if (size > AVO_TICKET_MAX_BYTES) {
        return 0;
    }
    crypto_sign_ed25519_seed_keypair(sign_public, sign_secret, seed);
    AVO_ASSERT(avo_ticket_verify(avo_slice(data, size), sign_public, &ticket) != AVO_OK);
    avo_copy(bytes, sizeof bytes, avo_slice(data, size));
    avo_signature_make(bytes + size, "avocado ticket v1", avo_slice(bytes, size), sign_secret);
    if (avo_ticket_verify(avo_slice(bytes, size + AVO_SIGNATURE_BYTES), sign_public, &ticket) == AVO_OK) {
        size_t length = avo_ticket_sign(&ticket, sign_secret, again);
        AVO_ASSERT(length == size + AVO_SIGNATURE_BYTES && memcmp(again, bytes, length) == 0);
        AVO_ASSERT(avo_ticket_admits(&ticket, ticket.cluster_id, 0, 0, ticket.public_key) == AVO_OK);
    }
    return 0;
}
