/* A worker of three members, one turn at a time, for tests: the far ends of a peer's channel and of a client's session are the
 * test's. */
#ifndef AVO_WORKER_TURN_TESTING_H
#define AVO_WORKER_TURN_TESTING_H

#include "base/testing_stack.h"
#include "boundary/shared.h"
#include "trusted/worker/budget.h"
#include "trusted/worker/worker_state.h"

#define MEMBERS 3

struct scene {
    struct avo_prng prng;
    uint8_t *region, *memory;
    struct avo_key_pair keys[MEMBERS];
    struct avo_identity identity; /* of slot 0 */
    struct avo_region_worker host;
    struct avo_worker *worker;
    uint64_t host_us;
    struct avo_channel peer, client; /* the far ends: of slot 1, and of a client's session */
    struct avo_session *session;
    struct avo_message heard; /* the last one that came back */
    uint32_t packets, longest_bytes;
    uint64_t heard_types; /* a bit each of what came */
};

int turn_setup(void **state);
int turn_teardown(void **state);
/* A turn, when the host's clock went on by so much. */
void turn_poll_after(struct scene *scene, uint64_t us);
/* Takes everything that came out; the last message that one of the far ends can open is kept. */
void turn_drain(struct scene *scene);
void turn_deliver(struct scene *scene, const uint8_t *packet, size_t bytes);
/* A packet with these bytes as its batch, by the client or by slot 1; a turn; and what came of it. */
void turn_say_bytes(struct scene *scene, bool as_client, struct avo_slice batch);
void turn_say(struct scene *scene, bool as_client, const struct avo_message *message);

#endif
