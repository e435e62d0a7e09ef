/* HELLO: what the CAS says first. Body: nonce 32, CAS signing key 32, u8 wire version that both speak from here on, the lower of
 * their highest ones. The nonce is good for one JOIN. HELLO keeps its form from one version to the next. */
#ifndef AVO_CONTROL_HELLO_H
#define AVO_CONTROL_HELLO_H

#include "protocol/control/control.h"

struct avo_hello {
    uint8_t nonce[AVO_NONCE32_BYTES];
    uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES]; /* Ed25519: signs views and tickets */
    uint8_t wire_version;
};

void avo_hello_write(struct avo_writer *writer, const struct avo_hello *hello);
/* AVO_EVERSION when it names a version that this build does not speak. */
AVO_MUST_USE enum avo_error avo_hello_read(struct avo_slice message, struct avo_hello *hello);

#endif
