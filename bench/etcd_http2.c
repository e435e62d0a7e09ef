#include "bench/etcd_http2.h"
#include "base/assert.h"
#include <string.h>

#define FRAME_HEAD_BYTES 9
#define GRPC_HEAD_BYTES 5
#define WINDOW_STEP_BYTES (1U << 15)
#define WINDOW_MAX 0x7fffffff
#define WINDOW_FIRST 65535

enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PING = 6, GOAWAY = 7, WINDOW_UPDATE = 8 };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };

static void put(struct etcd_http2 *http2, const void *bytes, size_t length) {
    struct avo_buffer *out = &http2->out;
    AVO_ASSERT(length <= out->capacity - out->length);
    memcpy(out->data + out->length, bytes, length);
    out->length += length;
}

static void put_number(struct etcd_http2 *http2, uint32_t number) {
    const uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    put(http2, bytes, sizeof bytes);
}

static void put_frame_head(struct etcd_http2 *http2, size_t length, uint8_t type, uint8_t flags, uint32_t stream) {
    const uint8_t head[] = {(uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length, type, flags};
    put(http2, head, sizeof head);
    put_number(http2, stream);
}

static void put_window(struct etcd_http2 *http2, uint32_t more) {
    put_frame_head(http2, 4, WINDOW_UPDATE, 0, 0);
    put_number(http2, more);
}

void etcd_http2_open(struct etcd_http2 *http2) {
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    static const uint8_t initial_window[] = {0, 4};
    *http2 = (struct etcd_http2){.stream = (uint32_t)-1};
    http2->out = (struct avo_buffer){.data = http2->out_bytes, .capacity = sizeof http2->out_bytes};
    put(http2, preface, sizeof preface - 1);
    put_frame_head(http2, 6, SETTINGS, 0, 0);
    put(http2, initial_window, sizeof initial_window);
    put_number(http2, WINDOW_MAX);
    put_window(http2, WINDOW_MAX - WINDOW_FIRST);
}

/* HPACK: method POST and scheme http are indexed; the rest literal, never indexed in the table, so that no state is kept. */
static void put_headers(struct etcd_http2 *http2, bool writes) {
    static const char authority[] = "\x01\x04"
                                    "etcd";
    static const char kind[] = "\x0f\x10\x10"
                               "application/grpc\x00\x02"
                               "te\x08"
                               "trailers";
    const char *path = writes ? "\x04\x14/etcdserverpb.KV/Put" : "\x04\x16/etcdserverpb.KV/Range";
    size_t path_length = strlen(path);
    put_frame_head(http2, 2 + path_length + sizeof authority - 1 + sizeof kind - 1, HEADERS, END_HEADERS, http2->stream);
    put(http2, "\x83\x86", 2);
    put(http2, path, path_length);
    put(http2, authority, sizeof authority - 1);
    put(http2, kind, sizeof kind - 1);
}

/* A field of bytes in protobuf: tag, length, bytes. */
static size_t field_write(uint8_t *to, uint8_t tag, struct avo_slice bytes) {
    size_t length = 0;
    to[length++] = tag;
    size_t left = bytes.length;
    for (; left >= 0x80; left >>= 7) {
        to[length++] = (uint8_t)(left | 0x80);
    }
    to[length++] = (uint8_t)left;
    if (bytes.length > 0) {
        memcpy(to + length, bytes.data, bytes.length);
    }
    return length + bytes.length;
}

void etcd_http2_ask(struct etcd_http2 *http2, struct avo_slice key, struct avo_slice value) {
    uint8_t body[ETCD_BUFFER_BYTES];
    AVO_ASSERT(value.length <= ETCD_VALUE_MAX_BYTES);
    size_t length = field_write(body, 0x0a, key);
    if (value.data != NULL) {
        length += field_write(body + length, 0x12, value);
    }
    http2->stream += 2;
    http2->message_length = 0;
    http2->answered = false;
    put_headers(http2, value.data != NULL);
    put_frame_head(http2, GRPC_HEAD_BYTES + length, DATA, END_STREAM, http2->stream);
    put(http2, "", 1); /* not compressed */
    put_number(http2, (uint32_t)length);
    put(http2, body, length);
}

static void on_frame(struct etcd_http2 *http2, uint8_t type, uint8_t flags, struct avo_slice payload) {
    if (type == SETTINGS && (flags & ACK) == 0) {
        put_frame_head(http2, 0, SETTINGS, ACK, 0);
    } else if (type == PING && (flags & ACK) == 0) {
        put_frame_head(http2, payload.length, PING, ACK, 0);
        put(http2, payload.data, payload.length);
    } else if (type == DATA) {
        http2->consumed += (uint32_t)payload.length;
        size_t room = sizeof http2->message_bytes - http2->message_length;
        size_t taken = payload.length < room ? payload.length : room;
        memcpy(http2->message_bytes + http2->message_length, payload.data, taken);
        http2->message_length += taken;
    } else if (type == GOAWAY || type == RST_STREAM) {
        http2->broken = true;
    }
    if ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
        http2->answered = true;
    }
    if (http2->consumed >= WINDOW_STEP_BYTES) {
        put_window(http2, http2->consumed);
        http2->consumed = 0;
    }
}

void etcd_http2_read(struct etcd_http2 *http2, size_t received) {
    size_t at = 0;
    http2->in_length += received;
    while (http2->in_length - at >= FRAME_HEAD_BYTES) {
        const uint8_t *head = http2->in_bytes + at;
        size_t length = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        if (length > sizeof http2->in_bytes - FRAME_HEAD_BYTES) {
            http2->broken = true;
            return;
        }
        if (http2->in_length - at < FRAME_HEAD_BYTES + length) {
            break;
        }
        on_frame(http2, head[3], head[4], avo_slice(head + FRAME_HEAD_BYTES, length));
        at += FRAME_HEAD_BYTES + length;
    }
    memmove(http2->in_bytes, http2->in_bytes + at, http2->in_length - at);
    http2->in_length -= at;
}

struct avo_slice etcd_http2_message(const struct etcd_http2 *http2) {
    bool whole = http2->message_length >= GRPC_HEAD_BYTES;
    return whole ? avo_slice(http2->message_bytes + GRPC_HEAD_BYTES, http2->message_length - GRPC_HEAD_BYTES) : AVO_SLICE_EMPTY;
}
