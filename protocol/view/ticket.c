#include "protocol/view/ticket.h"
#include "base/assert.h"
#include "protocol/view/signature.h"
#include <string.h>

#define LABEL "avocado ticket v1"
#define RIGHTS_KNOWN (AVO_RIGHT_READ | AVO_RIGHT_WRITE | AVO_RIGHT_ADMIN)

size_t avo_ticket_sign(const struct avo_ticket *ticket, const uint8_t cas_sign_secret[64], uint8_t *to) {
    AVO_ASSERT(ticket->name_length <= AVO_USER_NAME_MAX_BYTES);
    struct avo_writer writer = avo_writer(to, AVO_TICKET_MAX_BYTES - AVO_SIGNATURE_BYTES);
    avo_write_bytes(&writer, ticket->cluster_id, AVO_CLUSTER_ID_BYTES);
    avo_write_bytes(&writer, ticket->public_key, AVO_PUBLIC_KEY_BYTES);
    avo_write_u8(&writer, ticket->rights);
    avo_write_u64(&writer, ticket->expires_s);
    avo_write_u32(&writer, ticket->policy_version);
    avo_write_u8(&writer, ticket->name_length);
    avo_write_bytes(&writer, ticket->name, ticket->name_length);
    AVO_ASSERT(!writer.failed);
    avo_signature_make(to + writer.length, LABEL, avo_writer_slice(&writer), cas_sign_secret);
    return writer.length + AVO_SIGNATURE_BYTES;
}

static enum avo_error ticket_read(struct avo_slice bytes, struct avo_ticket *ticket) {
    struct avo_reader reader = avo_reader(bytes);
    memset(ticket, 0, sizeof *ticket);
    avo_read_bytes(&reader, ticket->cluster_id, AVO_CLUSTER_ID_BYTES);
    avo_read_bytes(&reader, ticket->public_key, AVO_PUBLIC_KEY_BYTES);
    ticket->rights = avo_read_u8(&reader);
    ticket->expires_s = avo_read_u64(&reader);
    ticket->policy_version = avo_read_u32(&reader);
    ticket->name_length = avo_read_u8(&reader);
    if (ticket->name_length > AVO_USER_NAME_MAX_BYTES || (ticket->rights & ~RIGHTS_KNOWN) != 0) {
        return AVO_EFORMAT;
    }
    avo_read_bytes(&reader, ticket->name, ticket->name_length);
    return avo_reader_done(&reader) ? AVO_OK : AVO_EFORMAT;
}

enum avo_error avo_ticket_verify(struct avo_slice signed_ticket, const uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES],
                                 struct avo_ticket *ticket) {
    struct avo_slice bytes;
    if (signed_ticket.length > AVO_TICKET_MAX_BYTES) {
        return AVO_EFORMAT;
    }
    enum avo_error error = avo_signature_open(signed_ticket, LABEL, cas_sign_public, &bytes);
    return error != AVO_OK ? error : ticket_read(bytes, ticket);
}

bool avo_ticket_ended(const struct avo_ticket *ticket, uint32_t policy_version, uint64_t now_s) {
    return (now_s != 0 && now_s >= ticket->expires_s) || ticket->policy_version < policy_version;
}

bool avo_ticket_newer(const struct avo_ticket *ticket, const struct avo_ticket *than) {
    return ticket->policy_version != than->policy_version ? ticket->policy_version > than->policy_version
                                                          : ticket->expires_s > than->expires_s;
}

enum avo_error avo_ticket_admits(const struct avo_ticket *ticket, const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                 uint32_t policy_version, uint64_t now_s, const uint8_t proven_key[AVO_PUBLIC_KEY_BYTES]) {
    bool ours = memcmp(ticket->cluster_id, cluster_id, AVO_CLUSTER_ID_BYTES) == 0;
    bool owner = memcmp(ticket->public_key, proven_key, AVO_PUBLIC_KEY_BYTES) == 0;
    if (!ours || !owner) {
        return AVO_EDENIED;
    }
    return avo_ticket_ended(ticket, policy_version, now_s) ? AVO_EEXPIRED : AVO_OK;
}
