/* Whoever judges evidence, injected, so that the CAS core, the enclave and the simulator stay free of certificates and OpenSSL.
 * The programs plug attest/ in; tests and the simulator plug in evidence of their own making. */
#ifndef AVO_CONTROL_VERIFIER_H
#define AVO_CONTROL_VERIFIER_H

#include "protocol/control/binding.h"

/* What accepted evidence proves. */
struct avo_attested {
    uint8_t tee; /* enum avo_tee */
    bool simulated;
    uint8_t measurement[AVO_MEASUREMENT_BYTES]; /* zero-padded */
};

struct avo_verifier {
    void *context;
    /* AVO_OK only when the evidence is authentic, carries exactly `report_data` (64 bytes, compared in constant time) and is
     * accepted by the rules of `policy` (its text) for `role` at `now_s` (Unix time). Otherwise `reason` says what failed, on
     * what, what to do next. */
    enum avo_error (*verify)(void *context, struct avo_slice policy, enum avo_evidence_role role, struct avo_slice evidence,
                             const uint8_t report_data[AVO_BINDING_BYTES], uint64_t now_s, struct avo_attested *attested,
                             struct avo_text *reason);
};

#endif
