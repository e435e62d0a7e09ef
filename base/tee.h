/* The kinds of trusted execution environments, by the numbers that evidence and views carry. */
#ifndef AVO_BASE_TEE_H
#define AVO_BASE_TEE_H

#include <stdbool.h>

enum avo_tee {
    AVO_TEE_NONE = 0,
    AVO_TEE_SGX = 1,
    AVO_TEE_TDX = 2,
    AVO_TEE_SNP = 3,
};

/* Whether one program can prove itself to another on its machine without the vendor: confidential VMs cannot. */
static inline bool avo_tee_has_local_reports(enum avo_tee kind) {
    return kind == AVO_TEE_SGX;
}

#endif
