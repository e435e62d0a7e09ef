#include "cas/recovery.h"
#include "protocol/channel/wrap.h"
#include "protocol/control/recover.h"
#include <string.h>

#define MAGIC_BYTES (sizeof AVO_RECOVERY_MAGIC - 1)

_Static_assert(AVO_RECOVERY_HEADER_BYTES + AVO_WRAP_OVERHEAD_BYTES + AVO_CAS_STATE_MAX_BYTES <= AVO_RECOVERY_MAX_BYTES,
               "every state fits a message");

enum avo_error avo_recovery_wrap(const struct avo_aead *aead, struct avo_random *random,
                                 const uint8_t recovery_public[AVO_PUBLIC_KEY_BYTES], struct avo_slice state,
                                 struct avo_buffer *to) {
    struct avo_writer writer = avo_writer(to->data, to->capacity);
    avo_write_slice(&writer, avo_slice_string(AVO_RECOVERY_MAGIC));
    avo_write_bytes(&writer, recovery_public, AVO_PUBLIC_KEY_BYTES);
    struct avo_slice header = avo_writer_slice(&writer);
    enum avo_error error = avo_wrap(aead, random, recovery_public, header, state, &writer);
    to->length = error == AVO_OK ? writer.length : 0;
    return error;
}

enum avo_error avo_recovery_read(struct avo_slice file, const uint8_t **recovery_public) {
    if (file.length < AVO_RECOVERY_HEADER_BYTES + AVO_WRAP_OVERHEAD_BYTES ||
        memcmp(file.data, AVO_RECOVERY_MAGIC, MAGIC_BYTES) != 0) {
        return AVO_EFORMAT;
    }
    *recovery_public = file.data + MAGIC_BYTES;
    return AVO_OK;
}

enum avo_error avo_recovery_unwrap(const struct avo_aead *aead, const struct avo_key_pair *recovery, struct avo_slice file,
                                   struct avo_buffer *state) {
    const uint8_t *key;
    state->length = 0;
    enum avo_error error = avo_recovery_read(file, &key);
    if (error != AVO_OK) {
        return error;
    }
    if (memcmp(key, recovery->public, AVO_PUBLIC_KEY_BYTES) != 0) {
        return AVO_EDENIED;
    }
    size_t header = AVO_RECOVERY_HEADER_BYTES;
    return avo_unwrap(aead, recovery, avo_slice_part(file, 0, header), avo_slice_part(file, header, file.length - header), state);
}
