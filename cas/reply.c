/* Effects: how handlers answer. */
#include "base/assert.h"
#include "base/secret.h"
#include "cas/state.h"

void avo_cas_effects_begin(struct avo_cas *cas) {
    avo_secret_wipe(cas->effect_bytes.data, cas->effect_bytes.length); /* PERSIST left secrets there */
    cas->effect_bytes.length = 0;
    cas->effect_count = 0;
}

void avo_cas_effect(struct avo_cas *cas, enum avo_cas_effect_kind kind, uint32_t connection, struct avo_slice bytes) {
    AVO_ASSERT(cas->effect_count < cas->effect_capacity);
    cas->effects[cas->effect_count++] = (struct avo_cas_effect){kind, connection, bytes, AVO_LOG_INFO, NULL};
}

void avo_cas_effect_copy(struct avo_cas *cas, enum avo_cas_effect_kind kind, uint32_t connection, struct avo_slice bytes) {
    struct avo_buffer *memory = &cas->effect_bytes;
    uint8_t *copy = memory->data + memory->length;
    avo_copy(copy, memory->capacity - memory->length, bytes);
    memory->length += bytes.length;
    avo_cas_effect(cas, kind, connection, avo_slice(copy, bytes.length));
}

void avo_cas_send(struct avo_cas *cas, uint32_t connection, struct avo_slice message) {
    size_t before = cas->effect_bytes.length;
    enum avo_error error = avo_secure_stream_write(&cas->connections[connection].stream, message, &cas->effect_bytes);
    AVO_ASSERT(error == AVO_OK);
    avo_cas_effect(cas, AVO_CAS_SEND, connection, avo_slice(cas->effect_bytes.data + before, cas->effect_bytes.length - before));
}

void avo_cas_send_empty(struct avo_cas *cas, uint32_t connection, enum avo_control_type type) {
    uint8_t bytes[1];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_control_empty_write(&writer, type);
    avo_cas_send(cas, connection, avo_writer_slice(&writer));
}

void avo_cas_send_hello(struct avo_cas *cas, uint32_t connection) {
    struct avo_cas_connection *peer = &cas->connections[connection];
    struct avo_hello hello = {.wire_version = peer->stream.wire_version};
    avo_random_fill(cas->config.random, peer->nonce, sizeof peer->nonce);
    peer->nonce_live = true;
    avo_copy(hello.nonce, sizeof hello.nonce, AVO_SLICE_OF(peer->nonce));
    avo_copy(hello.cas_sign_public, sizeof hello.cas_sign_public, AVO_SLICE_OF(cas->sign_public));
    uint8_t bytes[128];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_hello_write(&writer, &hello);
    avo_cas_send(cas, connection, avo_writer_slice(&writer));
}

void avo_cas_send_joined(struct avo_cas *cas, uint32_t connection) {
    struct avo_joined joined = {.signed_view = avo_slice(cas->signed_view.bytes, cas->signed_view.length)};
    avo_copy(joined.cluster_secret, sizeof joined.cluster_secret, AVO_SLICE_OF(cas->cluster_secret));
    uint8_t bytes[1 + AVO_CLUSTER_SECRET_BYTES + AVO_VIEW_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_joined_write(&writer, &joined);
    avo_cas_send(cas, connection, avo_writer_slice(&writer));
    avo_secret_wipe(bytes, sizeof bytes);
    avo_secret_wipe(&joined, sizeof joined);
}

void avo_cas_send_view(struct avo_cas *cas, uint32_t connection) {
    uint8_t bytes[1 + AVO_VIEW_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_control_bytes_write(&writer, AVO_CONTROL_VIEW, avo_slice(cas->signed_view.bytes, cas->signed_view.length));
    avo_cas_send(cas, connection, avo_writer_slice(&writer));
}

void avo_cas_refuse(struct avo_cas *cas, uint32_t connection, enum avo_error error, const struct avo_text *text) {
    uint8_t bytes[AVO_TEXT_MAX_BYTES + 16];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_control_refused_write(&writer, error, text);
    avo_cas_send(cas, connection, avo_writer_slice(&writer));
}

void avo_cas_refuse_string(struct avo_cas *cas, uint32_t connection, enum avo_error error, const char *string) {
    struct avo_text text;
    avo_text_clear(&text);
    avo_text_add_string(&text, string);
    avo_cas_refuse(cas, connection, error, &text);
}

void avo_cas_log(struct avo_cas *cas, const struct avo_text *text) {
    avo_cas_effect_copy(cas, AVO_CAS_LOG, AVO_CAS_NOBODY, avo_slice(text->bytes, text->length));
}

void avo_cas_warn(struct avo_cas *cas, const struct avo_text *text) {
    avo_cas_log(cas, text);
    cas->effects[cas->effect_count - 1].level = AVO_LOG_WARN;
}

void avo_cas_warn_seldom(struct avo_cas *cas, const struct avo_text *text, const char *kind) {
    avo_cas_warn(cas, text);
    cas->effects[cas->effect_count - 1].log_kind = kind;
}

void avo_cas_log_string(struct avo_cas *cas, const char *text) {
    avo_cas_effect(cas, AVO_CAS_LOG, AVO_CAS_NOBODY, avo_slice_string(text));
}
