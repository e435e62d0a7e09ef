#include "protocol/channel/stream.h"
#include "base/assert.h"
#include "base/secret.h"
#include "base/wire.h"
#include <string.h>

#define PREAMBLE "avocado"
#define PREAMBLE_BYTES (sizeof PREAMBLE - 1 + 1)
#define FRAME_HEADER_BYTES 2
#define MESSAGE_HEADER_BYTES 4
#define OFFER_BYTES 1 /* the payload of the first handshake message: the highest version that the initiator speaks */
#define FIRST_BYTES (AVO_NOISE_FIRST_OVERHEAD_BYTES + OFFER_BYTES)
#define CHUNK_MAX_BYTES (AVO_STREAM_FRAME_MAX_BYTES - AVO_TAG_BYTES)

/* Clears all but the two large buffers, which their lengths guard. */
static void reset(struct avo_secure_stream *stream, bool initiator) {
    stream->initiator = initiator;
    stream->ready = false;
    stream->proven = false;
    stream->broken = false;
    stream->preamble_done = initiator;
    stream->send_nonce = 0;
    stream->receive_nonce = 0;
    stream->remote_version = 0;
    stream->wire_version = 0;
    stream->frame_length = 0;
    stream->message_length = 0;
}

void avo_secure_stream_initiate(struct avo_secure_stream *stream, const struct avo_aead *aead,
                                const struct avo_key_pair *own_static, const uint8_t remote_static[AVO_PUBLIC_KEY_BYTES],
                                struct avo_slice prologue) {
    reset(stream, true);
    avo_noise_initiate(&stream->noise, aead, own_static, remote_static, prologue);
}

void avo_secure_stream_respond(struct avo_secure_stream *stream, const struct avo_aead *aead, const struct avo_key_pair *own_static,
                               struct avo_slice prologue) {
    reset(stream, false);
    avo_noise_respond(&stream->noise, aead, own_static, prologue);
}

static enum avo_error broken(struct avo_secure_stream *stream, enum avo_error error) {
    stream->broken = true;
    return error;
}

/* A writer over what is free in `out`. */
static struct avo_writer free_of(struct avo_buffer *out) {
    return avo_writer(out->data + out->length, out->capacity - out->length);
}

static void preamble_write(struct avo_writer *writer) {
    avo_write_slice(writer, avo_slice_string(PREAMBLE));
    avo_write_u8(writer, avo_wire_highest());
}

enum avo_error avo_secure_stream_start(struct avo_secure_stream *stream, struct avo_random *random, struct avo_buffer *out) {
    AVO_ASSERT(stream->initiator && !stream->ready);
    struct avo_writer writer = free_of(out);
    preamble_write(&writer);
    avo_write_u16(&writer, FIRST_BYTES);
    const uint8_t offer[OFFER_BYTES] = {avo_wire_highest()};
    enum avo_error error = avo_noise_first_write(&stream->noise, random, AVO_SLICE_OF(offer), &writer);
    if (error != AVO_OK) {
        return broken(stream, error);
    }
    out->length += writer.length;
    return AVO_OK;
}

/* Moves bytes from `in` until the frame buffer holds `wanted`; true when it does. */
static bool fill(struct avo_secure_stream *stream, struct avo_slice *in, size_t wanted) {
    AVO_ASSERT(wanted <= sizeof stream->frame && stream->frame_length <= wanted);
    size_t missing = wanted - stream->frame_length;
    size_t part = missing < in->length ? missing : in->length;
    avo_copy(stream->frame + stream->frame_length, missing, avo_slice_part(*in, 0, part));
    *in = avo_slice_part(*in, part, in->length - part);
    stream->frame_length += part;
    return stream->frame_length == wanted;
}

/* An initiator's, or a responder's answer to one that it does not understand. */
static enum avo_error check_preamble(struct avo_secure_stream *stream, struct avo_buffer *out) {
    stream->frame_length = 0;
    stream->preamble_done = true;
    if (memcmp(stream->frame, PREAMBLE, PREAMBLE_BYTES - 1) != 0) {
        return AVO_EFORMAT;
    }
    stream->remote_version = stream->frame[PREAMBLE_BYTES - 1];
    stream->wire_version = avo_wire_common(stream->remote_version);
    if (stream->wire_version != 0) {
        return stream->initiator ? AVO_EFORMAT : AVO_OK;
    }
    struct avo_writer writer = free_of(out);
    if (!stream->initiator) {
        preamble_write(&writer);
        out->length += writer.failed ? 0 : writer.length;
    }
    return AVO_EVERSION;
}

static void become_ready(struct avo_secure_stream *stream, struct avo_noise_keys *keys) {
    memcpy(stream->handshake_hash, stream->noise.hash, AVO_HASH_BYTES);
    memcpy(stream->remote_static, stream->noise.remote_static, AVO_PUBLIC_KEY_BYTES);
    avo_aead_key_set(stream->noise.aead, &stream->send_key, keys->send);
    avo_aead_key_set(stream->noise.aead, &stream->receive_key, keys->receive);
    const struct avo_aead *aead = stream->noise.aead;
    avo_noise_wipe(&stream->noise);
    stream->noise.aead = aead;
    stream->ready = true;
}

static enum avo_error answer_first(struct avo_secure_stream *stream, struct avo_random *random, struct avo_slice first,
                                   struct avo_buffer *out, struct avo_noise_keys *keys) {
    uint8_t offered = 0;
    struct avo_buffer payload = {&offered, 0, OFFER_BYTES};
    enum avo_error error = avo_noise_first_read(&stream->noise, first, &payload);
    if (error != AVO_OK) {
        return error;
    }
    if (offered !=
        stream->remote_version) { /* the preamble was changed on the way: both would speak an older version than they can */
        return AVO_EAUTH;
    }
    struct avo_writer writer = free_of(out);
    avo_write_u16(&writer, AVO_NOISE_SECOND_OVERHEAD_BYTES);
    error = avo_noise_second_write(&stream->noise, random, AVO_SLICE_EMPTY, &writer, keys);
    out->length += error == AVO_OK ? writer.length : 0;
    return error;
}

/* Both messages have one length each: the second one's payload is empty. */
static enum avo_error handshake(struct avo_secure_stream *stream, struct avo_random *random, struct avo_slice frame,
                                struct avo_buffer *out) {
    struct avo_noise_keys keys = {{0}, {0}};
    struct avo_buffer nothing = {NULL, 0, 0};
    enum avo_error error = AVO_EFORMAT;
    if (stream->initiator && frame.length == AVO_NOISE_SECOND_OVERHEAD_BYTES) {
        error = avo_noise_second_read(&stream->noise, frame, &nothing, &keys);
    } else if (!stream->initiator && frame.length == FIRST_BYTES) {
        error = answer_first(stream, random, frame, out, &keys);
    }
    if (error == AVO_OK) {
        become_ready(stream, &keys);
    }
    avo_secret_wipe(&keys, sizeof keys);
    if (error == AVO_OK && stream->initiator) {
        stream->proven = true; /* its answer is to this handshake's own ephemeral key */
        error = avo_secure_stream_write(stream, AVO_SLICE_EMPTY, out);
    }
    return error;
}

/* The length a message says it has, once enough of it is there; 0 before. */
static size_t message_wanted(const struct avo_secure_stream *stream) {
    if (stream->message_length < MESSAGE_HEADER_BYTES) {
        return 0;
    }
    struct avo_reader reader = avo_reader(avo_slice(stream->message, MESSAGE_HEADER_BYTES));
    return MESSAGE_HEADER_BYTES + (size_t)avo_read_u32(&reader);
}

/* Opens a transport frame in place and appends it to the message; *message is set when that is whole. */
static enum avo_error transport(struct avo_secure_stream *stream, size_t frame_bytes, struct avo_slice *message) {
    uint8_t nonce[AVO_NONCE_BYTES], *data = stream->frame + FRAME_HEADER_BYTES;
    if (frame_bytes <= AVO_TAG_BYTES) {
        return AVO_EFORMAT;
    }
    if (stream->receive_nonce >= AVO_PACKETS_PER_KEY_MAX) {
        return AVO_ELIMIT;
    }
    size_t length = frame_bytes - AVO_TAG_BYTES;
    avo_aead_nonce(nonce, stream->receive_nonce++);
    enum avo_error error =
        avo_aead_open(stream->noise.aead, &stream->receive_key, nonce, AVO_SLICE_EMPTY, data, length, data + length);
    if (error != AVO_OK) {
        return error;
    }
    stream->proven = true;
    if (length > sizeof stream->message - stream->message_length) {
        return AVO_EFORMAT;
    }
    memcpy(stream->message + stream->message_length, data, length);
    stream->message_length += length;
    size_t wanted = message_wanted(stream);
    if (wanted > sizeof stream->message || (wanted > 0 && stream->message_length > wanted)) {
        return AVO_EFORMAT;
    }
    if (stream->message_length == wanted) {
        *message = avo_slice(stream->message + MESSAGE_HEADER_BYTES, wanted - MESSAGE_HEADER_BYTES);
    }
    return AVO_OK;
}

/* Forgets a message that the caller has had since the last call. */
static void release_message(struct avo_secure_stream *stream) {
    if (stream->message_length > 0 && stream->message_length == message_wanted(stream)) {
        stream->message_length = 0;
    }
}

/* Takes one frame, or as much of it as there is. *done: the caller has something to look at. */
static enum avo_error read_frame(struct avo_secure_stream *stream, struct avo_random *random, struct avo_slice *in,
                                 struct avo_buffer *out, struct avo_slice *message, bool *done) {
    if (stream->frame_length < FRAME_HEADER_BYTES && !fill(stream, in, FRAME_HEADER_BYTES)) {
        return AVO_OK;
    }
    _Static_assert(('v' << 8 | 'a') > AVO_STREAM_FRAME_MAX_BYTES, "no frame begins like a preamble");
    if (stream->initiator && !stream->ready && memcmp(stream->frame, PREAMBLE, FRAME_HEADER_BYTES) == 0) {
        stream->preamble_done = false;
        return AVO_OK;
    }
    struct avo_reader reader = avo_reader(avo_slice(stream->frame, FRAME_HEADER_BYTES));
    size_t frame_bytes = avo_read_u16(&reader);
    if (frame_bytes == 0 || frame_bytes > AVO_STREAM_FRAME_MAX_BYTES) {
        return AVO_EFORMAT;
    }
    if (!fill(stream, in, FRAME_HEADER_BYTES + frame_bytes)) {
        return AVO_OK;
    }
    stream->frame_length = 0;
    if (stream->ready) {
        enum avo_error error = transport(stream, frame_bytes, message);
        *done = error == AVO_OK && stream->message_length == message_wanted(stream);
        return error;
    }
    *done = true;
    return handshake(stream, random, avo_slice(stream->frame + FRAME_HEADER_BYTES, frame_bytes), out);
}

enum avo_error avo_secure_stream_read(struct avo_secure_stream *stream, struct avo_random *random, struct avo_slice *in,
                                      struct avo_buffer *out, struct avo_slice *message) {
    *message = AVO_SLICE_EMPTY;
    if (stream->broken) {
        return AVO_EFORMAT;
    }
    release_message(stream);
    enum avo_error error = AVO_OK;
    bool done = false;
    while (error == AVO_OK && !done && in->length > 0) {
        if (stream->preamble_done) {
            error = read_frame(stream, random, in, out, message, &done);
        } else if (fill(stream, in, PREAMBLE_BYTES)) {
            error = check_preamble(stream, out);
        }
    }
    return error == AVO_OK ? AVO_OK : broken(stream, error);
}

/* Seals `length` bytes at writer's end, which the caller has put behind a frame header, and appends the tag. */
static void seal_chunk(struct avo_secure_stream *stream, struct avo_writer *writer, size_t length) {
    uint8_t nonce[AVO_NONCE_BYTES], tag[AVO_TAG_BYTES];
    avo_aead_nonce(nonce, stream->send_nonce++);
    avo_aead_seal(stream->noise.aead, &stream->send_key, nonce, AVO_SLICE_EMPTY, writer->data + writer->length - length, length,
                  tag);
    avo_write_bytes(writer, tag, sizeof tag);
}

static void write_frames(struct avo_secure_stream *stream, struct avo_slice message, struct avo_writer *writer) {
    size_t header_bytes = MESSAGE_HEADER_BYTES;
    do {
        size_t room = CHUNK_MAX_BYTES - header_bytes;
        size_t part = message.length < room ? message.length : room;
        avo_write_u16(writer, (uint16_t)(header_bytes + part + AVO_TAG_BYTES));
        if (header_bytes > 0) {
            avo_write_u32(writer, (uint32_t)message.length);
        }
        avo_write_slice(writer, avo_slice_part(message, 0, part));
        seal_chunk(stream, writer, header_bytes + part);
        message = avo_slice_part(message, part, message.length - part);
        header_bytes = 0;
    } while (message.length > 0);
    AVO_ASSERT(!writer->failed);
}

enum avo_error avo_secure_stream_write(struct avo_secure_stream *stream, struct avo_slice message, struct avo_buffer *out) {
    if (stream->broken || !stream->ready) {
        return AVO_ESTALE;
    }
    if (message.length > AVO_STREAM_MESSAGE_MAX_BYTES) {
        return AVO_ETOOBIG;
    }
    size_t plain_bytes = MESSAGE_HEADER_BYTES + message.length;
    size_t frame_count = (plain_bytes + CHUNK_MAX_BYTES - 1) / CHUNK_MAX_BYTES;
    if (stream->send_nonce + frame_count > AVO_PACKETS_PER_KEY_MAX) {
        return AVO_ELIMIT;
    }
    if (plain_bytes + frame_count * (FRAME_HEADER_BYTES + AVO_TAG_BYTES) > out->capacity - out->length) {
        return AVO_ESPACE;
    }
    struct avo_writer writer = free_of(out);
    write_frames(stream, message, &writer);
    out->length += writer.length;
    return AVO_OK;
}

void avo_secure_stream_wipe(struct avo_secure_stream *stream) {
    avo_secret_wipe(stream, sizeof *stream);
    stream->broken = true;
}
