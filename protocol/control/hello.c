#include "protocol/control/hello.h"
#include "base/wire.h"

void avo_hello_write(struct avo_writer *writer, const struct avo_hello *hello) {
    avo_write_u8(writer, AVO_CONTROL_HELLO);
    avo_write_bytes(writer, hello->nonce, sizeof hello->nonce);
    avo_write_bytes(writer, hello->cas_sign_public, sizeof hello->cas_sign_public);
    avo_write_u8(writer, hello->wire_version);
}

enum avo_error avo_hello_read(struct avo_slice message, struct avo_hello *hello) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_HELLO);
    avo_read_bytes(&reader, hello->nonce, sizeof hello->nonce);
    avo_read_bytes(&reader, hello->cas_sign_public, sizeof hello->cas_sign_public);
    hello->wire_version = avo_read_u8(&reader);
    enum avo_error error = avo_control_end(&reader);
    if (error == AVO_OK && !avo_wire_speaks(hello->wire_version)) {
        return AVO_EVERSION;
    }
    return error;
}
