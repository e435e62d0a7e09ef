/* The policy's file format, attest/'s, as the CAS core's policy reader. Uses malloc. */
#ifndef AVO_CAS_POLICY_FILE_H
#define AVO_CAS_POLICY_FILE_H

#include "cas/policy.h"

/* The reader. `name`: what its reasons call the text; borrowed for the reader's life. */
struct avo_cas_policy_reader avo_cas_policy_file(const char *name);

#endif
