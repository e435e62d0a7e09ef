#include "client/core/fake_cluster.h"
#include "base/assert.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MEMORY_BYTES (96U << 20)
#define STEP_US 1000

static void node_make(struct avo_fake_cluster *cluster, struct avo_arena *arena, uint8_t slot) {
    struct avo_fake_node *node = &cluster->nodes[slot];
    struct avo_member *member = &cluster->view.members[slot];
    struct avo_blobs_config config = {.count = {4, 4, 4}, .bytes = {4096, 65536, AVO_MESSAGE_MAX_BYTES}};
    avo_key_pair_make(&node->key, &cluster->prng.random);
    *member = (struct avo_member){.slot = slot,
                                  .wire_highest = AVO_WIRE_VERSION,
                                  .role = AVO_ROLE_VOTING,
                                  .incarnation = 1,
                                  .tee = AVO_TEE_SGX,
                                  .simulated = true};
    memcpy(member->channel_public_key, node->key.public, sizeof member->channel_public_key);
    member->address.port = (uint16_t)(1000 + 100 * slot);
    AVO_ASSERT(avo_blobs_create(&node->outgoing, arena, &config) && avo_blobs_create(&node->incoming, arena, &config));
    struct avo_transfers_config transfers = {
        .outgoing_max_count = 4, .incoming_max_count = 8, .outgoing_blobs = &node->outgoing, .incoming_blobs = &node->incoming};
    node->transfers = avo_transfers_create(arena, &transfers);
    AVO_ASSERT(node->transfers != NULL);
}

struct avo_fake_cluster *avo_fake_cluster_make(uint64_t seed, uint16_t worker_count) {
    void *memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    AVO_ASSERT(memory != MAP_FAILED);
    struct avo_arena arena = avo_arena(memory, MEMORY_BYTES);
    struct avo_fake_cluster *cluster = avo_arena_take(&arena, 1, sizeof *cluster);
    AVO_ASSERT(cluster != NULL && (void *)cluster == memory); /* unmapped as what it lies at the start of */
    cluster->prng = avo_prng(seed);
    cluster->aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    cluster->datagrams = avo_arena_take(&arena, AVO_FAKE_DATAGRAMS, sizeof *cluster->datagrams);
    AVO_ASSERT(cluster->datagrams != NULL);
    cluster->now_us = 1000000;
    cluster->delay_max_us = 300;
    cluster->view = (struct avo_view){.epoch = 1,
                                      .slot_count = AVO_FAKE_NODES,
                                      .member_count = AVO_FAKE_NODES,
                                      .policy_version = 1,
                                      .worker_count = worker_count,
                                      .mtu_bytes = AVO_MTU_DEFAULT_BYTES,
                                      .value_max_bytes = AVO_VALUE_MAX_BYTES};
    avo_random_fill(&cluster->prng.random, cluster->view.cluster_id, sizeof cluster->view.cluster_id);
    avo_random_fill(&cluster->prng.random, cluster->secret, sizeof cluster->secret);
    static const uint8_t sign_seed[crypto_sign_SEEDBYTES] = {1};
    (void)crypto_sign_seed_keypair(cluster->sign_public, cluster->sign_secret, sign_seed);
    for (uint8_t slot = 0; slot < AVO_FAKE_NODES; slot++) {
        node_make(cluster, &arena, slot);
    }
    return cluster;
}

void avo_fake_cluster_free(struct avo_fake_cluster *cluster) {
    for (int i = 0; i < AVO_FAKE_KEYS; i++) {
        free(cluster->entries[i].value);
    }
    avo_arena_end(cluster, MEMORY_BYTES);
    (void)munmap(cluster, MEMORY_BYTES);
}

void avo_fake_node_forget(struct avo_fake_cluster *cluster, uint8_t slot) {
    struct avo_fake_node *node = &cluster->nodes[slot];
    memcpy(node->forgotten, node->sessions, sizeof node->forgotten);
    memset(node->sessions, 0, sizeof node->sessions);
}

/* The pipe */

static void pipe_push_once(struct avo_fake_cluster *cluster, bool up, uint8_t slot, uint8_t worker, struct avo_slice bytes) {
    AVO_ASSERT(cluster->datagram_count < AVO_FAKE_DATAGRAMS);
    struct avo_fake_datagram *datagram = &cluster->datagrams[cluster->datagram_count++];
    datagram->up = up;
    datagram->slot = slot;
    datagram->worker = worker;
    datagram->due_us = cluster->now_us + cluster->delay_min_us + avo_prng_below(&cluster->prng, cluster->delay_max_us + 1);
    datagram->length = bytes.length;
    avo_copy(datagram->bytes, sizeof datagram->bytes, bytes);
}

static void pipe_push(struct avo_fake_cluster *cluster, bool up, uint8_t slot, uint8_t worker, struct avo_slice bytes) {
    if (!avo_prng_chance(&cluster->prng, cluster->loss_percent, 100)) {
        pipe_push_once(cluster, up, slot, worker, bytes);
    }
    if (avo_prng_chance(&cluster->prng, cluster->repeat_percent, 100)) {
        pipe_push_once(cluster, up, slot, worker, bytes);
    }
}

/* A node */

static void down(struct avo_fake_cluster *cluster, uint8_t slot, uint8_t worker, struct avo_fake_session *session,
                 const struct avo_message *message) {
    uint8_t packet[AVO_PACKET_MAX_BYTES];
    size_t length;
    struct avo_writer batch = avo_writer(packet + AVO_PACKET_HEADER_BYTES,
                                         AVO_MTU_DEFAULT_BYTES - AVO_UDP_OVERHEAD_BYTES - AVO_PACKET_HEADER_BYTES - AVO_TAG_BYTES);
    struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION,
                                       .kind = AVO_PACKET_DOWN,
                                       .source = slot,
                                       .destination = AVO_SLOT_CLIENT,
                                       .worker = worker,
                                       .session = session->client_number,
                                       .epoch = 1};
    if (cluster->nodes[slot].mood == AVO_FAKE_MUTE) {
        return;
    }
    AVO_ASSERT(avo_frame_write(&batch, message));
    AVO_ASSERT(avo_channel_seal(&session->channel, header, packet, batch.length, &length) == AVO_OK);
    pipe_push(cluster, false, slot, worker, avo_slice(packet, length));
}

void avo_fake_node_say(struct avo_fake_cluster *cluster, uint8_t slot, struct avo_slice batch) {
    uint8_t packet[AVO_PACKET_MAX_BYTES];
    size_t length;
    for (int i = 0; i < AVO_FAKE_SESSIONS; i++) {
        struct avo_fake_session *session = &cluster->nodes[slot].sessions[i];
        struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION,
                                           .kind = AVO_PACKET_DOWN,
                                           .source = slot,
                                           .destination = AVO_SLOT_CLIENT,
                                           .session = session->client_number,
                                           .epoch = 1};
        if (session->used) {
            avo_copy(packet + AVO_PACKET_HEADER_BYTES, AVO_FAKE_BATCH_MAX_BYTES, batch);
            AVO_ASSERT(avo_channel_seal(&session->channel, header, packet, batch.length, &length) == AVO_OK);
            pipe_push(cluster, false, slot, 0, avo_slice(packet, length));
            return;
        }
    }
}

static struct avo_fake_entry *entry_of(struct avo_fake_cluster *cluster, struct avo_slice key) {
    struct avo_fake_entry *free_entry = NULL;
    for (int i = 0; i < AVO_FAKE_KEYS; i++) {
        struct avo_fake_entry *entry = &cluster->entries[i];
        if (avo_slice_equal(avo_slice(entry->key, entry->key_bytes), key)) {
            return entry;
        }
        free_entry = entry->key_bytes == 0 && free_entry == NULL ? entry : free_entry;
    }
    AVO_ASSERT(free_entry != NULL);
    avo_copy(free_entry->key, sizeof free_entry->key, key);
    free_entry->key_bytes = key.length;
    return free_entry;
}

static struct avo_reply run(struct avo_fake_cluster *cluster, struct avo_fake_node *node, const struct avo_request *request) {
    struct avo_reply reply = {.id = request->id, .answered = 2, .needed = 2, .members = 3};
    if (node->mood == AVO_FAKE_NO_QUORUM || node->mood == AVO_FAKE_BUSY) {
        reply.status = node->mood == AVO_FAKE_BUSY ? AVO_EBUSY : AVO_EQUORUM;
        reply.answered = 1;
        return reply;
    }
    struct avo_fake_entry *entry = entry_of(cluster, request->key);
    node->ran++;
    node->wrote += request->operation != AVO_OPERATION_GET;
    if (request->operation == AVO_OPERATION_PUT) {
        entry->value = realloc(entry->value, request->value.length + 1);
        avo_copy(entry->value, request->value.length, request->value);
        entry->value_bytes = request->value.length;
        entry->present = true;
    } else if (request->operation == AVO_OPERATION_DELETE) {
        entry->present = false;
    } else if (!entry->present) {
        reply.status = AVO_ENOTFOUND;
    } else {
        reply.value = avo_slice(entry->value, entry->value_bytes);
    }
    return reply;
}

static void on_request(struct avo_fake_cluster *cluster, uint8_t slot, uint8_t worker, struct avo_fake_session *session,
                       const struct avo_request *request) {
    struct avo_fake_node *node = &cluster->nodes[slot];
    size_t place = request->id % AVO_SESSION_WINDOW;
    AVO_ASSERT(request->id < request->answered_below + AVO_SESSION_WINDOW); /* the client's promise */
    AVO_ASSERT(avo_key_worker(cluster->secret, request->key, cluster->view.worker_count) == worker);
    if (session->done[place] && session->replies[place].id > request->id) {
        return; /* an old packet */
    }
    bool repeated = session->done[place] && session->replies[place].id == request->id;
    if (!repeated && request->operation == AVO_OPERATION_OUTCOME) {
        return; /* of what never came */
    }
    if (!repeated || request->operation == AVO_OPERATION_GET) { /* a get that is asked again may run again */
        session->admitted_below = request->id < session->admitted_below ? session->admitted_below : request->id + 1;
        bool ended = node->mood == AVO_FAKE_EXPIRING && !session->ticket_good;
        session->replies[place] =
            ended ? (struct avo_reply){.id = request->id, .status = AVO_EEXPIRED} : run(cluster, node, request);
        session->done[place] = true;
    }
    if (node->mood == AVO_FAKE_THINKING) {
        return;
    }
    struct avo_message message = {.type = AVO_MESSAGE_REPLY, .reply = session->replies[place]};
    session->replies[place].value = AVO_SLICE_EMPTY; /* it borrows from the map */
    if (avo_message_bytes(&message) <= 1200) {
        down(cluster, slot, worker, session, &message);
    } else if (avo_transfers_send(node->transfers, (uint32_t)(session - node->sessions), request->id, &message,
                                  avo_transfer_segment_bytes(AVO_MTU_DEFAULT_BYTES - AVO_UDP_OVERHEAD_BYTES),
                                  cluster->now_us) != AVO_OK) {
        message.reply = (struct avo_reply){.id = request->id, .status = AVO_EBUSY}; /* no memory for it, as a real node says */
        down(cluster, slot, worker, session, &message);
    }
}

static void on_message(struct avo_fake_cluster *cluster, uint8_t slot, uint8_t worker, struct avo_fake_session *session,
                       const struct avo_message *message) {
    struct avo_fake_node *node = &cluster->nodes[slot];
    uint32_t channel = (uint32_t)(session - node->sessions);
    struct avo_message whole;
    bool complete = false;
    if (message->type == AVO_MESSAGE_REQUEST) {
        on_request(cluster, slot, worker, session, &message->request);
    } else if (message->type == AVO_MESSAGE_STATS_REQUEST) {
        struct avo_message stats = {.type = AVO_MESSAGE_STATS_REPLY};
        stats.stats_reply.operations = node->ran;
        stats.stats_reply.sessions = slot;
        down(cluster, slot, worker, session, &stats);
    } else if (message->type == AVO_MESSAGE_PROBE) {
        struct avo_message probed = {.type = AVO_MESSAGE_PROBED, .probe = message->probe};
        down(cluster, slot, worker, session, &probed);
    } else if (message->type == AVO_MESSAGE_PULL) {
        avo_transfers_on_pull(node->transfers, channel, &message->pull, cluster->now_us);
    } else if (message->type == AVO_MESSAGE_SEGMENT) {
        enum avo_error error = avo_transfers_on_segment(node->transfers, channel, AVO_TRANSFER_ANYBODY, &message->segment,
                                                        cluster->now_us, &complete, &whole);
        if (error == AVO_OK && complete) {
            on_request(cluster, slot, worker, session, &whole.request);
        }
    }
}

static void refuse(struct avo_fake_cluster *cluster, uint8_t slot, const struct avo_packet_header *about, enum avo_error error) {
    uint8_t packet[AVO_PACKET_HEADER_BYTES + 1];
    bool newer = cluster->nodes[slot].mood == AVO_FAKE_NEWER;
    struct avo_packet_header header = {.wire_version = (uint8_t)(AVO_WIRE_VERSION + 2 * newer),
                                       .kind = AVO_PACKET_REFUSAL,
                                       .source = slot,
                                       .destination = AVO_SLOT_CLIENT,
                                       .worker = about->worker,
                                       .session = about->session,
                                       .epoch = 1};
    avo_packet_header_write(packet, &header);
    packet[AVO_PACKET_HEADER_BYTES] = (uint8_t)error;
    pipe_push(cluster, false, slot, about->worker, AVO_SLICE_OF(packet));
}

/* The ticket stands in the sealed part of a HELLO: this takes it by its hash. */
static bool shows_ticket(const struct avo_fake_cluster *cluster, struct avo_slice hello) {
    uint8_t hash[AVO_HASH_BYTES];
    crypto_hash_sha256(hash, cluster->ticket.data, cluster->ticket.length);
    return memcmp(hello.data + AVO_PACKET_HEADER_BYTES, hash, sizeof hash) == 0;
}

static void on_hello(struct avo_fake_cluster *cluster, uint8_t slot, const struct avo_packet_header *header,
                     struct avo_slice datagram) {
    struct avo_fake_node *node = &cluster->nodes[slot];
    struct avo_fake_session *session = NULL;
    if (node->mood == AVO_FAKE_NEWER) {
        refuse(cluster, slot, header, AVO_EVERSION);
        return;
    }
    if (node->mood == AVO_FAKE_DENYING || (node->mood == AVO_FAKE_EXPIRING && !shows_ticket(cluster, datagram))) {
        uint8_t packet[AVO_PACKET_MAX_BYTES];
        struct avo_buffer denial = {.data = packet, .capacity = sizeof packet};
        avo_fake_denial(cluster, slot, header, datagram, &denial);
        pipe_push(cluster, false, slot, header->worker, avo_buffer_slice(&denial));
        return;
    }
    for (int i = 0; i < AVO_FAKE_SESSIONS && session == NULL; i++) {
        struct avo_fake_session *at = &node->sessions[i];
        session = at->used && avo_slice_equal(avo_slice(at->hello, at->hello_bytes), datagram) ? at : NULL;
    }
    for (int i = 0; i < AVO_FAKE_SESSIONS && session == NULL; i++) {
        if (!node->sessions[i].used) {
            session = &node->sessions[i];
            avo_fake_welcome(cluster, slot, header, datagram, session);
        }
    }
    if (session != NULL && node->mood != AVO_FAKE_MUTE) {
        pipe_push(cluster, false, slot, header->worker, avo_slice(session->welcome, session->welcome_bytes));
    }
}

static void node_take(struct avo_fake_cluster *cluster, const struct avo_fake_datagram *datagram) {
    struct avo_fake_node *node = &cluster->nodes[datagram->slot];
    uint8_t packet[AVO_PACKET_MAX_BYTES];
    struct avo_packet_header header;
    struct avo_slice batch;
    struct avo_message message;
    memcpy(packet, datagram->bytes, datagram->length);
    AVO_ASSERT(avo_packet_header_read(avo_slice(packet, datagram->length), &header) == AVO_OK);
    AVO_ASSERT(header.destination == datagram->slot && header.source == AVO_SLOT_CLIENT);
    if (header.kind == AVO_PACKET_HELLO) {
        on_hello(cluster, datagram->slot, &header, avo_slice(packet, datagram->length));
        return;
    }
    AVO_ASSERT(header.kind == AVO_PACKET_UP && header.session - 1 < AVO_FAKE_SESSIONS);
    struct avo_fake_session *session = &node->sessions[header.session - 1];
    if (!session->used || node->mood == AVO_FAKE_NEWER || node->mood == AVO_FAKE_REFUSING) {
        refuse(cluster, datagram->slot, &header, AVO_ESTALE);
        return;
    }
    if (avo_channel_open(&session->channel, &header, packet, datagram->length, &batch) != AVO_OK) {
        return; /* repeated */
    }
    struct avo_reader reader = avo_reader(batch);
    while (avo_frame_read(&reader, &message) == AVO_OK) {
        on_message(cluster, datagram->slot, datagram->worker, session, &message);
    }
}

static void node_send(struct avo_fake_cluster *cluster, uint8_t slot) {
    uint32_t channel;
    struct avo_message message;
    avo_transfers_tick(cluster->nodes[slot].transfers, cluster->now_us);
    while (avo_transfers_next(cluster->nodes[slot].transfers, &channel, &message)) {
        struct avo_fake_session *session = &cluster->nodes[slot].sessions[channel];
        struct avo_packet_header header;
        if (session->used && avo_packet_header_read(avo_slice(session->welcome, session->welcome_bytes), &header) == AVO_OK) {
            down(cluster, slot, header.worker, session, &message);
        }
    }
}

/* The world */

static void client_send(struct avo_fake_cluster *cluster, struct avo_client_core *core) {
    uint8_t bytes[AVO_PACKET_MAX_BYTES];
    struct avo_buffer packet = {.data = bytes, .capacity = sizeof bytes};
    struct avo_address to;
    while (avo_client_core_next_datagram(core, &to, &packet, cluster->now_us)) {
        uint8_t slot = (uint8_t)((to.port - 1000) / 100);
        cluster->up_count++;
        if (cluster->nodes[slot].mood == AVO_FAKE_DEAD) {
            avo_client_core_on_unreachable(core, &to, cluster->now_us);
        } else {
            pipe_push(cluster, true, slot, (uint8_t)((to.port - 1000) % 100), avo_buffer_slice(&packet));
        }
    }
}

/* One datagram that is due, whichever: that reorders. True when it brought a completion. */
static bool deliver(struct avo_fake_cluster *cluster, struct avo_client_core *core, uint32_t index,
                    struct avo_client_completion *completion) {
    static struct avo_fake_datagram datagram;
    datagram = cluster->datagrams[index];
    cluster->datagrams[index] = cluster->datagrams[--cluster->datagram_count];
    if (!datagram.up) {
        avo_client_core_on_datagram(core, avo_slice(datagram.bytes, datagram.length), cluster->now_us);
        return avo_client_core_next_completion(core, completion);
    }
    if (cluster->nodes[datagram.slot].mood != AVO_FAKE_DEAD) {
        node_take(cluster, &datagram);
    }
    return false;
}

bool avo_fake_cluster_run(struct avo_fake_cluster *cluster, struct avo_client_core *core, uint64_t until_us,
                          struct avo_client_completion *completion) {
    if (avo_client_core_next_completion(core, completion)) {
        return true;
    }
    while (cluster->now_us < until_us) {
        client_send(cluster, core);
        for (uint32_t i = 0; i < cluster->datagram_count; i++) {
            if (cluster->datagrams[i].due_us <= cluster->now_us && deliver(cluster, core, i--, completion)) {
                return true;
            }
        }
        for (uint8_t slot = 0; slot < AVO_FAKE_NODES; slot++) {
            node_send(cluster, slot);
        }
        cluster->now_us += STEP_US / 4;
        avo_client_core_tick(core, cluster->now_us);
        if (avo_client_core_next_completion(core, completion)) {
            return true;
        }
    }
    return false;
}
