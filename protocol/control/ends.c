#include "protocol/control/ends.h"

void avo_cas_ends_write(struct avo_writer *writer, const struct avo_cas_ends *ends) {
    avo_write_u8(writer, AVO_CONTROL_ENDS);
    avo_write_u64(writer, ends->collateral_s);
    avo_write_u64(writer, ends->las_s);
    avo_write_u64(writer, ends->cas_s);
}

enum avo_error avo_cas_ends_read(struct avo_slice message, struct avo_cas_ends *ends) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_ENDS);
    ends->collateral_s = avo_read_u64(&reader);
    ends->las_s = avo_read_u64(&reader);
    ends->cas_s = avo_read_u64(&reader);
    return avo_control_end(&reader);
}
