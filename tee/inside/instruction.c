#include "tee/inside/instruction.h"
#include "base/cursor.h"
#include "base/secret.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static size_t body_bytes(uint8_t kind) {
    switch (kind) {
    case AVO_INSTRUCTION_REPORT:
        return AVO_INSTRUCTION_TARGET_BYTES + AVO_INSTRUCTION_REPORT_DATA_BYTES;
    case AVO_INSTRUCTION_QUOTE:
        return AVO_INSTRUCTION_REPORT_BYTES;
    case AVO_INSTRUCTION_REPORT_KEY:
        return AVO_INSTRUCTION_KEY_ID_BYTES;
    default:
        return 0;
    }
}

enum avo_error avo_instruction_read(struct avo_slice request, struct avo_instruction *instruction) {
    struct avo_reader reader = avo_reader(request);
    uint8_t kind = avo_read_u8(&reader);
    if (kind < AVO_INSTRUCTION_REPORT || kind > AVO_INSTRUCTION_REPORT_KEY) {
        return AVO_EFORMAT;
    }
    *instruction = (struct avo_instruction){(enum avo_instruction_kind)kind, avo_read_slice(&reader, body_bytes(kind))};
    return avo_reader_done(&reader) ? AVO_OK : AVO_EFORMAT;
}

/* One request, one answer. `body` receives what follows the answer's status; it must fill `exact` bytes when that is not 0. */
static enum avo_error ask(int fd, enum avo_instruction_kind kind, struct avo_slice request_body, struct avo_buffer *body,
                          size_t exact) {
    uint8_t request[AVO_INSTRUCTION_REQUEST_MAX_BYTES];
    uint8_t answer[AVO_INSTRUCTION_ANSWER_MAX_BYTES];
    struct avo_writer writer = avo_writer(request, sizeof request);
    avo_write_u8(&writer, (uint8_t)kind);
    avo_write_slice(&writer, request_body);
    ssize_t sent = -1;
    ssize_t got;
    do {
        sent = writer.failed ? 0 : send(fd, request, writer.length, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent != (ssize_t)writer.length) {
        return AVO_EIO;
    }
    do {
        got = recv(fd, answer, sizeof answer, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 1 || answer[0] >= AVO_ERROR_COUNT) {
        return AVO_EIO;
    }
    size_t length = (size_t)got - 1;
    bool fits = length <= body->capacity && (exact == 0 || length == exact);
    if (answer[0] == AVO_OK && fits) {
        memcpy(body->data, answer + 1, length);
        body->length = length;
    }
    enum avo_error error = answer[0] == AVO_OK && !fits ? AVO_EFORMAT : (enum avo_error)answer[0];
    avo_secret_wipe(answer, sizeof answer); /* it may have been a key */
    return error;
}

enum avo_error avo_simcpu_report(int fd, const uint8_t target[AVO_INSTRUCTION_TARGET_BYTES],
                                 const uint8_t report_data[AVO_INSTRUCTION_REPORT_DATA_BYTES],
                                 uint8_t report[AVO_INSTRUCTION_REPORT_BYTES]) {
    uint8_t request[AVO_INSTRUCTION_TARGET_BYTES + AVO_INSTRUCTION_REPORT_DATA_BYTES];
    struct avo_buffer body = {report, 0, AVO_INSTRUCTION_REPORT_BYTES};
    memcpy(request, target, AVO_INSTRUCTION_TARGET_BYTES);
    memcpy(request + AVO_INSTRUCTION_TARGET_BYTES, report_data, AVO_INSTRUCTION_REPORT_DATA_BYTES);
    return ask(fd, AVO_INSTRUCTION_REPORT, AVO_SLICE_OF(request), &body, AVO_INSTRUCTION_REPORT_BYTES);
}

enum avo_error avo_simcpu_evidence(int fd, const uint8_t report_data[AVO_INSTRUCTION_REPORT_DATA_BYTES], struct avo_buffer *quote) {
    static const uint8_t quoting_enclave[AVO_INSTRUCTION_TARGET_BYTES];
    uint8_t report[AVO_INSTRUCTION_REPORT_BYTES];
    enum avo_error error = avo_simcpu_report(fd, quoting_enclave, report_data, report);
    return error != AVO_OK ? error : ask(fd, AVO_INSTRUCTION_QUOTE, AVO_SLICE_OF(report), quote, 0);
}

enum avo_error avo_simcpu_report_key(int fd, const uint8_t key_id[AVO_INSTRUCTION_KEY_ID_BYTES],
                                     uint8_t key[AVO_INSTRUCTION_REPORT_KEY_BYTES]) {
    struct avo_buffer body = {key, 0, AVO_INSTRUCTION_REPORT_KEY_BYTES};
    return ask(fd, AVO_INSTRUCTION_REPORT_KEY, avo_slice(key_id, AVO_INSTRUCTION_KEY_ID_BYTES), &body,
               AVO_INSTRUCTION_REPORT_KEY_BYTES);
}

enum avo_error avo_simcpu_seal_key(int fd, uint8_t key[AVO_INSTRUCTION_SEAL_KEY_BYTES]) {
    struct avo_buffer body = {key, 0, AVO_INSTRUCTION_SEAL_KEY_BYTES};
    return ask(fd, AVO_INSTRUCTION_SEAL_KEY, AVO_SLICE_EMPTY, &body, AVO_INSTRUCTION_SEAL_KEY_BYTES);
}
