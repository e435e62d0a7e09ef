/* Noise IK over a byte stream, for enclave, CLI and LAS to the CAS [DESIGN 7]. Sans-IO.
 *
 * Stream: a preamble by the initiator ("avocado", u8 wire version), then frames u16 length (little-endian), bytes: first and second
 * handshake message, then transport messages (AES-256-GCM, Noise nonces, at most AVO_STREAM_FRAME_MAX_BYTES).
 * The preamble names the highest version of the initiator, and so does the payload of the first handshake message, u8: a responder
 * that opens it and finds another one ends the stream, so nobody on the way can have both speak an older one. The second payload is
 * empty. The preamble is the same in all versions, the handshake in neighbouring ones. To one with which it has no version in
 * common the responder answers with its own preamble, then ends; no frame begins like it. After the handshake the initiator sends
 * an empty message at once. A first handshake message can be recorded and sent again by anybody, and the responder cannot tell:
 * only a frame under the session's keys proves that the other side holds its static key and takes part now. Until then a responder
 * grants nothing for the key that the first message names. A message of the level above may span frames: u32 total length precedes
 * it in the plaintext stream; at most AVO_STREAM_MESSAGE_MAX_BYTES. It begins and ends with a frame.
 */
#ifndef AVO_CHANNEL_STREAM_H
#define AVO_CHANNEL_STREAM_H

#include "protocol/channel/noise.h"

#define AVO_STREAM_FRAME_MAX_BYTES 16384
#define AVO_STREAM_MESSAGE_MAX_BYTES (64 * 1024)

struct avo_secure_stream {
    struct avo_noise noise;
    uint8_t handshake_hash[AVO_HASH_BYTES];      /* valid when `ready` */
    uint8_t remote_static[AVO_PUBLIC_KEY_BYTES]; /* valid when `ready`; the other side's word until `proven` */
    bool initiator;
    bool ready;  /* the handshake is done: messages flow */
    bool proven; /* the other side holds the session's keys: it is no replay of a first message */
    bool broken; /* an error ended the stream: nothing more is read or written */
    bool preamble_done;
    uint8_t
        remote_version;   /* the highest that the other side said it speaks, or 0; authentic at a responder that is `ready` alone */
    uint8_t wire_version; /* of a responder that is `ready`: what both speak; the initiator learns it from the level above */
    struct avo_aead_key send_key;
    struct avo_aead_key receive_key;
    uint64_t send_nonce;
    uint64_t receive_nonce;
    uint8_t frame[2 + AVO_STREAM_FRAME_MAX_BYTES]; /* the frame being received */
    size_t frame_length;
    uint8_t message[4 + AVO_STREAM_MESSAGE_MAX_BYTES]; /* the message being put together */
    size_t message_length;
};

/* `prologue` on both sides must be equal. */
void avo_secure_stream_initiate(struct avo_secure_stream *stream, const struct avo_aead *aead,
                                const struct avo_key_pair *own_static, const uint8_t remote_static[AVO_PUBLIC_KEY_BYTES],
                                struct avo_slice prologue);
void avo_secure_stream_respond(struct avo_secure_stream *stream, const struct avo_aead *aead, const struct avo_key_pair *own_static,
                               struct avo_slice prologue);

/* Initiator: writes preamble and first handshake frame to `out` (at least 256 bytes free). */
AVO_MUST_USE enum avo_error avo_secure_stream_start(struct avo_secure_stream *stream, struct avo_random *random,
                                                    struct avo_buffer *out);

/* Takes bytes from `*in` (advancing it) until a whole message is there, a handshake step is done, or the bytes are used up. What
 * must be sent now (a handshake frame, or the initiator's empty message: at most 256 bytes) is appended to `out`. *message is set
 * when a message is complete: borrowed until the next call; otherwise empty. AVO_OK, else the stream is broken: AVO_EFORMAT,
 * AVO_EAUTH, AVO_EVERSION (no version in common). An empty message has data other than NULL. */
AVO_MUST_USE enum avo_error avo_secure_stream_read(struct avo_secure_stream *stream, struct avo_random *random,
                                                   struct avo_slice *in, struct avo_buffer *out, struct avo_slice *message);

/* Seals a message into frames appended to `out`. AVO_ETOOBIG: beyond AVO_STREAM_MESSAGE_MAX_BYTES; AVO_ESPACE: `out` is too small
 * (nothing changed); AVO_ESTALE: not ready, or broken. */
AVO_MUST_USE enum avo_error avo_secure_stream_write(struct avo_secure_stream *stream, struct avo_slice message,
                                                    struct avo_buffer *out);

void avo_secure_stream_wipe(struct avo_secure_stream *stream);

#endif
