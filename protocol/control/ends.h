/* ENDS: when the things end that the CAS lives on. Body of ENDS_REQUEST: nothing. Body of ENDS: three Unix times u64, 0 where there
 * is none or nobody knows. */
#ifndef AVO_CONTROL_ENDS_H
#define AVO_CONTROL_ENDS_H

#include "protocol/control/control.h"

struct avo_cas_ends {
    uint64_t collateral_s; /* the first piece of the CPU vendors' collateral: after it no evidence is accepted */
    uint64_t las_s;        /* the first of the certificates behind the evidence of the registered LASes */
    uint64_t cas_s;        /* the first of those behind the CAS's own */
};

void avo_cas_ends_write(struct avo_writer *writer, const struct avo_cas_ends *ends);
AVO_MUST_USE enum avo_error avo_cas_ends_read(struct avo_slice message, struct avo_cas_ends *ends);

#endif
