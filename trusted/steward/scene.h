/* A steward and a CAS that is a script, for tests: what the steward sends is heard, what the CAS says is delivered. */
#ifndef AVO_STEWARD_SCENE_H
#define AVO_STEWARD_SCENE_H

#include "base/testing.h"
#include "protocol/control/hello.h"
#include "trusted/steward/steward_state.h"

#define SCENE_EVIDENCE "a quote"
#define SCENE_WORKERS 2

struct scene {
    _Alignas(AVO_CACHE_LINE_BYTES) uint8_t memory[2 << 20];
    _Alignas(AVO_CACHE_LINE_BYTES) struct avo_secure_stream cas;
    struct avo_prng random;
    struct avo_arena arena;
    struct avo_aead *aead;
    struct avo_key_pair cas_key;
    uint8_t sign_public[32];
    uint8_t sign_secret[64];
    struct avo_hello hello;
    struct avo_launch launch;
    struct avo_steward *steward;
    struct avo_steward_effects effects; /* of the last step */
    char trace[2048];                   /* the effects since it was last taken, one a line */
    uint8_t out_memory[4 * AVO_STEWARD_SEND_MAX_BYTES];
    struct avo_buffer out; /* enclave -> CAS */
    uint8_t reply_memory[32 << 10];
    struct avo_buffer reply; /* CAS -> enclave */
    struct avo_slice heard;  /* the last message that the CAS heard */
};

struct scene *scene_make(void);
void scene_free(struct scene *scene);

/* One event; its effects are in the trace and in `effects`. */
enum avo_steward_phase scene_step(struct scene *scene, struct avo_steward_event event);
/* The trace since the last call: "SEND", "REOPEN", "HAND 0 2" (worker, epoch), "SAY text", "END 12 text" ... */
const char *scene_trace(struct scene *scene);
/* A connection is opened, and the CAS begins a stream of its own. */
void scene_open(struct scene *scene);
/* The CAS takes what the enclave sent. */
enum avo_error scene_hear(struct scene *scene);
/* The CAS says a message; the enclave takes what the CAS said. */
void scene_say(struct scene *scene, struct avo_slice message);
enum avo_steward_phase scene_deliver(struct scene *scene);
void scene_say_hello(struct scene *scene);
void scene_say_wait(struct scene *scene);
void scene_say_joined(struct scene *scene, const struct avo_view *view);
void scene_say_joined_signed(struct scene *scene, const struct avo_signed_view *signed_view);
void scene_say_view(struct scene *scene, const struct avo_view *view);

/* A view of epoch 1 that lists this enclave alone. */
struct avo_view scene_view(const struct scene *scene);
/* From a new connection on: until evidence is wanted, it was given, the CAS waits, the enclave is a member. */
void scene_greet(struct scene *scene);
void scene_prove(struct scene *scene);
void scene_wait(struct scene *scene);
void scene_join(struct scene *scene);

#endif
