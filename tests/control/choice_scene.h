/* Enclaves of a formed cluster and one or two instances of its CAS, for tests of how views follow one another [V4, V6, V7]: the
 * stewards and the CAS cores are production code, and the test says what is delivered. Whatever view is signed anywhere is noted:
 * two of one epoch fail the test. */
#ifndef AVO_TESTS_CONTROL_CHOICE_SCENE_H
#define AVO_TESTS_CONTROL_CHOICE_SCENE_H

#include "cas/state.h"
#include "tests/control/testing.h"

#define CHOICE_NODES_MAX 5
#define CHOICE_STARTS_MAX 24
#define CHOICE_EPOCHS_MAX 64
#define CHOICE_OWNER 11
#define CHOICE_NOWHERE UINT32_MAX

struct choice_scene {
    struct world worlds[2];
    struct avo_key_pair owner_key;
    uint8_t node_count;
    uint32_t start_count;
    struct node nodes[CHOICE_STARTS_MAX]; /* of each start of an enclave; the first are of genesis, by slot */
    uint32_t at[CHOICE_STARTS_MAX];       /* the world that it is connected to; CHOICE_NOWHERE */
    bool signed_seen[CHOICE_EPOCHS_MAX];
    uint8_t signed_hash[CHOICE_EPOCHS_MAX][AVO_HASH_BYTES];
};

/* Forms a cluster of so many in world 0; its CAS and all members are in view 1. */
struct choice_scene *choice_make(uint8_t node_count);
void choice_free(struct choice_scene *scene);
/* World 1 begins with the state that world 0 has stored; or world `index` begins again with this one. */
void choice_copy(struct choice_scene *scene);
void choice_restart(struct choice_scene *scene, uint32_t index, struct avo_slice state);
/* Another start of an enclave in `slot` asks the CAS of this world. Its number. */
uint32_t choice_start(struct choice_scene *scene, uint32_t index, uint8_t slot);
/* The start's connection is another one, to this world; nothing is delivered yet but the handshake. */
void choice_dial(struct choice_scene *scene, uint32_t index, uint32_t start);
/* Its connection ends, as when its process dies. */
void choice_leave(struct choice_scene *scene, uint32_t start);
/* One exchange with it; false when nothing passed. */
bool choice_pass(struct choice_scene *scene, uint32_t start);
/* All exchanges of this world until nothing passes. */
void choice_settle(struct choice_scene *scene, uint32_t index);
/* Time passes for this world's CAS. */
void choice_tick(struct choice_scene *scene, uint32_t index, uint64_t us);
/* Notes what is signed now, and fails when it is a second one of its epoch. */
void choice_note(struct choice_scene *scene);
/* The view that a start is in. */
const struct avo_view *choice_view(const struct choice_scene *scene, uint32_t start);

#endif
