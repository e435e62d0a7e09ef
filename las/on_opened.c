/* A connection to the CAS: the handshake under the pinned key begins. What was registered on an earlier one is not any more. */
#include "las/state.h"

void avo_las_on_opened(struct avo_las *las) {
    uint8_t memory[512];
    struct avo_buffer out = {memory, 0, sizeof memory};
    las->registered = false;
    las->heard = false;
    avo_secure_stream_initiate(&las->stream, las->config.aead, &las->channel_key, las->config.cas_public_key,
                               avo_slice_string(AVO_CONTROL_PROLOGUE));
    if (avo_secure_stream_start(&las->stream, las->config.random, &out) != AVO_OK) {
        avo_las_end_string(las, "CAS: the pinned key is not a usable key: give --cas-key the key in cas/public.key");
        return;
    }
    las->phase = AVO_LAS_MUTE;
    avo_las_effect(las, AVO_LAS_SEND, 0, avo_buffer_slice(&out));
}
