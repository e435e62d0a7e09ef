/* Strict DER, just enough for the vendors' certificate extensions; internal to attest/. */
#ifndef AVO_ATTEST_X509_DER_H
#define AVO_ATTEST_X509_DER_H

#include "base/cursor.h"

enum {
    AVO_DER_BOOLEAN = 0x01,
    AVO_DER_INTEGER = 0x02,
    AVO_DER_OCTET_STRING = 0x04,
    AVO_DER_OID = 0x06,
    AVO_DER_ENUMERATED = 0x0A,
    AVO_DER_IA5_STRING = 0x16,
    AVO_DER_SEQUENCE = 0x30,
};

/* The content of the next element, which must have this tag and a minimal definite length; empty and failed otherwise. */
struct avo_slice avo_der_read(struct avo_reader *reader, uint8_t tag);
/* An unsigned INTEGER (or ENUMERATED, by `tag`) up to `maximum`, minimally encoded. */
uint32_t avo_der_read_number(struct avo_reader *reader, uint8_t tag, uint32_t maximum);
bool avo_der_read_boolean(struct avo_reader *reader);

#endif
