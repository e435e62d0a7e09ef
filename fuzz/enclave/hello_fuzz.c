/* A real worker whose clients are the input: greetings with tickets good and bad, whole, changed, repeated, in floods; anything at
 * all; and any contents in the packets of open sessions. What is not genuine opens nothing and stands in exactly one figure. */
#include "base/assert.h"
#include "protocol/channel/prologue.h"
#include "protocol/wire/greeting.h"
#include "protocol/wire/welcome.h"
#include "trusted/worker/worker_state.h"
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define USERS 3
#define SESSIONS 16
#define RING_SLOTS 512
#define TRUE_TIME_US 1700000000000000ULL
#define STEPS_MAX 100

static const struct avo_region_layout layout = {1, {RING_SLOTS, 1600 - AVO_RING_SLOT_HEADER_BYTES}, 4096, 256 << 10};

enum ticket_kind {
    TICKET_GENUINE,
    TICKET_EXPIRED,
    TICKET_OLD_POLICY,
    TICKET_OTHER_CLUSTER,
    TICKET_OTHER_KEY,
    TICKET_FORGED,
    TICKET_OTHER_HASH,
    TICKET_GARBAGE,
    TICKET_COUNT
};

struct user {
    struct avo_key_pair key;
    struct avo_noise noise;              /* of the greeting under way */
    struct avo_session_name former;      /* that it names */
    uint8_t hello[AVO_PACKET_MAX_BYTES]; /* the last that opened a session; 0 bytes: none yet */
    size_t hello_bytes;
    uint32_t number; /* its session's at the node; 0: none yet */
    struct avo_channel channel;
};

struct fuzz {
    struct avo_reader input;
    struct avo_prng prng;
    uint8_t cas_secret[64];
    struct avo_identity identity;
    void *pages;
    size_t page_bytes;
    struct avo_region_worker host; /* the host's ends */
    struct avo_worker *worker;
    uint64_t host_us;
    struct user users[USERS];
    uint8_t packet[AVO_PACKET_MAX_BYTES]; /* the last that was sent */
    size_t packet_bytes;
    uint32_t welcome_count;
    uint32_t denial_count;
    uint8_t welcome[AVO_PACKET_MAX_BYTES]; /* the last of them that came */
    size_t welcome_bytes;
};

static void identity_make(struct fuzz *fuzz) {
    static const uint8_t seed[32] = {3};
    struct avo_identity *identity = &fuzz->identity;
    crypto_sign_seed_keypair(identity->cas_sign_public, fuzz->cas_secret, seed);
    avo_key_pair_make(&identity->channel_key, &fuzz->prng.random);
    identity->view = (struct avo_view){.epoch = 1,
                                       .slot_count = 1,
                                       .member_count = 1,
                                       .policy_version = 2,
                                       .worker_count = 1,
                                       .mtu_bytes = AVO_MTU_DEFAULT_BYTES,
                                       .value_max_bytes = 65536};
    identity->view.members[0] =
        (struct avo_member){.wire_highest = AVO_WIRE_VERSION, .role = AVO_ROLE_VOTING, .incarnation = 1, .tee = AVO_TEE_SGX};
    memcpy(identity->view.members[0].channel_public_key, identity->channel_key.public, AVO_PUBLIC_KEY_BYTES);
}

static void setup(struct fuzz *fuzz) {
    AVO_ASSERT(sodium_init() >= 0);
    fuzz->prng = avo_prng(1);
    fuzz->host_us = TRUE_TIME_US;
    identity_make(fuzz);
    size_t region_bytes = avo_region_bytes(&layout);
    fuzz->page_bytes = region_bytes + AVO_BUDGET_WORKER_MIN_BYTES;
    fuzz->pages = mmap(NULL, fuzz->page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    AVO_ASSERT(fuzz->pages != MAP_FAILED);
    uint8_t *region = (uint8_t *)fuzz->pages + AVO_BUDGET_WORKER_MIN_BYTES;
    avo_region_format(region, &layout);
    fuzz->host = avo_region_worker(region, &layout, 0);
    struct avo_arena arena = avo_arena(fuzz->pages, AVO_BUDGET_WORKER_MIN_BYTES);
    struct avo_worker_config config = {.door = avo_region_worker(region, &layout, 0),
                                       .identity = &fuzz->identity,
                                       .random = &fuzz->prng.random,
                                       .aead = AVO_AEAD_BEST};
    fuzz->worker = avo_worker_create(&arena, &config);
    AVO_ASSERT(fuzz->worker != NULL && fuzz->worker->sessions.capacity > SESSIONS);
    fuzz->worker->sessions.capacity = SESSIONS; /* so that few greetings push others out */
    for (uint32_t i = 0; i < USERS; i++) {
        avo_key_pair_make(&fuzz->users[i].key, &fuzz->prng.random);
    }
}

/* What the node sent: data packets open at the user whose session it is, welcomes are kept. */
static void drain(struct fuzz *fuzz) {
    struct avo_address to;
    struct avo_slice datagram;
    while (avo_ring_peek(&fuzz->host.outbound, 0, &to, &datagram)) {
        struct avo_packet_header header;
        AVO_ASSERT(avo_packet_header_read(datagram, &header) == AVO_OK);
        if (header.kind == AVO_PACKET_WELCOME || header.kind == AVO_PACKET_DENIAL) {
            fuzz->welcome_count += header.kind == AVO_PACKET_WELCOME;
            fuzz->denial_count += header.kind == AVO_PACKET_DENIAL;
            fuzz->welcome_bytes = datagram.length;
            avo_copy(fuzz->welcome, sizeof fuzz->welcome, datagram);
        } else if (header.kind == AVO_PACKET_DOWN && header.session < USERS) {
            uint8_t packet[AVO_PACKET_MAX_BYTES];
            struct avo_slice batch;
            avo_copy(packet, sizeof packet, datagram);
            (void)!avo_channel_open(&fuzz->users[header.session].channel, &header, packet, datagram.length, &batch);
        }
        avo_ring_release(&fuzz->host.outbound, 1);
    }
}

static void poll(struct fuzz *fuzz) {
    for (int i = 0; i < 8 && avo_worker_poll(fuzz->worker, fuzz->host_us) > 0; i++) {
        drain(fuzz);
    }
    drain(fuzz);
}

static uint64_t refused(const struct avo_worker *worker) {
    struct avo_figures stats;
    avo_worker_stats(worker, &stats);
    return stats.tampered + stats.replayed + stats.dropped + stats.bad_packets + stats.other_version;
}

static void deliver(struct fuzz *fuzz) {
    static const struct avo_address client = {.port = 9};
    uint64_t received = fuzz->worker->stats.packets_received;
    AVO_ASSERT(avo_ring_push(&fuzz->host.inbound, &client, avo_slice(fuzz->packet, fuzz->packet_bytes)));
    avo_ring_publish(&fuzz->host.inbound);
    poll(fuzz);
    AVO_ASSERT(fuzz->worker->stats.packets_received == received + 1);
}

/* Delivers a packet that is no data of an open session: it opens one, has its welcome repeated, or is refused, once. */
static bool opens(struct fuzz *fuzz) {
    poll(fuzz);
    uint64_t refused_before = refused(fuzz->worker), begun_before = fuzz->worker->sessions.begun_count;
    fuzz->welcome_count = fuzz->denial_count = 0;
    deliver(fuzz);
    uint64_t begun = fuzz->worker->sessions.begun_count - begun_before;
    AVO_ASSERT(begun <= fuzz->welcome_count);
    AVO_ASSERT(refused(fuzz->worker) - refused_before + fuzz->welcome_count == 1);
    return begun == 1;
}

static struct avo_packet_header header_of(const struct fuzz *fuzz, enum avo_packet_kind kind, uint32_t session) {
    struct avo_packet_header header = {
        .wire_version = AVO_WIRE_VERSION, .kind = kind, .source = AVO_SLOT_CLIENT, .session = session, .epoch = 1};
    memcpy(header.view_hash, fuzz->worker->view_hash, sizeof header.view_hash);
    return header;
}

static size_t ticket_make(struct fuzz *fuzz, uint32_t who, enum ticket_kind kind, uint8_t to[AVO_TICKET_MAX_BYTES]) {
    uint8_t secret[64], other[AVO_PUBLIC_KEY_BYTES];
    const struct user *owner = &fuzz->users[kind == TICKET_OTHER_KEY ? (who + 1) % USERS : who];
    struct avo_ticket ticket = {.rights = AVO_RIGHT_READ | AVO_RIGHT_WRITE,
                                .expires_s = kind == TICKET_EXPIRED ? 1 : 1ULL << 40,
                                .policy_version = kind == TICKET_OLD_POLICY ? 1 : 2,
                                .cluster_id = {kind == TICKET_OTHER_CLUSTER ? 1 : 0}};
    memcpy(ticket.public_key, owner->key.public, sizeof ticket.public_key);
    memcpy(secret, fuzz->cas_secret, sizeof secret);
    if (kind == TICKET_FORGED) {
        static const uint8_t seed[32] = {4};
        crypto_sign_seed_keypair(other, secret, seed);
    }
    if (kind == TICKET_GARBAGE) {
        struct avo_slice garbage = avo_read_slice(&fuzz->input, avo_read_u8(&fuzz->input));
        avo_copy(to, AVO_TICKET_MAX_BYTES, garbage);
        return garbage.length;
    }
    return avo_ticket_sign(&ticket, secret, to);
}

static void hello_make(struct fuzz *fuzz, uint32_t who, enum ticket_kind kind) {
    struct user *user = &fuzz->users[who];
    uint8_t ticket[AVO_TICKET_MAX_BYTES], hash[AVO_HASH_BYTES], prologue[AVO_PROLOGUE_BYTES];
    size_t ticket_bytes = ticket_make(fuzz, who, kind, ticket);
    crypto_hash_sha256(hash, ticket, ticket_bytes);
    hash[0] ^= kind == TICKET_OTHER_HASH;
    avo_session_prologue(prologue, fuzz->identity.view.cluster_id, hash, 0, 0, AVO_WIRE_VERSION);
    avo_noise_initiate(&user->noise, fuzz->worker->aead, &user->key, fuzz->identity.channel_key.public, AVO_SLICE_OF(prologue));
    struct avo_packet_header header = header_of(fuzz, AVO_PACKET_HELLO, who);
    avo_packet_header_write(fuzz->packet, &header);
    uint8_t payload[AVO_GREETING_MAX_BYTES];
    struct avo_writer inner = avo_writer(payload, sizeof payload);
    avo_greeting_write(
        &inner, &(struct avo_greeting){.number = who, .former = user->former, .signed_ticket = avo_slice(ticket, ticket_bytes)});
    struct avo_writer body = avo_writer(fuzz->packet + AVO_PACKET_HEADER_BYTES, sizeof fuzz->packet - AVO_PACKET_HEADER_BYTES);
    avo_write_bytes(&body, hash, sizeof hash);
    AVO_ASSERT(avo_noise_first_write(&user->noise, &fuzz->prng.random, avo_writer_slice(&inner), &body) == AVO_OK);
    fuzz->packet_bytes = AVO_PACKET_HEADER_BYTES + body.length;
}

/* The client's side: what came opens under this handshake, and under no other. */
static void answer_open(struct fuzz *fuzz, uint32_t who, struct avo_buffer *opened, struct avo_noise_keys *keys) {
    struct avo_packet_header header;
    struct avo_slice packet = avo_slice(fuzz->welcome, fuzz->welcome_bytes);
    AVO_ASSERT(avo_packet_header_read(packet, &header) == AVO_OK && header.session == who);
    AVO_ASSERT(avo_noise_second_read(&fuzz->users[who].noise,
                                     avo_slice_part(packet, AVO_PACKET_HEADER_BYTES, packet.length - AVO_PACKET_HEADER_BYTES),
                                     opened, keys) == AVO_OK);
}

/* The welcome names the node's session if one was opened. */
static struct avo_welcome welcomed(struct fuzz *fuzz, uint32_t who) {
    struct user *user = &fuzz->users[who];
    uint8_t payload[AVO_WELCOME_BYTES];
    struct avo_buffer opened = {payload, 0, sizeof payload};
    struct avo_noise_keys keys;
    struct avo_welcome welcome;
    answer_open(fuzz, who, &opened, &keys);
    AVO_ASSERT(avo_welcome_read(avo_buffer_slice(&opened), &welcome) == AVO_OK);
    if (welcome.number != 0) {
        user->number = welcome.number;
        AVO_ASSERT(avo_session_find(&fuzz->worker->sessions, user->number) != NULL);
        avo_channel_open_keys(&user->channel, fuzz->worker->aead, NULL, keys.send, keys.receive);
    }
    return welcome;
}

/* A client that proves its key, and has no ticket for it, gets the reason: a ticket that ended is distinguished from one that is
 * none. */
static void denied(struct fuzz *fuzz, uint32_t who, enum ticket_kind kind) {
    enum avo_error expected = kind == TICKET_EXPIRED || kind == TICKET_OLD_POLICY ? AVO_EEXPIRED : AVO_EDENIED;
    uint8_t reason = 0;
    struct avo_buffer opened = {&reason, 0, sizeof reason};
    struct avo_noise_keys keys;
    AVO_ASSERT(fuzz->denial_count == 1 && fuzz->welcome_count == 0);
    answer_open(fuzz, who, &opened, &keys);
    AVO_ASSERT(opened.length == 1 && reason == expected);
}

/* The session that the next greeting takes for dead: one of somebody's, or none. */
static const struct avo_session *former_name(struct fuzz *fuzz, uint32_t who, size_t kind) {
    uint32_t whose = (uint32_t)(kind % USERS);
    uint32_t number = kind % 8 == 0 ? 0 : fuzz->users[whose].number;
    fuzz->users[who].former = (struct avo_session_name){number, kind % 16 == 1 ? USERS : whose};
    return avo_session_find(&fuzz->worker->sessions, number);
}

static void greet(struct fuzz *fuzz, uint32_t who) {
    enum ticket_kind kind = (enum ticket_kind)(avo_read_u8(&fuzz->input) % TICKET_COUNT);
    size_t at = avo_read_u16(&fuzz->input);
    uint8_t mask = avo_read_u8(&fuzz->input);
    const struct avo_session *former = former_name(fuzz, who, at);
    struct avo_session_name name = fuzz->users[who].former;
    bool own = former != NULL && name.client_number == who && name.node_number == fuzz->users[who].number;
    hello_make(fuzz, who, kind);
    at = AVO_PACKET_HEADER_BYTES + at % (fuzz->packet_bytes - AVO_PACKET_HEADER_BYTES);
    fuzz->packet[at] ^= mask;
    bool good = kind == TICKET_GENUINE && mask == 0;
    AVO_ASSERT(opens(fuzz) == (good && !own));
    AVO_ASSERT(fuzz->denial_count == 0 || (kind != TICKET_GENUINE && mask == 0));
    if (kind != TICKET_GENUINE && kind != TICKET_GARBAGE && mask == 0) {
        denied(fuzz, who, kind);
    }
    if (good) {
        struct avo_welcome welcome = welcomed(fuzz, who);
        AVO_ASSERT((welcome.number == 0) == own);
        AVO_ASSERT(welcome.admitted_below == 0 || (!own && name.client_number == who)); /* nothing of others' */
    }
    if (good && !own) {
        fuzz->users[who].hello_bytes = fuzz->packet_bytes;
        memcpy(fuzz->users[who].hello, fuzz->packet, fuzz->packet_bytes);
    }
    AVO_ASSERT(!own || avo_session_find(&fuzz->worker->sessions, name.node_number) == former);
}

/* A genuine greeting again, some times at once: refused where its session is in use, else welcomed, and too many are dropped. */
static void greet_again(struct fuzz *fuzz, uint32_t who) {
    static const struct avo_address anybody = {.port = 10};
    const struct user *user = &fuzz->users[who];
    struct avo_sessions *sessions = &fuzz->worker->sessions;
    uint32_t count = 1 + avo_read_u8(&fuzz->input) % 20;
    if (user->hello_bytes == 0) {
        return;
    }
    poll(fuzz);
    const struct avo_session *known = avo_session_find_hello(sessions, user->hello + AVO_PACKET_HEADER_BYTES + AVO_HASH_BYTES);
    bool fresh = known == NULL, in_use = known != NULL && known->confirmed;
    uint64_t refused_before = refused(fuzz->worker), begun_before = sessions->begun_count;
    fuzz->welcome_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        AVO_ASSERT(avo_ring_push(&fuzz->host.inbound, &anybody, avo_slice(user->hello, user->hello_bytes)));
    }
    avo_ring_publish(&fuzz->host.inbound);
    poll(fuzz);
    AVO_ASSERT(sessions->begun_count - begun_before == fresh);
    AVO_ASSERT(refused(fuzz->worker) - refused_before + fuzz->welcome_count == count);
    AVO_ASSERT(in_use == (fuzz->welcome_count == 0));
}

/* One user never holds more than its quarter. */
static void flood(struct fuzz *fuzz, uint32_t who) {
    struct avo_sessions *sessions = &fuzz->worker->sessions;
    uint32_t count = avo_read_u8(&fuzz->input) % 8, held = 0;
    fuzz->users[who].former = (struct avo_session_name){0};
    for (uint32_t i = 0; i < count; i++) {
        hello_make(fuzz, who, TICKET_GENUINE);
        AVO_ASSERT(opens(fuzz));
    }
    for (uint32_t i = 0; i < sessions->capacity; i++) {
        const struct avo_session *session = &sessions->sessions[i];
        held += session->number != 0 && memcmp(session->ticket.public_key, fuzz->users[who].key.public, AVO_PUBLIC_KEY_BYTES) == 0;
    }
    AVO_ASSERT(held <= sessions->capacity / 4);
}

/* An authentic packet with any contents; refused whole where the session is gone. */
static void say(struct fuzz *fuzz, uint32_t who) {
    struct user *user = &fuzz->users[who];
    struct avo_slice contents = avo_read_slice(&fuzz->input, avo_read_u16(&fuzz->input) % 1200);
    if (user->number == 0) {
        return;
    }
    avo_copy(fuzz->packet + AVO_PACKET_HEADER_BYTES, sizeof fuzz->packet - AVO_PACKET_HEADER_BYTES, contents);
    struct avo_packet_header header = header_of(fuzz, AVO_PACKET_UP, user->number);
    AVO_ASSERT(avo_channel_seal(&user->channel, header, fuzz->packet, contents.length, &fuzz->packet_bytes) == AVO_OK);
    struct avo_session *session = avo_session_find(&fuzz->worker->sessions, user->number);
    if (session == NULL) {
        AVO_ASSERT(!opens(fuzz));
    } else {
        deliver(fuzz);
        AVO_ASSERT(session->confirmed && session->number == user->number);
    }
}

/* Anything, or the last packet again. */
static void stray(struct fuzz *fuzz, bool again) {
    if (!again) {
        struct avo_slice bytes = avo_read_slice(&fuzz->input, avo_read_u16(&fuzz->input) % layout.ring.datagram_bytes);
        avo_copy(fuzz->packet, sizeof fuzz->packet, bytes);
        fuzz->packet_bytes = bytes.length;
    }
    if (fuzz->packet_bytes > 0) {
        AVO_ASSERT(!opens(fuzz) || again); /* a session that ended since opens again, and nobody can use it */
    }
}

static void step(struct fuzz *fuzz) {
    uint8_t kind = avo_read_u8(&fuzz->input);
    uint32_t who = (kind >> 4) % USERS;
    if (kind % 16 == 14) {
        greet_again(fuzz, who);
        return;
    }
    switch (kind % 8) {
    case 0:
    case 1:
        greet(fuzz, who);
        break;
    case 2:
        flood(fuzz, who);
        break;
    case 3:
    case 4:
        say(fuzz, who);
        break;
    case 5:
    case 6:
        stray(fuzz, kind % 8 == 6);
        break;
    default:
        fuzz->host_us += (uint64_t)avo_read_u8(&fuzz->input) * 10000;
        poll(fuzz);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct fuzz fuzz;
    fuzz = (struct fuzz){.input = avo_reader(avo_slice(data, size))};
    setup(&fuzz);
    for (int i = 0; i < STEPS_MAX && fuzz.input.left > 0 && !fuzz.input.failed; i++) {
        step(&fuzz);
    }
    avo_arena_end(fuzz.pages, AVO_BUDGET_WORKER_MIN_BYTES);
    munmap(fuzz.pages, fuzz.page_bytes);
    return 0;
}
