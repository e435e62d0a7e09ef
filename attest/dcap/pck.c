#include "attest/dcap/pck.h"
#include "attest/x509/der.h"
#include <string.h>

enum {
    FIELD_PPID = 1,
    FIELD_TCB,
    FIELD_PCE_ID,
    FIELD_FMSPC,
    FIELD_SGX_TYPE,
    FIELD_PLATFORM_INSTANCE,
    FIELD_CONFIGURATION,
    TCB_PCE_SVN = 17,
    TCB_CPU_SVN = 18,
};

/* 1.2.840.113741.1.13.1, the stem of every OID inside. */
static const uint8_t stem[] = {0x2A, 0x86, 0x48, 0x86, 0xF8, 0x4D, 0x01, 0x0D, 0x01};

/* The last arc of an OID that continues the stem by `parent` (0: by nothing); 0 when it is none. */
static uint8_t last_arc(struct avo_slice oid, uint8_t parent) {
    size_t stem_length = sizeof stem + (parent != 0);
    if (oid.length != stem_length + 1 || memcmp(oid.data, stem, sizeof stem) != 0) {
        return 0;
    }
    if (parent != 0 && oid.data[sizeof stem] != parent) {
        return 0;
    }
    uint8_t arc = oid.data[stem_length];
    return arc < 32 ? arc : 0;
}

static void read_octets(struct avo_reader *reader, uint8_t *out, size_t length) {
    struct avo_slice content = avo_der_read(reader, AVO_DER_OCTET_STRING);
    if (content.length != length) {
        avo_read_fail(reader);
        return;
    }
    memcpy(out, content.data, length);
}

/* One {OID, value} pair: its arc, marked in `seen`, which refuses a second one of a kind. */
static uint8_t read_arc(struct avo_reader *reader, uint8_t parent, uint32_t *seen) {
    uint8_t arc = last_arc(avo_der_read(reader, AVO_DER_OID), parent);
    if (arc == 0 || (*seen & UINT32_C(1) << arc) != 0) {
        avo_read_fail(reader);
        return 0;
    }
    *seen |= UINT32_C(1) << arc;
    return arc;
}

static bool read_tcb(struct avo_slice bytes, struct avo_pck *pck) {
    struct avo_reader reader = avo_reader(bytes);
    uint32_t seen = 0;
    while (reader.left > 0 && !reader.failed) {
        struct avo_reader pair = avo_reader(avo_der_read(&reader, AVO_DER_SEQUENCE));
        uint8_t arc = read_arc(&pair, FIELD_TCB, &seen);
        if (arc >= 1 && arc <= 16) {
            pck->component_svn[arc - 1] = (uint8_t)avo_der_read_number(&pair, AVO_DER_INTEGER, 255);
        } else if (arc == TCB_PCE_SVN) {
            pck->pce_svn = (uint16_t)avo_der_read_number(&pair, AVO_DER_INTEGER, UINT16_MAX);
        } else if (arc == TCB_CPU_SVN) {
            read_octets(&pair, pck->cpu_svn, sizeof pck->cpu_svn);
        } else {
            return false;
        }
        if (!avo_reader_done(&pair)) {
            return false;
        }
    }
    return !reader.failed && seen == UINT32_C(0x7FFFE);
}

static bool read_configuration(struct avo_slice bytes, struct avo_pck *pck) {
    struct avo_reader reader = avo_reader(bytes);
    bool *const flags[] = {&pck->dynamic_platform, &pck->cached_keys, &pck->smt_enabled};
    uint32_t seen = 0;
    while (reader.left > 0 && !reader.failed) {
        struct avo_reader pair = avo_reader(avo_der_read(&reader, AVO_DER_SEQUENCE));
        uint8_t arc = read_arc(&pair, FIELD_CONFIGURATION, &seen);
        if (arc < 1 || arc > AVO_COUNT(flags)) {
            return false;
        }
        *flags[arc - 1] = avo_der_read_boolean(&pair);
        if (!avo_reader_done(&pair)) {
            return false;
        }
    }
    return !reader.failed;
}

static bool read_field(struct avo_reader *pair, uint8_t arc, struct avo_pck *pck) {
    switch (arc) {
    case FIELD_PPID:
        read_octets(pair, pck->ppid, sizeof pck->ppid);
        break;
    case FIELD_TCB:
        return read_tcb(avo_der_read(pair, AVO_DER_SEQUENCE), pck) && avo_reader_done(pair);
    case FIELD_PCE_ID:
        read_octets(pair, pck->pce_id, sizeof pck->pce_id);
        break;
    case FIELD_FMSPC:
        read_octets(pair, pck->fmspc, sizeof pck->fmspc);
        break;
    case FIELD_SGX_TYPE:
        pck->sgx_type = avo_der_read_number(pair, AVO_DER_ENUMERATED, 255);
        break;
    case FIELD_PLATFORM_INSTANCE:
        pck->has_platform = true;
        read_octets(pair, pck->platform_instance_id, sizeof pck->platform_instance_id);
        break;
    case FIELD_CONFIGURATION:
        return read_configuration(avo_der_read(pair, AVO_DER_SEQUENCE), pck) && avo_reader_done(pair);
    default:
        return arc > FIELD_CONFIGURATION; /* of a later revision */
    }
    return avo_reader_done(pair);
}

enum avo_error avo_pck_parse(struct avo_slice extension, struct avo_pck *pck) {
    memset(pck, 0, sizeof *pck);
    struct avo_reader outer = avo_reader(extension);
    struct avo_reader reader = avo_reader(avo_der_read(&outer, AVO_DER_SEQUENCE));
    uint32_t seen = 0;
    while (reader.left > 0 && !reader.failed) {
        struct avo_reader pair = avo_reader(avo_der_read(&reader, AVO_DER_SEQUENCE));
        uint8_t arc = read_arc(&pair, 0, &seen);
        if (arc == 0 || !read_field(&pair, arc, pck)) {
            return AVO_EFORMAT;
        }
    }
    uint32_t needed = 1u << FIELD_PPID | 1u << FIELD_TCB | 1u << FIELD_PCE_ID | 1u << FIELD_FMSPC | 1u << FIELD_SGX_TYPE;
    bool complete = avo_reader_done(&outer) && !reader.failed && (seen & needed) == needed;
    return complete ? AVO_OK : AVO_EFORMAT;
}

enum avo_error avo_pck_from_cert(X509 *cert, struct avo_pck *pck, struct avo_reason *reason) {
    struct avo_slice extension;
    if (!avo_cert_extension(cert, "1.2.840.113741.1.13.1", &extension) || avo_pck_parse(extension, pck) != AVO_OK) {
        return avo_reason_set(reason, AVO_EFORMAT, "PCK certificate: its SGX extension is missing, doubled or malformed");
    }
    return AVO_OK;
}
