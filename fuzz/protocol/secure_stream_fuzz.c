/* A responder fed a stranger's bytes; and one fed sealed frames of an authentic peer's choice, in pieces of the input's choice.
 * Keys come from the input too: under a fixed one libFuzzer would learn tags from the comparisons it watches. */
#include "base/assert.h"
#include "protocol/channel/stream.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(64) uint8_t memory[1 << 20];
static struct avo_secure_stream client, server;
static uint8_t wire[2 + AVO_STREAM_FRAME_MAX_BYTES + AVO_TAG_BYTES], answer[1024];
static struct avo_prng prng;

static const struct avo_aead *engine(void) {
    static const struct avo_aead *aead;
    if (aead == NULL) {
        struct avo_arena arena = avo_arena(memory, sizeof memory);
        aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    }
    return aead;
}

/* Hands `in` over, `piece` bytes at a time; the bytes of complete messages. False once the stream broke. */
static bool feed(struct avo_secure_stream *stream, struct avo_slice in, size_t piece, struct avo_buffer *out) {
    while (in.length > 0) {
        struct avo_slice part = avo_slice_part(in, 0, piece < in.length ? piece : in.length), message;
        in = avo_slice_part(in, part.length, in.length - part.length);
        while (part.length > 0) {
            if (avo_secure_stream_read(stream, &prng.random, &part, out, &message) != AVO_OK) {
                AVO_ASSERT(stream->broken);
                return false;
            }
            AVO_ASSERT(message.length <= AVO_STREAM_MESSAGE_MAX_BYTES);
            AVO_ASSERT(stream->message_length <= sizeof stream->message && stream->frame_length <= sizeof stream->frame);
        }
    }
    return true;
}

static void handshake(void) {
    struct avo_buffer from_client = {wire, 0, sizeof wire}, from_server = {answer, 0, sizeof answer};
    AVO_ASSERT(avo_secure_stream_start(&client, &prng.random, &from_client) == AVO_OK);
    AVO_ASSERT(feed(&server, avo_buffer_slice(&from_client), 1000, &from_server));
    from_client.length = 0;
    AVO_ASSERT(feed(&client, avo_buffer_slice(&from_server), 1000, &from_client));
    AVO_ASSERT(client.ready && server.ready && client.proven && !server.proven);
    AVO_ASSERT(feed(&server, avo_buffer_slice(&from_client), 1000, &from_server) && server.proven);
}

static size_t seal_frame(struct avo_slice plain) {
    uint8_t nonce[AVO_NONCE_BYTES];
    struct avo_writer writer = avo_writer(wire, sizeof wire);
    avo_write_u16(&writer, (uint16_t)(plain.length + AVO_TAG_BYTES));
    avo_write_slice(&writer, plain);
    avo_aead_nonce(nonce, client.send_nonce++);
    avo_aead_seal(engine(), &client.send_key, nonce, AVO_SLICE_EMPTY, wire + 2, plain.length, wire + writer.length);
    return writer.length + AVO_TAG_BYTES;
}

static void authentic_frames(struct avo_reader *input, size_t piece) {
    struct avo_buffer out = {answer, 0, sizeof answer};
    bool alive = true;
    while (alive && input->left > 0 && !input->failed) {
        size_t length = avo_read_u16(input);
        length = length < input->left ? length : input->left;
        length = length < AVO_STREAM_FRAME_MAX_BYTES ? length : AVO_STREAM_FRAME_MAX_BYTES;
        alive = feed(&server, avo_slice(wire, seal_frame(avo_read_slice(input, length))), piece, &out);
        AVO_ASSERT(out.length == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct avo_reader input = avo_reader(avo_slice(data, size));
    bool authentic = (avo_read_u8(&input) & 1) != 0;
    size_t piece = 1 + (size_t)avo_read_u8(&input);
    struct avo_key_pair ours, theirs;
    prng = avo_prng(avo_read_u64(&input));
    avo_key_pair_make(&ours, &prng.random);
    avo_key_pair_make(&theirs, &prng.random);
    avo_secure_stream_respond(&server, engine(), &ours, AVO_SLICE_EMPTY);
    avo_secure_stream_initiate(&client, engine(), &theirs, ours.public, AVO_SLICE_EMPTY);
    if (authentic) {
        handshake();
        authentic_frames(&input, piece);
    } else {
        struct avo_buffer out = {answer, 0, sizeof answer};
        feed(&server, avo_read_slice(&input, input.left), piece, &out);
        AVO_ASSERT(!server.ready);
    }
    return 0;
}
