/* A CAS that has made no cluster yet is to be one that is lost: the owner hands it that one's wrapped state and the key that opens
 * it, over a channel to this very enclave, which has proven itself [DESIGN 11.5]. It is believed when it holds the secret of the
 * CAS that the owner's profile pins. What was rolled back with it is learnt from the members, as after every start [V7]. */
#include "base/assert.h"
#include "base/secret.h"
#include "cas/cas.h"
#include "cas/recovery.h"
#include "cas/state.h"
#include <sodium.h>

static enum avo_error unwrap(struct avo_cas *cas, const struct avo_recover *recover, struct avo_text *reason) {
    struct avo_key_pair recovery;
    struct avo_buffer state = {cas->recovered, 0, sizeof cas->recovered};
    avo_copy(recovery.secret, sizeof recovery.secret, AVO_SLICE_OF(recover->secret));
    (void)crypto_scalarmult_base(recovery.public, recovery.secret);
    enum avo_error error = avo_recovery_unwrap(cas->config.aead, &recovery, recover->wrapped, &state);
    if (error == AVO_OK) {
        error = avo_cas_state_check(cas, avo_buffer_slice(&state), recover, recovery.public, reason);
    } else {
        avo_text_add_string(reason, error == AVO_EDENIED ? "wrapped for another recovery key: give the key that belongs to it"
                                    : error == AVO_EAUTH ? "changed or damaged: give another copy"
                                                         : "no state.recovery of a CAS, or cut short: give another copy");
    }
    cas->recovered_length = error == AVO_OK ? state.length : 0;
    avo_secret_wipe(&recovery, sizeof recovery);
    return error;
}

static enum avo_error judge(struct avo_cas *cas, struct avo_slice message, struct avo_text *reason) {
    struct avo_recover recover;
    if (cas->phase != AVO_CAS_NO_POLICY || cas->recovering) {
        avo_text_add_string(reason, "this CAS has a cluster already: start a new one in an empty folder, and recover there");
        return AVO_EDENIED;
    }
    enum avo_error error = avo_recover_read(message, &recover);
    if (error == AVO_OK) {
        error = unwrap(cas, &recover, reason);
    } else {
        avo_text_add_string(reason, "the request is malformed: install the same version on both");
    }
    avo_secret_wipe(&recover, sizeof recover);
    return error;
}

void avo_cas_on_recover(struct avo_cas *cas, uint32_t connection, struct avo_slice message) {
    struct avo_text reason = {0};
    avo_text_add_string(&reason, "recovery: ");
    enum avo_error error = judge(cas, message, &reason);
    if (error != AVO_OK) {
        avo_cas_refuse(cas, connection, error, &reason);
        avo_cas_warn_seldom(cas, &reason, "a recovery was refused");
        return;
    }
    cas->recovering = true;
    cas->recoverer = connection;
    avo_cas_effect_copy(cas, AVO_CAS_PERSIST, AVO_CAS_NOBODY, avo_slice(cas->recovered, cas->recovered_length));
}

/* They came to a CAS of other keys; members and users of the lost one come again. */
static void close_all(struct avo_cas *cas) {
    for (uint32_t i = 0; i < cas->config.connection_max_count; i++) {
        if (cas->connections[i].peer != AVO_CAS_PEER_CLOSED) {
            avo_cas_close(cas, i, "this CAS is another one now: it was recovered");
        }
    }
}

static void take_over(struct avo_cas *cas) {
    struct avo_text reason;
    enum avo_error error = avo_cas_restore(cas, avo_slice(cas->recovered, cas->recovered_length), &reason);
    AVO_ASSERT(error == AVO_OK); /* it was checked */
    if (cas->recoverer != AVO_CAS_NOBODY) {
        avo_cas_send_empty(cas, cas->recoverer, AVO_CONTROL_DONE);
    }
    close_all(cas);
    avo_cas_effect(cas, AVO_CAS_KEYS_CHANGED, AVO_CAS_NOBODY, AVO_SLICE_EMPTY);
    avo_cas_log_string(cas, "recovered by the owner: it goes on as the CAS that was lost, under its keys");
}

void avo_cas_on_recovered(struct avo_cas *cas, const struct avo_cas_event *event) {
    cas->recovering = false;
    if (event->error == AVO_OK) {
        take_over(cas);
    } else if (cas->recoverer != AVO_CAS_NOBODY) {
        struct avo_text text = {0};
        avo_text_add_string(&text, "recovery: the CAS could not write its state, so nothing changed: ");
        avo_text_add(&text, event->bytes);
        avo_cas_refuse(cas, cas->recoverer, AVO_EIO, &text);
    }
    avo_secret_wipe(cas->recovered, sizeof cas->recovered);
    cas->recovered_length = 0;
    cas->recoverer = AVO_CAS_NOBODY;
}
