/* The keys that everything ends in. They are data given to the verifier, never found in what is verified. */
#ifndef AVO_ATTEST_VERIFY_ROOTS_H
#define AVO_ATTEST_VERIFY_ROOTS_H

#include "attest/verify/reason.h"
#include "base/bytes.h"

#define AVO_ROOTS_MAX 8
#define AVO_ROOT_KEY_HASH_BYTES 48

enum avo_root_origin {
    AVO_ROOT_VENDOR = 1,    /* Intel's or AMD's, compiled in */
    AVO_ROOT_GIVEN = 2,     /* named by the operator of a tool (--root) */
    AVO_ROOT_SIMULATED = 3, /* of a simulated CPU, named by the policy */
};

struct avo_root {
    enum avo_root_origin origin;
    char name[40];                             /* for reports, e.g. "Intel SGX Root CA" */
    uint8_t key_hash[AVO_ROOT_KEY_HASH_BYTES]; /* SHA-384 of the DER SubjectPublicKeyInfo */
};

struct avo_roots {
    struct avo_root root[AVO_ROOTS_MAX];
    uint32_t count;
};

/* Intel SGX Root CA, AMD ARK-Milan, ARK-Genoa, ARK-Turin. */
struct avo_roots avo_roots_vendor(void);

/* Adds the key of a self-signed certificate, PEM or DER. AVO_EFORMAT when it does not parse, AVO_EFULL beyond AVO_ROOTS_MAX. */
AVO_MUST_USE enum avo_error avo_roots_add(struct avo_roots *roots, struct avo_slice certificate, enum avo_root_origin origin,
                                          struct avo_reason *reason);

/* The root with this key, NULL when there is none. A simulated one hides a vendor's or given one of the same key. */
const struct avo_root *avo_roots_find(const struct avo_roots *roots, const uint8_t key_hash[AVO_ROOT_KEY_HASH_BYTES]);

#endif
