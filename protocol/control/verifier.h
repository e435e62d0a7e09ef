/* The judge of evidence, injected, so that the CAS core, the enclave and the simulator stay free of certificates and OpenSSL.
 * The programs plug attest/ in; tests and the simulator plug in evidence of their own making. */
#ifndef AVO_CONTROL_VERIFIER_H
#define AVO_CONTROL_VERIFIER_H

#include "protocol/control/binding.h"

/* A chip's own id; length 0: none is known. */
struct avo_chip {
    uint8_t length;
    uint8_t bytes[64];
};

/* What accepted evidence proves. */
struct avo_attested {
    uint8_t tee; /* enum avo_tee */
    bool simulated;
    uint8_t measurement[AVO_MEASUREMENT_BYTES]; /* zero-padded */
    struct avo_chip chip;                       /* Intel PPID 16 bytes, SNP chip id 64; none for what a LAS vouched for */
    struct avo_chip platform_instance;          /* Intel, of platforms with several packages: 16 bytes */
    uint64_t ends_s;                            /* Unix time: the first of its certificates; 0: it carries none */
};

struct avo_verifier {
    void *context;
    /* AVO_OK only when the evidence is authentic, carries exactly `report_data` (64 bytes, compared in constant time) and is
     * accepted by the rules of `policy` (its text) for `role` at `now_s` (Unix time). Otherwise `reason` says what failed, on
     * what, what to do next. */
    enum avo_error (*verify)(void *context, struct avo_slice policy, enum avo_attested_role role, struct avo_slice evidence,
                             const uint8_t report_data[AVO_BINDING_BYTES], uint64_t now_s, struct avo_attested *attested,
                             struct avo_text *reason);
    /* The same for a program that a LAS vouches for, by its SGX report body (384 bytes), whose MAC that LAS has checked. Of the
     * policy, what concerns the program is applied here; what concerns the platform was applied when the LAS was verified, which
     * is also where `simulated` and the chip come from: they are not set. */
    enum avo_error (*verify_vouched)(void *context, struct avo_slice policy, enum avo_attested_role role,
                                     struct avo_slice report_body, const uint8_t report_data[AVO_BINDING_BYTES],
                                     struct avo_attested *attested, struct avo_text *reason);
    /* When the first piece of the collateral ends, as it is now: Unix time; 0: not known. NULL: nobody knows. */
    uint64_t (*collateral_ends)(void *context);
    /* A number that is another one after the collateral was changed; 0: it cannot be read. Cheap. NULL: it never changes. */
    uint64_t (*collateral_stamp)(void *context);
};

#endif
