/* A simulated platform's collateral as the folder that `avocado attest verify --collateral` reads. */
#ifndef AVO_ATTEST_SIM_FOLDER_H
#define AVO_ATTEST_SIM_FOLDER_H

#include "attest/verify/collateral.h"

/* Writes tcb.json, qe.json, chain.pem, root_crl.der, pck_crl.der (and, where they are there, vek.der, crl.der) into an existing
 * folder. AVO_EIO when a file cannot be written. */
AVO_MUST_USE enum avo_error avo_sim_folder_write(const char *folder, const struct avo_collateral *collateral);

#endif
