#include "protocol/control/recover.h"

void avo_recover_write(struct avo_writer *writer, const struct avo_recover *recover) {
    avo_write_u8(writer, AVO_CONTROL_RECOVER);
    avo_write_bytes(writer, recover->secret, sizeof recover->secret);
    avo_write_bytes(writer, recover->cas_public, sizeof recover->cas_public);
    avo_write_bytes(writer, recover->cluster_id, sizeof recover->cluster_id);
    avo_write_slice(writer, recover->wrapped);
}

enum avo_error avo_recover_read(struct avo_slice message, struct avo_recover *recover) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_RECOVER);
    avo_read_bytes(&reader, recover->secret, sizeof recover->secret);
    avo_read_bytes(&reader, recover->cas_public, sizeof recover->cas_public);
    avo_read_bytes(&reader, recover->cluster_id, sizeof recover->cluster_id);
    recover->wrapped = avo_read_slice(&reader, reader.left);
    if (recover->wrapped.length == 0 || recover->wrapped.length > AVO_RECOVERY_MAX_BYTES) {
        avo_read_fail(&reader);
    }
    return avo_control_end(&reader);
}
