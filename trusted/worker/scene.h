/* A worker and its steward's mailboxes, for tests that change its view. */
#ifndef AVO_WORKER_SCENE_H
#define AVO_WORKER_SCENE_H

#include "base/testing.h"
#include "trusted/worker/worker_state.h"

#define MEMBERS 3

struct scene {
    struct avo_prng prng;
    uint8_t *region;
    uint8_t *memory;
    uint8_t sign_secret[64];
    struct avo_key_pair keys[MEMBERS]; /* of the members that were there from the beginning */
    struct avo_identity identity;      /* of slot 0 */
    struct avo_mailbox to_worker, to_steward;
    struct avo_region_worker host;
    struct avo_worker *worker;
    uint64_t host_us;
};

/* cmocka's: in view 1, which it shows. */
int scene_setup(void **state);
int scene_teardown(void **state);
/* A view of the members that were there from the beginning. */
struct avo_view scene_view(struct scene *scene, uint32_t epoch);
/* The worker, made over; NULL as avo_worker_create. */
struct avo_worker *scene_worker_make(struct scene *scene);
/* A turn, 2 ms after the last. */
void scene_poll(struct scene *scene);
/* The steward hands it a view, and it has its turn. */
void scene_hand(struct scene *scene, const struct avo_view *view);
/* The epoch of the one letter to the steward; 0: there is none. */
uint32_t scene_told(struct scene *scene);
/* A packet comes from the port 9, and it has its turn. */
void scene_push(struct scene *scene, const uint8_t *packet, size_t packet_bytes);

#endif
