#include "protocol/channel/prologue.h"
#include "base/assert.h"
#include "base/cursor.h"

void avo_session_prologue(uint8_t prologue[AVO_PROLOGUE_BYTES], const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                          const uint8_t ticket_hash[AVO_HASH_BYTES], uint8_t slot, uint8_t worker, uint8_t offered) {
    struct avo_writer writer = avo_writer(prologue, AVO_PROLOGUE_BYTES);
    avo_write_slice(&writer, avo_slice_string(AVO_PROLOGUE_LABEL));
    avo_write_bytes(&writer, cluster_id, AVO_CLUSTER_ID_BYTES);
    avo_write_bytes(&writer, ticket_hash, AVO_HASH_BYTES);
    avo_write_u8(&writer, slot);
    avo_write_u8(&writer, worker);
    avo_write_u8(&writer, offered);
    AVO_ASSERT(!writer.failed && writer.length == AVO_PROLOGUE_BYTES);
}
