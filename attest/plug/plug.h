/* attest/ behind the interface of protocol/control/verifier.h: for the CAS, which judges enclaves, and for the command line, which
 * judges the CAS. Uses files (collateral), malloc and OpenSSL: not for trusted/. */
#ifndef AVO_ATTEST_PLUG_H
#define AVO_ATTEST_PLUG_H

#include "protocol/control/verifier.h"

struct avo_attest_plug {
    struct avo_verifier verifier; /* points to this plug: do not copy it */
    const char *collateral_path; /* a folder or a bundle, borrowed; read again for each verification, so that it can be refreshed */
};

/* Before anything else of the process uses OpenSSL, which from then on follows no configuration file: that file is the host's and
 * may name modules to load, and what runs must be what was measured. */
void avo_attest_openssl_init(void);

/* Calls avo_attest_openssl_init. */
void avo_attest_plug_init(struct avo_attest_plug *plug, const char *collateral_path);

/* When the first of the certificates ends that the evidence carries: Unix time; 0: it carries none, or does not parse. */
uint64_t avo_attest_evidence_ends(struct avo_slice evidence);

/* Whether the collateral can be read now; otherwise `reason` says what is missing. For a word at start: a verification says it too,
 * but to the refused side. */
AVO_MUST_USE bool avo_attest_plug_look(const struct avo_attest_plug *plug, struct avo_text *reason);

#endif
