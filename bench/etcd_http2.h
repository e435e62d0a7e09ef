/* As much of HTTP/2 and gRPC as it takes to ask etcd one thing at a time over a connection: requests are written with literal
 * headers, of answers only the frames' heads and the message are read. Sans-IO. */
#ifndef ETCD_HTTP2_H
#define ETCD_HTTP2_H

#include "base/bytes.h"
#include <stdbool.h>

#define ETCD_VALUE_MAX_BYTES 16384 /* within a first flow-control window */
#define ETCD_BUFFER_BYTES (2 * ETCD_VALUE_MAX_BYTES + 4096)

struct etcd_http2 {
    uint32_t stream;   /* of the request under way */
    uint32_t consumed; /* bytes of answers since the last window update */
    uint8_t out_bytes[ETCD_BUFFER_BYTES];
    struct avo_buffer out; /* to be sent */
    uint8_t in_bytes[ETCD_BUFFER_BYTES];
    size_t in_length;
    uint8_t message_bytes[ETCD_BUFFER_BYTES]; /* of the answer, with gRPC's five bytes before it */
    size_t message_length;
    bool answered;
    bool broken; /* the server ended the connection, or says what this does not understand */
};

/* Writes the preface to `out`. */
void etcd_http2_open(struct etcd_http2 *http2);
/* Writes one request to `out`. A put when value.data is not NULL, else a linearizable read. */
void etcd_http2_ask(struct etcd_http2 *http2, struct avo_slice key, struct avo_slice value);
/* Takes what was received: at most sizeof in_bytes - in_length bytes, already there. Sets `answered` or `broken`. */
void etcd_http2_read(struct etcd_http2 *http2, size_t received);
/* The answer without gRPC's head; empty when the server refused. */
struct avo_slice etcd_http2_message(const struct etcd_http2 *http2);

#endif
