/* Any text as a QE identity response. */
#include "attest/dcap/qe_identity.h"
#include "attest/verify/collateral.h"
#include "base/assert.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct avo_qe_identity identity;
    static const struct avo_sgx_report report;
    struct avo_signed_json json;
    struct avo_reason reason;
    const struct avo_svn_level *level = NULL;
    struct avo_slice object = avo_slice(data, size);
    if (avo_collateral_split(object, AVO_SLICE_EMPTY, "enclaveIdentity", "QE identity", &json, &reason) == AVO_OK) {
        object = json.object;
    }
    if (avo_qe_identity_parse(object, &identity, &reason) == AVO_OK) {
        AVO_ASSERT(identity.level_count > 0);
        if (avo_qe_identity_match(&identity, &report, &level, &reason) == AVO_OK) {
            AVO_ASSERT(level != NULL && level->isv_svn == 0);
        }
    }
    avo_qe_identity_free(&identity);
    return 0;
}
