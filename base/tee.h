/* The kinds of trusted execution environments, by the numbers that evidence and views carry. */
#ifndef AVO_BASE_TEE_H
#define AVO_BASE_TEE_H

enum avo_tee {
    AVO_TEE_NONE = 0,
    AVO_TEE_SGX = 1,
    AVO_TEE_TDX = 2,
    AVO_TEE_SNP = 3,
};

#endif
