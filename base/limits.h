/* Every limit of the wire and of the store in one place. Changing one changes the wire version. */
#ifndef AVO_BASE_LIMITS_H
#define AVO_BASE_LIMITS_H

#define AVO_WIRE_VERSION 4       /* the highest that this source speaks; base/wire.h says which a program does */
#define AVO_WIRE_VERSION_FIRST 4 /* that agrees with its neighbours on a version */

/* Data. */
#define AVO_KEY_MAX_BYTES 512
#define AVO_VALUE_MAX_BYTES (1024 * 1024)

/* Cluster. */
#define AVO_SLOT_MAX_COUNT 9 /* replicas of a key: one node a slot */
#define AVO_WORKER_MAX_COUNT 64
#define AVO_SLOT_CLIENT 255 /* in a packet's header: not a node */
#define AVO_CLUSTER_ID_BYTES 16
#define AVO_CLUSTER_SECRET_BYTES 16 /* the members' own */
#define AVO_KEY_SECRET_BYTES 16     /* made of it, for clients: a SipHash-2-4 key; worker of a key = SipHash(it, key) mod W */
#define AVO_HASH_BYTES 32           /* SHA-256 */
#define AVO_MEASUREMENT_BYTES 48    /* SHA-384 fits; shorter measurements are zero-padded */

/* What replicas compare: a digest for each bucket of a worker's keys (trusted/store/digest.h), told a group of buckets at a time.
 */
#define AVO_DIGEST_BUCKET_BITS 10
#define AVO_DIGEST_BUCKET_COUNT (1U << AVO_DIGEST_BUCKET_BITS)
#define AVO_DIGEST_GROUP_COUNT 32
#define AVO_DIGEST_GROUP_BUCKETS (AVO_DIGEST_BUCKET_COUNT / AVO_DIGEST_GROUP_COUNT)

/* Packets: a UDP payload for the path's MTU. */
#define AVO_MTU_DEFAULT_BYTES 1500
#define AVO_MTU_MIN_BYTES 1280
#define AVO_MTU_MAX_BYTES 9000
#define AVO_UDP_OVERHEAD_BYTES 28 /* IPv4 20 + UDP 8 */
#define AVO_PACKET_MAX_BYTES (AVO_MTU_MAX_BYTES - AVO_UDP_OVERHEAD_BYTES)
#define AVO_PATH_FLOOR_BYTES 640 /* of UDP payload: every message without a value fits; a narrower path is not served */
#define AVO_PACKET_HEADER_BYTES 32
#define AVO_TAG_BYTES 16
#define AVO_NONCE_BYTES 12
#define AVO_AEAD_KEY_BYTES 32
#define AVO_PUBLIC_KEY_BYTES 32 /* X25519 and Ed25519 */
#define AVO_SECRET_KEY_BYTES 32
#define AVO_SIGNATURE_BYTES 64 /* Ed25519 */

/* Channels. */
#define AVO_REPLAY_WINDOW_PACKETS 4096
/* A key is replaced after so much: as QUIC does (RFC 9001, 6.6: 2^23 packets at most). It serves on while the peer is silent, but
 * never beyond the last: of 9,000-byte packets that is 2^45 blocks, at which the bound for AES-GCM is still below 2^-38. */
#define AVO_REKEY_PACKETS (1ULL << 22)
#define AVO_REKEY_BYTES (1ULL << 32)
#define AVO_PACKETS_PER_KEY_MAX (1ULL << 36)
#define AVO_COUNTER_MAX (1ULL << 63) /* of packets of a channel, over all its keys */
#define AVO_CHANNEL_AGE_US 1000000   /* a replaced key opens what was delayed for one or two of these */

/* A batch message's largest encoding: key, value and their fields. Larger than a packet: sent as a transfer. */
#define AVO_MESSAGE_MAX_BYTES (AVO_VALUE_MAX_BYTES + AVO_KEY_MAX_BYTES + 64)

/* Client sessions: requests a session may have unanswered; also what a node remembers to run each at most once. */
#define AVO_SESSION_WINDOW 1024

#endif
