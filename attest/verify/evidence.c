#include "attest/verify/evidence.h"

const char *avo_tee_name(enum avo_tee tee) {
    static const char *const names[] = {"none", "sgx", "tdx", "snp"};
    return (unsigned)tee < AVO_COUNT(names) ? names[tee] : "none";
}
