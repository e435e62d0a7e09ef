/* A program in an enclave's stead, for tests: asks the CPU for evidence and for its sealing key, writes both to the first
 * descriptor that it was passed, then waits until that is closed at the other end. */
#include "tee/inside/inside.h"
#include <string.h>
#include <unistd.h>

#define OUT_FD AVO_TEE_FIRST_PASSED_FD

int main(int argc, char **argv) {
    uint8_t report_data[AVO_TEE_REPORT_DATA_BYTES] = {0};
    uint8_t memory[AVO_TEE_EVIDENCE_MAX_BYTES];
    uint8_t key[AVO_TEE_SEAL_KEY_BYTES];
    struct avo_buffer quote = {memory, 0, sizeof memory};
    const struct avo_tee_inside *tee = avo_tee_inside();
    if (tee == NULL || argc != 2 || strlen(argv[1]) > sizeof report_data) {
        return 3;
    }
    memcpy(report_data, argv[1], strlen(argv[1]));
    if (tee->evidence(report_data, &quote) != AVO_OK || tee->seal_key(key) != AVO_OK) {
        return 4;
    }
    if (write(OUT_FD, key, sizeof key) != (ssize_t)sizeof key || write(OUT_FD, quote.data, quote.length) != (ssize_t)quote.length) {
        return 5;
    }
    (void)!read(OUT_FD, key, 1);
    return 42;
}
