/* RECOVER: the owner has a new CAS take over from one that is lost, whose state was wrapped for the owner's recovery key
 * (cas/recovery.h). Body: recovery secret key 32, the lost CAS's channel key 32, cluster id 16, the wrapped state. The reply is
 * DONE, the last message on this connection: from then on the CAS is the lost one, under its keys. It is sent only to a CAS that
 * has proven itself: the secret opens everything the lost one knew. */
#ifndef AVO_CONTROL_RECOVER_H
#define AVO_CONTROL_RECOVER_H

#include "protocol/control/control.h"

#define AVO_RECOVERY_MAX_BYTES (AVO_POLICY_MAX_BYTES + 6144) /* of a wrapped state */
#define AVO_RECOVER_MAX_BYTES (1 + AVO_SECRET_KEY_BYTES + AVO_PUBLIC_KEY_BYTES + AVO_CLUSTER_ID_BYTES + AVO_RECOVERY_MAX_BYTES)

struct avo_recover {
    uint8_t secret[AVO_SECRET_KEY_BYTES];
    uint8_t cas_public[AVO_PUBLIC_KEY_BYTES]; /* the wrapped state must be of this CAS, */
    uint8_t cluster_id[AVO_CLUSTER_ID_BYTES]; /* and of this cluster: what the owner's profile pins */
    struct avo_slice wrapped;                 /* borrowed; 1 to AVO_RECOVERY_MAX_BYTES */
};

void avo_recover_write(struct avo_writer *writer, const struct avo_recover *recover);
AVO_MUST_USE enum avo_error avo_recover_read(struct avo_slice message, struct avo_recover *recover);

#endif
