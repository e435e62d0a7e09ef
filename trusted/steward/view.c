#include "base/wire.h"
#include "trusted/steward/steward_state.h"
#include <sodium.h>
#include <string.h>

/* A low-order point makes no key: a worker could not open its channel. */
static bool keys_usable(const struct avo_steward *steward, const struct avo_view *view) {
    uint8_t shared[crypto_scalarmult_curve25519_BYTES];
    bool usable = true;
    for (uint8_t i = 0; i < view->member_count; i++) {
        usable &=
            crypto_scalarmult_curve25519(shared, steward->identity.channel_key.secret, view->members[i].channel_public_key) == 0;
    }
    sodium_memzero(shared, sizeof shared);
    return usable;
}

/* One that does not is no fault, whatever its members speak: this start was replaced, and ends. */
static bool lists_this_start(const struct avo_steward *steward, const struct avo_view *view) {
    const struct avo_member *own = avo_view_member(view, steward->config.launch->slot);
    return own != NULL && memcmp(own->channel_public_key, steward->identity.channel_key.public, AVO_PUBLIC_KEY_BYTES) == 0;
}

const char *avo_steward_view_fault(const struct avo_steward *steward, const struct avo_view *view) {
    const struct avo_region_layout *layout = &steward->config.launch->layout;
    if (view->worker_count != layout->worker_count || view->mtu_bytes > layout->ring.datagram_bytes + AVO_UDP_OVERHEAD_BYTES) {
        return "CAS: its view has other limits than this enclave was launched with: start it as the policy says";
    }
    if (lists_this_start(steward, view) && !avo_wire_speaks(avo_view_wire(view))) {
        return "CAS: its view has members speak a wire version that this enclave does not: start it by the build of the others";
    }
    if (!keys_usable(steward, view)) {
        return "CAS: its view lists a channel key that is none: do not trust it";
    }
    return NULL;
}

void avo_steward_hand(struct avo_steward *steward) {
    for (uint32_t i = 0; i < steward->config.launch->layout.worker_count; i++) {
        if (steward->adopted_epoch[i] == steward->handed_epoch[i] && steward->handed_epoch[i] != steward->view.epoch) {
            struct avo_steward_effect *hand = avo_steward_effect(steward, AVO_STEWARD_HAND);
            hand->worker = i;
            hand->view = &steward->signed_view;
            steward->handed_epoch[i] = steward->view.epoch;
        }
    }
}
