/* The CAS greets: the first time, after a wait, or to ask for evidence again [DESIGN 11.3]. */
#include "las/state.h"
#include "protocol/control/binding.h"
#include "protocol/control/hello.h"

void avo_las_on_hello(struct avo_las *las, struct avo_slice message) {
    struct avo_hello hello;
    enum avo_error error = avo_hello_read(message, &hello);
    if (error != AVO_OK) {
        avo_las_end_string(las, error == AVO_EVERSION
                                    ? "CAS: it speaks another version of the protocol: install the same version on both"
                                    : "CAS: its greeting is malformed: look at the log of avocado-cas");
        return;
    }
    struct avo_binding binding = {.tee = las->config.tee, .role = AVO_ATTESTED_ROLE_LAS};
    uint8_t report_data[AVO_BINDING_BYTES];
    avo_copy(binding.nonce, sizeof binding.nonce, AVO_SLICE_OF(hello.nonce));
    avo_copy(binding.channel_key, sizeof binding.channel_key, AVO_SLICE_OF(las->channel_key.public));
    avo_copy(binding.cas_key, sizeof binding.cas_key, AVO_SLICE_OF(las->config.cas_public_key));
    avo_copy(binding.handshake_hash, sizeof binding.handshake_hash, AVO_SLICE_OF(las->stream.handshake_hash));
    avo_las_configuration_hash(las->sign_public, binding.configuration_hash);
    avo_binding_report_data(&binding, report_data);
    las->phase = AVO_LAS_PROVES;
    avo_las_effect(las, AVO_LAS_NEED_EVIDENCE, 0, AVO_SLICE_OF(report_data));
}
