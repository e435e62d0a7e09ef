/* For tests: replicas that answer clients over a pipe that loses, repeats and reorders. They speak the real protocol (handshakes,
 * channels, batches, transfers) and share one map; replication itself is not what is tested here. */
#ifndef AVO_CLIENT_FAKE_CLUSTER_H
#define AVO_CLIENT_FAKE_CLUSTER_H

#include "base/random.h"
#include "client/core/core.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/transfer.h"
#include "protocol/wire/greeting.h"
#include "protocol/wire/welcome.h"

#define AVO_FAKE_NODES 3
#define AVO_FAKE_SESSIONS 8
#define AVO_FAKE_KEYS 64
#define AVO_FAKE_DATAGRAMS 4096

/* How a node behaves. */
enum avo_fake_mood {
    AVO_FAKE_WELL,
    AVO_FAKE_DEAD,      /* nothing listens: the sender hears so */
    AVO_FAKE_MUTE,      /* takes everything, runs it, says nothing */
    AVO_FAKE_NO_QUORUM, /* answers AVO_EQUORUM, 1 of 2 */
    AVO_FAKE_BUSY,      /* answers AVO_EBUSY */
    AVO_FAKE_DENYING,   /* admits no ticket */
    AVO_FAKE_EXPIRING,  /* admits no ticket but the cluster's `ticket` */
    AVO_FAKE_NEWER,     /* speaks the wire version after the next: refuses whatever it gets */
    AVO_FAKE_THINKING,  /* answers no request yet, though it ran it */
    AVO_FAKE_REFUSING,  /* refuses whatever comes in sessions, and says that they live */
};

struct avo_fake_session {
    bool used;
    bool ticket_good; /* it was shown `ticket` */
    uint32_t client_number;
    uint8_t hello[AVO_PACKET_MAX_BYTES]; /* repeated: the same WELCOME */
    size_t hello_bytes;
    uint8_t welcome[AVO_PACKET_MAX_BYTES];
    size_t welcome_bytes;
    struct avo_channel channel;
    uint64_t admitted_below;
    bool done[AVO_SESSION_WINDOW];
    struct avo_reply replies[AVO_SESSION_WINDOW];
};

struct avo_fake_node {
    enum avo_fake_mood mood;
    struct avo_key_pair key;
    struct avo_fake_session sessions[AVO_FAKE_SESSIONS];
    struct avo_fake_session forgotten[AVO_FAKE_SESSIONS]; /* the last ones */
    struct avo_transfers *transfers;
    struct avo_blobs outgoing;
    struct avo_blobs incoming;
    uint64_t ran;   /* operations, each id of a session counted once */
    uint64_t wrote; /* those of them that write */
};

struct avo_fake_entry {
    uint8_t key[AVO_KEY_MAX_BYTES];
    size_t key_bytes;
    uint8_t *value;
    size_t value_bytes;
    bool present;
};

struct avo_fake_datagram {
    bool up; /* to a node */
    uint8_t slot;
    uint8_t worker;
    uint64_t due_us;
    size_t length;
    uint8_t bytes[AVO_PACKET_MAX_BYTES];
};

struct avo_fake_cluster {
    struct avo_prng prng;
    struct avo_aead *aead;
    struct avo_view view;
    uint8_t secret[AVO_CLUSTER_SECRET_BYTES];
    uint8_t sign_public[AVO_PUBLIC_KEY_BYTES]; /* the CAS's */
    uint8_t sign_secret[64];
    struct avo_slice ticket; /* that has not ended, for AVO_FAKE_EXPIRING */
    struct avo_fake_node nodes[AVO_FAKE_NODES];
    struct avo_fake_entry entries[AVO_FAKE_KEYS];
    uint64_t now_us;
    /* The pipe. */
    uint64_t loss_percent;
    uint64_t repeat_percent;
    uint64_t delay_min_us;
    uint64_t delay_max_us; /* beyond the least */
    struct avo_fake_datagram *datagrams;
    uint32_t datagram_count;
    uint64_t up_count; /* datagrams that left the client */
};

/* A cluster of three nodes with `worker_count` workers in memory of its own. */
struct avo_fake_cluster *avo_fake_cluster_make(uint64_t seed, uint16_t worker_count);
void avo_fake_cluster_free(struct avo_fake_cluster *cluster);

/* Moves time and datagrams until `core` has a completion, or `until_us` is reached: true and the completion. */
bool avo_fake_cluster_run(struct avo_fake_cluster *cluster, struct avo_client_core *core, uint64_t until_us,
                          struct avo_client_completion *completion);

/* A node says what it likes in its oldest session, if it has one: an authentic packet around at most AVO_FAKE_BATCH_MAX_BYTES. */
#define AVO_FAKE_BATCH_MAX_BYTES 1024
void avo_fake_node_say(struct avo_fake_cluster *cluster, uint8_t slot, struct avo_slice batch);

/* A node answers a HELLO: makes `session`, a free one of its, and the WELCOME in it; the session stays free when the former one
 * lives. */
void avo_fake_welcome(struct avo_fake_cluster *cluster, uint8_t slot, const struct avo_packet_header *hello,
                      struct avo_slice datagram, struct avo_fake_session *session);

/* A node answers a HELLO whose ticket it does not admit. `packet` has a capacity of AVO_PACKET_MAX_BYTES. */
void avo_fake_denial(struct avo_fake_cluster *cluster, uint8_t slot, const struct avo_packet_header *hello,
                     struct avo_slice datagram, struct avo_buffer *packet);

/* A node forgets every session, as one does that evicted them, but for what it tells who opens another in their place. */
void avo_fake_node_forget(struct avo_fake_cluster *cluster, uint8_t slot);

#endif
