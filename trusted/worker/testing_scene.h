/* For tests only: a worker of slot 0 in a cluster of some members, with its region and both ends of its rings. */
#ifndef AVO_WORKER_TESTING_SCENE_H
#define AVO_WORKER_TESTING_SCENE_H

#include "base/random.h"
#include "base/testing.h"
#include "protocol/view/view.h"
#include "trusted/worker/worker_state.h"

#define SCENE_MEMBERS_MAX 3
#define SCENE_RING_SLOTS 512
#define SCENE_TURN_US 2000
#define SCENE_TIME_US 1700000000000000ULL

extern const struct avo_region_layout scene_layout;

struct worker_scene {
    struct avo_prng prng;
    uint8_t *region;
    uint8_t *memory;
    uint8_t sign_secret[64];                     /* of the CAS */
    struct avo_key_pair keys[SCENE_MEMBERS_MAX]; /* of the members; the worker's own is the first */
    uint8_t member_count;
    struct avo_identity identity;
    struct avo_mailbox to_worker, to_steward;
    struct avo_region_worker host; /* the host's ends */
    struct avo_worker *worker;
    uint64_t host_us; /* the host's clock */
};

/* With a view of epoch 1 that lists `member_count` voting members. */
void worker_scene_open(struct worker_scene *scene, uint8_t member_count);
void worker_scene_close(struct worker_scene *scene);
/* What the view of `epoch` says of the members that were there from the beginning. */
struct avo_view worker_scene_view(const struct worker_scene *scene, uint32_t epoch);
struct avo_member worker_scene_member(const struct worker_scene *scene, uint8_t slot, uint32_t incarnation);
/* A worker from the scene's identity in the place of the one before; NULL when avo_worker_create refuses. */
struct avo_worker *worker_scene_worker(struct worker_scene *scene);
/* One turn, `later_us` after the one before. */
void worker_scene_poll(struct worker_scene *scene, uint64_t later_us);
/* What the worker sent so far is taken away unseen; how much. */
uint32_t worker_scene_drain(struct worker_scene *scene);

/* cmocka's: a scene of SCENE_MEMBERS_MAX members, on the heap. */
int worker_scene_setup(void **state);
int worker_scene_teardown(void **state);
/* The steward hands it a view, and it has its turn. */
void worker_scene_hand(struct worker_scene *scene, const struct avo_view *view);
/* The epoch of the one letter to the steward; 0: there is none. */
uint32_t worker_scene_told(struct worker_scene *scene);
/* A packet comes from the port 9, and it has its turn. */
void worker_scene_push(struct worker_scene *scene, const uint8_t *packet, size_t packet_bytes);

#endif
