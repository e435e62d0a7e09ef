/* The vendor's evidence for this LAS: it goes to the CAS beside the key that it is bound to. */
#include "las/state.h"
#include "protocol/control/las.h"

void avo_las_on_evidence(struct avo_las *las, struct avo_slice evidence) {
    if (las->phase != AVO_LAS_PROVES) {
        return;
    }
    if (evidence.length == 0 || evidence.length > AVO_EVIDENCE_MAX_BYTES) {
        avo_las_end_string(las, "CPU: it gave no evidence: look at its log, then start avocado-las again");
        return;
    }
    struct avo_las_request request = {.tee = las->config.tee, .evidence = evidence};
    uint8_t bytes[64 + AVO_EVIDENCE_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_copy(request.sign_public, sizeof request.sign_public, AVO_SLICE_OF(las->sign_public));
    avo_las_request_write(&writer, &request);
    las->phase = AVO_LAS_ASKED;
    avo_las_send(las, avo_writer_slice(&writer));
}
