/* Intel's SGX extension of a PCK certificate, 1.2.840.113741.1.13.1, as a platform CA writes it. */
#include "attest/sim/platform.h"
#include "attest/sim/sign.h"
#include "attest/x509/der.h"
#include "base/assert.h"
#include "base/cursor.h"
#include <string.h>

static const uint8_t stem[] = {0x2A, 0x86, 0x48, 0x86, 0xF8, 0x4D, 0x01, 0x0D, 0x01};

static void write_header(struct avo_writer *writer, uint8_t tag, size_t length) {
    avo_write_u8(writer, tag);
    if (length >= 0x100) {
        avo_write_u8(writer, 0x82);
        avo_write_u8(writer, (uint8_t)(length >> 8));
    } else if (length >= 0x80) {
        avo_write_u8(writer, 0x81);
    }
    avo_write_u8(writer, (uint8_t)length);
}

/* SEQUENCE { OID stem.parent.arc, value }; parent 0: stem.arc. */
static void write_pair(struct avo_writer *writer, uint8_t parent, uint8_t arc, uint8_t tag, struct avo_slice value) {
    size_t oid_length = sizeof stem + (parent != 0) + 1;
    size_t value_header = value.length >= 0x100 ? 4 : value.length >= 0x80 ? 3 : 2;
    write_header(writer, AVO_DER_SEQUENCE, 2 + oid_length + value_header + value.length);
    write_header(writer, AVO_DER_OID, oid_length);
    avo_write_bytes(writer, stem, sizeof stem);
    if (parent != 0) {
        avo_write_u8(writer, parent);
    }
    avo_write_u8(writer, arc);
    write_header(writer, tag, value.length);
    avo_write_slice(writer, value);
}

static void write_integer(struct avo_writer *writer, uint8_t parent, uint8_t arc, uint16_t value) {
    uint8_t bytes[3] = {0, (uint8_t)(value >> 8), (uint8_t)value};
    size_t skip = value < 0x80 ? 2 : value < 0x8000 ? 1 : 0;
    write_pair(writer, parent, arc, AVO_DER_INTEGER, avo_slice(bytes + skip, sizeof bytes - skip));
}

static void write_tcb(struct avo_writer *writer, const struct avo_sim_options *options) {
    uint8_t inner[640];
    struct avo_writer tcb = avo_writer(inner, sizeof inner);
    for (uint8_t i = 0; i < 16; i++) {
        write_integer(&tcb, 2, (uint8_t)(i + 1), options->component_svn[i]);
    }
    write_integer(&tcb, 2, 17, options->pce_svn);
    write_pair(&tcb, 2, 18, AVO_DER_OCTET_STRING, AVO_SLICE_OF(options->component_svn));
    AVO_ASSERT(!tcb.failed);
    write_pair(writer, 0, 2, AVO_DER_SEQUENCE, avo_writer_slice(&tcb));
}

static void write_configuration(struct avo_writer *writer, const struct avo_sim_options *options) {
    uint8_t inner[128];
    static const uint8_t no = 0x00;
    static const uint8_t yes = 0xFF;
    struct avo_writer flags = avo_writer(inner, sizeof inner);
    write_pair(&flags, 7, 1, AVO_DER_BOOLEAN, avo_slice(&no, 1));
    write_pair(&flags, 7, 2, AVO_DER_BOOLEAN, avo_slice(&no, 1));
    write_pair(&flags, 7, 3, AVO_DER_BOOLEAN, avo_slice(options->smt_enabled ? &yes : &no, 1));
    AVO_ASSERT(!flags.failed);
    write_pair(writer, 0, 7, AVO_DER_SEQUENCE, avo_writer_slice(&flags));
}

size_t avo_sim_pck_extension(const struct avo_sim_options *options, uint8_t out[1024]) {
    static const uint8_t scalable = 1;
    uint8_t inner[1016];
    struct avo_writer body = avo_writer(inner, sizeof inner);
    write_pair(&body, 0, 1, AVO_DER_OCTET_STRING, AVO_SLICE_OF(options->ppid));
    write_tcb(&body, options);
    write_pair(&body, 0, 3, AVO_DER_OCTET_STRING, AVO_SLICE_OF(options->pce_id));
    write_pair(&body, 0, 4, AVO_DER_OCTET_STRING, AVO_SLICE_OF(options->fmspc));
    write_pair(&body, 0, 5, AVO_DER_ENUMERATED, avo_slice(&scalable, 1));
    write_pair(&body, 0, 6, AVO_DER_OCTET_STRING, AVO_SLICE_OF(options->ppid));
    write_configuration(&body, options);
    AVO_ASSERT(!body.failed);
    struct avo_writer writer = avo_writer(out, 1024);
    write_header(&writer, AVO_DER_SEQUENCE, body.length);
    avo_write_slice(&writer, avo_writer_slice(&body));
    AVO_ASSERT(!writer.failed);
    return writer.length;
}
