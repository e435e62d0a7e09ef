/* A fake node's half of the handshake: the real protocol, written a second time. */
#include "base/assert.h"
#include "client/core/fake_cluster.h"
#include <string.h>

static struct avo_fake_session *named(struct avo_fake_session *sessions, struct avo_session_name name) {
    struct avo_fake_session *session = &sessions[(name.node_number - 1) % AVO_FAKE_SESSIONS];
    bool same = name.node_number - 1 < AVO_FAKE_SESSIONS && session->used && session->client_number == name.client_number;
    return same ? session : NULL;
}

static struct avo_greeting hello_open(struct avo_fake_cluster *cluster, uint8_t slot, const struct avo_packet_header *hello,
                                      struct avo_slice datagram, struct avo_noise *noise, uint8_t payload[AVO_PACKET_MAX_BYTES]) {
    uint8_t prologue[200];
    struct avo_buffer opened = {.data = payload, .capacity = AVO_PACKET_MAX_BYTES};
    struct avo_greeting said;
    struct avo_slice body = avo_slice_part(datagram, AVO_PACKET_HEADER_BYTES, datagram.length - AVO_PACKET_HEADER_BYTES);
    struct avo_writer mixed = avo_writer(prologue, sizeof prologue);
    avo_write_slice(&mixed, avo_slice_string("avocado session v1"));
    avo_write_bytes(&mixed, cluster->view.cluster_id, AVO_CLUSTER_ID_BYTES);
    avo_write_bytes(&mixed, body.data, AVO_HASH_BYTES);
    avo_write_u8(&mixed, slot);
    avo_write_u8(&mixed, hello->worker);
    avo_write_u8(&mixed, hello->wire_version);
    avo_noise_respond(noise, cluster->aead, &cluster->nodes[slot].key, avo_writer_slice(&mixed));
    struct avo_slice first = avo_slice_part(body, AVO_HASH_BYTES, body.length - AVO_HASH_BYTES);
    AVO_ASSERT(avo_noise_first_read(noise, first, &opened) == AVO_OK);
    AVO_ASSERT(avo_greeting_read(avo_buffer_slice(&opened), &said) == AVO_OK);
    return said;
}

static void answer_seal(struct avo_fake_cluster *cluster, uint8_t slot, const struct avo_packet_header *hello,
                        enum avo_packet_kind kind, struct avo_noise *noise, struct avo_slice payload, struct avo_buffer *packet,
                        struct avo_noise_keys *keys) {
    struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION,
                                       .kind = kind,
                                       .source = slot,
                                       .destination = AVO_SLOT_CLIENT,
                                       .worker = hello->worker,
                                       .session = hello->session,
                                       .epoch = 1};
    avo_packet_header_write(packet->data, &header);
    struct avo_writer outer = avo_writer(packet->data + AVO_PACKET_HEADER_BYTES, packet->capacity - AVO_PACKET_HEADER_BYTES);
    AVO_ASSERT(avo_noise_second_write(noise, &cluster->prng.random, payload, &outer, keys) == AVO_OK);
    packet->length = AVO_PACKET_HEADER_BYTES + outer.length;
}

void avo_fake_denial(struct avo_fake_cluster *cluster, uint8_t slot, const struct avo_packet_header *hello,
                     struct avo_slice datagram, struct avo_buffer *packet) {
    const uint8_t reason[] = {cluster->nodes[slot].mood == AVO_FAKE_EXPIRING ? AVO_EEXPIRED : AVO_EDENIED};
    uint8_t payload[AVO_PACKET_MAX_BYTES];
    struct avo_noise noise;
    struct avo_noise_keys keys;
    (void)hello_open(cluster, slot, hello, datagram, &noise, payload);
    answer_seal(cluster, slot, hello, AVO_PACKET_DENIAL, &noise, AVO_SLICE_OF(reason), packet, &keys);
}

void avo_fake_welcome(struct avo_fake_cluster *cluster, uint8_t slot, const struct avo_packet_header *hello,
                      struct avo_slice datagram, struct avo_fake_session *session) {
    uint8_t payload[AVO_PACKET_MAX_BYTES];
    struct avo_noise noise;
    struct avo_noise_keys keys;
    struct avo_greeting said = hello_open(cluster, slot, hello, datagram, &noise, payload);
    struct avo_fake_session *former = named(cluster->nodes[slot].sessions, said.former);
    bool lives = former != NULL;
    bool good = avo_slice_equal(said.signed_ticket, cluster->ticket);
    const struct avo_fake_session *forgotten = named(cluster->nodes[slot].forgotten, said.former);
    memset(session, 0, sizeof *session);
    session->used = !lives;
    session->ticket_good = good;
    if (lives) {
        former->ticket_good = former->ticket_good || good;
    }
    session->admitted_below = 1;
    session->client_number = said.number;
    avo_copy(session->hello, sizeof session->hello, datagram);
    session->hello_bytes = datagram.length;
    struct avo_welcome answer = {.wire_version = AVO_WIRE_VERSION,
                                 .number = lives ? 0 : (uint32_t)(session - cluster->nodes[slot].sessions) + 1,
                                 .worker_count = cluster->view.worker_count,
                                 .mtu_bytes = cluster->view.mtu_bytes,
                                 .value_max_bytes = cluster->view.value_max_bytes,
                                 .epoch = 1,
                                 .admitted_below = lives || forgotten == NULL ? 0 : forgotten->admitted_below};
    memcpy(answer.key_secret, cluster->secret, sizeof answer.key_secret);
    struct avo_writer inner = avo_writer(payload, sizeof payload);
    avo_welcome_write(&inner, &answer);
    struct avo_buffer welcome = {.data = session->welcome, .capacity = sizeof session->welcome};
    answer_seal(cluster, slot, hello, AVO_PACKET_WELCOME, &noise, avo_writer_slice(&inner), &welcome, &keys);
    session->welcome_bytes = welcome.length;
    avo_channel_open_keys(&session->channel, cluster->aead, NULL, keys.send, keys.receive);
}
