/* What stands behind struct avo_client of <avocado/avocado.h>; the command line uses it with a profile it has already read. */
#ifndef AVO_CLIENT_CLIENT_H
#define AVO_CLIENT_CLIENT_H

#include "client/io/link.h"
#include <avocado/avocado.h>

/* Opens a client of a checked profile (copied). `options` may be NULL. AVO_EIO, AVO_EINVAL. */
AVO_MUST_USE enum avo_error avo_client_open(const struct avo_profile *profile, const struct avo_options *options,
                                            struct avo_client **client, struct avo_why *why);

/* Without the secret key. */
const struct avo_profile *avo_client_profile(const struct avo_client *client);

/* For programs that end now: a renewal of the ticket that is under way may take `patience_us` more to end. */
void avo_client_renewal_finish(struct avo_client *client, uint64_t patience_us);

/* A get without a copy: *value is borrowed until the next call on this client. */
AVO_MUST_USE enum avo_error avo_client_get(struct avo_client *client, struct avo_slice key, uint32_t timeout_ms,
                                           struct avo_slice *value);

#endif
