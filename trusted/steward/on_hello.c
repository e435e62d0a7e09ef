/* The CAS greets, or asks again with a fresh nonce once it has a policy. Its signing key never changes [DESIGN 11.2]. */
#include "base/secret.h"
#include "protocol/control/hello.h"
#include "trusted/steward/steward_state.h"
#include <string.h>

static void bind_evidence(struct avo_steward *steward, const struct avo_hello *hello) {
    struct avo_binding binding = {.tee = (uint8_t)steward->config.tee, .role = AVO_ATTESTED_ROLE_NODE};
    memcpy(binding.nonce, hello->nonce, sizeof binding.nonce);
    memcpy(binding.channel_key, steward->identity.channel_key.public, sizeof binding.channel_key);
    memcpy(binding.cas_key, steward->config.launch->cas_public_key, sizeof binding.cas_key);
    memcpy(binding.handshake_hash, steward->stream.handshake_hash, sizeof binding.handshake_hash);
    memcpy(binding.configuration_hash, steward->configuration_hash, sizeof binding.configuration_hash);
    avo_binding_report_data(&binding, steward->report_data);
}

/* The vendor's quote, or a voucher of the LAS of this machine [DESIGN 11.3]. */
static void want_evidence(struct avo_steward *steward) {
    steward->phase = AVO_STEWARD_NEED_EVIDENCE;
    if (!steward->config.launch->via_las) {
        avo_steward_effect(steward, AVO_STEWARD_MAKE_EVIDENCE)->report_data = steward->report_data;
        return;
    }
    struct avo_writer writer = avo_writer(steward->to_las, sizeof steward->to_las);
    avo_vouch_start(&steward->vouch, &writer);
    avo_steward_effect(steward, AVO_STEWARD_ASK_LAS)->bytes = avo_writer_slice(&writer);
    avo_steward_say(steward, AVO_LOG_INFO, "at the CAS: asks the LAS of this machine to vouch for it");
}

void avo_steward_on_hello(struct avo_steward *steward, struct avo_slice message) {
    struct avo_hello hello;
    enum avo_error error = avo_hello_read(message, &hello);
    if (error != AVO_OK) {
        avo_steward_reject(steward, error == AVO_EVERSION
                                        ? "CAS: it speaks another version of the protocol: install the same version on both"
                                        : "CAS: its greeting is malformed: look at the log of avocado-cas");
        return;
    }
    bool known = steward->greeted || steward->phase == AVO_STEWARD_MEMBER;
    if (known && !avo_secret_equal(hello.cas_sign_public, steward->identity.cas_sign_public, sizeof hello.cas_sign_public)) {
        avo_steward_reject(steward, "CAS: it changed its signing key: do not trust it");
        return;
    }
    steward->greeted = true;
    if (steward->phase == AVO_STEWARD_MEMBER) {
        avo_steward_report(steward);
        return;
    }
    memcpy(steward->identity.cas_sign_public, hello.cas_sign_public, sizeof hello.cas_sign_public);
    memcpy(steward->nonce, hello.nonce, sizeof hello.nonce);
    bind_evidence(steward, &hello);
    want_evidence(steward);
}
