/* Any bytes as a file of collateral: they belong nowhere, or in one place of the set; the same bytes always in the same. */
#include "attest/verify/classify.h"
#include "base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct avo_collateral view = {.vek = AVO_SLICE_EMPTY};
    const struct avo_slice *place = avo_collateral_classify(avo_slice(data, size), &view);
    const struct avo_slice *places[] = {&view.tcb_info,  &view.qe_identity, &view.tcb_chain, &view.root_crl, &view.pck_crl,
                                        &view.pck_chain, &view.vek,         &view.vek_chain, &view.amd_crl};
    bool known = place == NULL;
    for (size_t i = 0; i < AVO_COUNT(places); i++) {
        known = known || place == places[i];
        AVO_ASSERT(places[i]->length == 0); /* the caller puts them there, once it keeps them */
    }
    AVO_ASSERT(known && avo_collateral_classify(avo_slice(data, size), &view) == place);
    return 0;
}
