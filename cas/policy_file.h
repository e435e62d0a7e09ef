/* The policy's file format, attest/'s, as the CAS core's policy reader. Uses malloc. */
#ifndef AVO_CAS_POLICY_FILE_H
#define AVO_CAS_POLICY_FILE_H

#include "cas/policy.h"

/* The reader; needs no context. */
struct avo_cas_policy_reader avo_cas_policy_file(void);

#endif
