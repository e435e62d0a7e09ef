#include "attest/verify/file.h"
#include "attest/verify/decode.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* As many bytes as there are, to `length`, however often it is interrupted. */
static size_t read_all(FILE *file, uint8_t *to, size_t length) {
    size_t got = 0;
    do {
        clearerr(file);
        got += fread(to + got, 1, length - got, file);
    } while (got < length && ferror(file) != 0 && errno == EINTR);
    return got;
}

/* A file says how long it is; a pipe is read to its end, and so is a stream that has no descriptor of its own. */
static enum avo_error read_stream(FILE *file, const char *name, struct avo_buffer *out, struct avo_reason *reason) {
    struct stat info = {0};
    bool known = fstat(fileno(file), &info) == 0;
    if (known && S_ISDIR(info.st_mode)) {
        return avo_reason_set(reason, AVO_EIO, "%s: not a file of up to %u bytes", name, AVO_FILE_BYTES_MAX);
    }
    bool sized = known && S_ISREG(info.st_mode);
    size_t capacity = sized && info.st_size < AVO_FILE_BYTES_MAX ? (size_t)info.st_size : AVO_FILE_BYTES_MAX;
    uint8_t *bytes = malloc(capacity + 1);
    size_t got = bytes == NULL ? 0 : read_all(file, bytes, capacity + 1); /* one more shows that it is longer */
    bool whole = bytes != NULL && ferror(file) == 0 && (!sized || got == (size_t)info.st_size);
    if (!whole || got > capacity) {
        free(bytes);
        return whole ? avo_reason_set(reason, AVO_EIO, "%s: not a file of up to %u bytes", name, AVO_FILE_BYTES_MAX)
                     : avo_reason_set(reason, AVO_EIO, "%s: cannot be read to its end", name);
    }
    bytes[got] = 0;
    *out = (struct avo_buffer){bytes, got, capacity + 1};
    return AVO_OK;
}

enum avo_error avo_file_read(const char *path, struct avo_buffer *out, struct avo_reason *reason) {
    FILE *file = fopen(path, "rb");
    memset(out, 0, sizeof *out);
    if (file == NULL) {
        return avo_reason_set(reason, AVO_EIO, "%s: %s", path, strerror(errno));
    }
    enum avo_error error = read_stream(file, path, out, reason);
    (void)fclose(file);
    return error;
}

enum avo_error avo_file_read_hex(const char *path, struct avo_buffer *out, struct avo_reason *reason) {
    enum avo_error error = avo_file_read(path, out, reason);
    return error != AVO_OK ? error : avo_decode_hex_text(out, path, reason);
}

enum avo_error avo_evidence_load(const char *path, struct avo_buffer *out, struct avo_reason *reason) {
    bool standard_input = strcmp(path, "-") == 0;
    memset(out, 0, sizeof *out);
    enum avo_error error = standard_input ? read_stream(stdin, "standard input", out, reason) : avo_file_read(path, out, reason);
    return error != AVO_OK ? error : avo_decode_text(out, standard_input ? "standard input" : path, reason);
}
