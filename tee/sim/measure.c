#include "tee/sim/measure.h"
#include "base/assert.h"
#include "base/cursor.h"
#include <openssl/evp.h>
#include <sodium.h>

static const char domain[] = "avocado program v1"; /* its terminator is part of it */

/* System V ABI, ELF-64 object file format. */
#define ELF_IDENT_BYTES 16
#define ELF_SEGMENT_BYTES 56
#define ELF_TYPE_EXECUTABLE 2
#define ELF_TYPE_SHARED 3 /* also: a position-independent static executable */
#define ELF_MACHINE_X86_64 62
#define ELF_SEGMENT_INTERPRETER 3

void avo_measure_program(struct avo_slice program, uint8_t measurement[AVO_MEASURE_BYTES]) {
    EVP_MD_CTX *context = EVP_MD_CTX_new(); /* OpenSSL's is the fastest, and programs have tens of megabytes */
    bool hashed = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                  EVP_DigestUpdate(context, domain, sizeof domain) == 1 &&
                  EVP_DigestUpdate(context, program.data, program.length) == 1 &&
                  EVP_DigestFinal_ex(context, measurement, NULL) == 1;
    AVO_ASSERT(hashed);
    EVP_MD_CTX_free(context);
}

void avo_measure_hex(const uint8_t measurement[AVO_MEASURE_BYTES], char hex[AVO_MEASURE_HEX_BYTES]) {
    sodium_bin2hex(hex, AVO_MEASURE_HEX_BYTES, measurement, AVO_MEASURE_BYTES);
}

struct elf_header {
    uint16_t type;
    uint16_t machine;
    uint64_t segments_offset;
    uint16_t segment_bytes;
    uint16_t segment_count;
};

static bool header_read(struct avo_slice program, struct elf_header *header) {
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1}; /* 64 bits, little-endian, version 1 */
    struct avo_reader reader = avo_reader(program);
    struct avo_slice magic = avo_read_slice(&reader, ELF_IDENT_BYTES);
    if (reader.failed || !avo_slice_equal(avo_slice_part(magic, 0, sizeof ident), AVO_SLICE_OF(ident))) {
        return false;
    }
    header->type = avo_read_u16(&reader);
    header->machine = avo_read_u16(&reader);
    (void)avo_read_u32(&reader); /* version */
    (void)avo_read_u64(&reader); /* entry */
    header->segments_offset = avo_read_u64(&reader);
    (void)avo_read_u64(&reader); /* sections */
    (void)avo_read_u32(&reader); /* flags */
    (void)avo_read_u16(&reader); /* bytes of this header */
    header->segment_bytes = avo_read_u16(&reader);
    header->segment_count = avo_read_u16(&reader);
    return !reader.failed;
}

static bool header_valid(const struct elf_header *header, size_t program_bytes) {
    bool type = header->type == ELF_TYPE_EXECUTABLE || header->type == ELF_TYPE_SHARED;
    bool segments =
        header->segment_bytes == ELF_SEGMENT_BYTES && header->segment_count > 0 && header->segments_offset < program_bytes;
    return type && header->machine == ELF_MACHINE_X86_64 && segments;
}

enum avo_error avo_measure_check(struct avo_slice program) {
    struct elf_header header;
    if (!header_read(program, &header) || !header_valid(&header, program.length)) {
        return AVO_EFORMAT;
    }
    size_t offset = (size_t)header.segments_offset;
    struct avo_reader reader = avo_reader(avo_slice_part(program, offset, program.length - offset));
    bool interpreter = false;
    for (uint16_t i = 0; i < header.segment_count; i++) {
        interpreter |= avo_read_u32(&reader) == ELF_SEGMENT_INTERPRETER;
        (void)avo_read_slice(&reader, ELF_SEGMENT_BYTES - 4);
    }
    if (reader.failed) {
        return AVO_EFORMAT;
    }
    return interpreter ? AVO_EDENIED : AVO_OK;
}
