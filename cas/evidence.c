/* Evidence of enclaves and LASes: what it must be bound to, who answers for it, and where it comes from [DESIGN 11.2, 11.3]. */
#include "base/secret.h"
#include "cas/state.h"
#include "protocol/control/voucher.h"

struct avo_binding avo_cas_binding(const struct avo_cas *cas, uint32_t connection, uint8_t tee, enum avo_attested_role role) {
    const struct avo_cas_connection *peer = &cas->connections[connection];
    struct avo_binding binding = {.tee = tee, .role = role};
    avo_copy(binding.nonce, sizeof binding.nonce, AVO_SLICE_OF(peer->nonce));
    avo_copy(binding.channel_key, sizeof binding.channel_key, AVO_SLICE_OF(peer->stream.remote_static));
    avo_copy(binding.cas_key, sizeof binding.cas_key, AVO_SLICE_OF(cas->channel_key.public));
    avo_copy(binding.handshake_hash, sizeof binding.handshake_hash, AVO_SLICE_OF(peer->stream.handshake_hash));
    return binding;
}

enum avo_error avo_cas_verify(struct avo_cas *cas, const struct avo_cas_event *event, const struct avo_binding *binding,
                              struct avo_slice evidence, struct avo_attested *attested, struct avo_text *reason) {
    uint8_t report_data[AVO_BINDING_BYTES];
    const struct avo_verifier *verifier = cas->config.verifier;
    avo_binding_report_data(binding, report_data);
    cas->vendor_verifications++;
    enum avo_error error = verifier->verify(verifier->context, avo_slice(cas->policy_text, cas->policy_length), binding->role,
                                            evidence, report_data, event->now_s, attested, reason);
    if (error == AVO_OK && attested->tee != binding->tee) {
        avo_text_add_string(reason, "evidence is of another kind of TEE than it says: start it under its own TEE");
        return AVO_EDENIED;
    }
    return error;
}

/* The machine whose LAS, registered now, has this key. */
static uint8_t find_las(const struct avo_cas *cas, const uint8_t sign_public[AVO_PUBLIC_KEY_BYTES]) {
    for (uint8_t i = 0; i < cas->policy.machine_count; i++) {
        if (cas->las[i].connection != AVO_CAS_NOBODY &&
            avo_secret_equal(cas->las[i].sign_public, sign_public, AVO_PUBLIC_KEY_BYTES)) {
            return i;
        }
    }
    return AVO_CAS_NO_MACHINE;
}

static enum avo_error refuse_unknown(const uint8_t sign_public[AVO_PUBLIC_KEY_BYTES], struct avo_text *reason) {
    uint8_t hash[AVO_HASH_BYTES];
    avo_las_hash(sign_public, hash);
    avo_text_add_string(reason, "voucher: LAS ");
    avo_text_add_hex(reason, avo_slice(hash, AVO_CAS_LAS_NAME_BYTES));
    avo_text_add_string(reason, " is not registered: it ended, was started again, or never proved itself: see that avocado-las "
                                "runs on that machine");
    return AVO_EBUSY; /* the one that runs now may be registered by the next try */
}

enum avo_error avo_cas_verify_voucher(const struct avo_cas *cas, const struct avo_binding *binding, struct avo_slice bytes,
                                      struct avo_attested *attested, uint8_t *machine, struct avo_text *reason) {
    struct avo_voucher voucher;
    uint8_t report_data[AVO_BINDING_BYTES];
    const struct avo_verifier *verifier = cas->config.verifier;
    if (avo_voucher_read(bytes, &voucher) != AVO_OK) {
        avo_text_add_string(reason, "voucher: malformed: install the same version of avocado-las and avocado-enclave");
        return AVO_EFORMAT;
    }
    *machine = find_las(cas, voucher.las_sign_public);
    if (*machine == AVO_CAS_NO_MACHINE) {
        return refuse_unknown(voucher.las_sign_public, reason);
    }
    if (avo_voucher_check(bytes) != AVO_OK) {
        avo_text_add_string(reason, "voucher: not signed by the LAS it names, or changed on the way: look at the host of the node");
        return AVO_EAUTH;
    }
    if (!avo_tee_has_local_reports((enum avo_tee)binding->tee)) {
        avo_text_add_string(reason, "voucher: only SGX has local reports: start the node without --las");
        return AVO_EDENIED;
    }
    avo_binding_report_data(binding, report_data);
    enum avo_error error = verifier->verify_vouched(verifier->context, avo_slice(cas->policy_text, cas->policy_length),
                                                    binding->role, voucher.report_body, report_data, attested, reason);
    attested->simulated = cas->las[*machine].simulated;
    return error;
}
