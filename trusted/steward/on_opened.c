/* A connection to the CAS stands. What is no member yet begins again. No key ever names two incarnations [DESIGN 7], so each try
 * has a key of its own, unless a JOIN went out under the last and no answer came: a view may list that key, and only under it does
 * this enclave get the view. A member speaks under the key that the view lists. */
#include "trusted/steward/steward_state.h"

void avo_steward_on_opened(struct avo_steward *steward) {
    avo_steward_wipe(steward);
    steward->connected = true;
    steward->answered = false;
    steward->greeted = false;
    steward->asked = false;
    steward->lost = false;
    steward->ended = false;
    steward->shown_epoch = 0;
    if (steward->phase != AVO_STEWARD_MEMBER) {
        steward->phase = AVO_STEWARD_TALKING;
        if (!steward->keeps_key) {
            avo_key_pair_make(&steward->identity.channel_key, steward->config.random);
        }
    }
    avo_secure_stream_initiate(&steward->stream, steward->config.aead, &steward->identity.channel_key,
                               steward->config.launch->cas_public_key, avo_slice_string(AVO_CONTROL_PROLOGUE));
    if (avo_secure_stream_start(&steward->stream, steward->config.random, &steward->out) != AVO_OK) {
        avo_steward_fail(steward, "CAS: the pinned key is not a usable key: start the enclave with the key in cas/public.key",
                         NULL);
    }
}
