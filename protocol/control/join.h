/* JOIN: an enclave asks to be a member. Its channel key is the Noise static key it has proven; what it says of itself is believed
 * because that key is bound into its evidence. JOINED: the first view and the cluster's secret.
 *   JOIN: u8 slot, u8 TEE kind, u8 highest wire version, address (16 + u16), u32 workers, u32 largest datagram, configuration hash
 * 32, u8 kind of evidence, evidence (a quote or report of the CPU's vendor, or a voucher of the machine's LAS). JOINED: cluster
 * secret 16, signed view.
 */
#ifndef AVO_CONTROL_JOIN_H
#define AVO_CONTROL_JOIN_H

#include "base/address.h"
#include "protocol/control/control.h"

/* Who answers for the platform. Told apart by this byte, never by looks. */
enum avo_evidence_kind {
    AVO_EVIDENCE_BY_VENDOR = 1,
    AVO_EVIDENCE_BY_LAS = 2,
};

struct avo_join_request {
    uint8_t slot;
    uint8_t tee;                /* enum avo_tee */
    uint8_t wire_highest;       /* it speaks this one and the one before */
    struct avo_address address; /* of worker 0, as peers and clients reach it */
    uint32_t worker_count;
    uint32_t datagram_max_bytes; /* what its rings carry */
    uint8_t configuration_hash[AVO_HASH_BYTES];
    enum avo_evidence_kind kind;
    struct avo_slice evidence; /* borrowed; 1 to AVO_EVIDENCE_MAX_BYTES */
};

void avo_join_request_write(struct avo_writer *writer, const struct avo_join_request *request);
AVO_MUST_USE enum avo_error avo_join_request_read(struct avo_slice message, struct avo_join_request *request);

struct avo_joined {
    uint8_t cluster_secret[AVO_CLUSTER_SECRET_BYTES];
    struct avo_slice signed_view; /* borrowed */
};

void avo_joined_write(struct avo_writer *writer, const struct avo_joined *joined);
AVO_MUST_USE enum avo_error avo_joined_read(struct avo_slice message, struct avo_joined *joined);

/* An address in a message: 16 + u16. */
void avo_control_address_write(struct avo_writer *writer, const struct avo_address *address);
struct avo_address avo_control_address_read(struct avo_reader *reader);

#endif
