/* A CAS, enclaves and users in one test process: every event and effect passes through here, on a clock of the test. Evidence is
 * made and judged by the test: u8 TEE, measurement 48, report data 64; a policy's text is "policy", its numbers the world's. */
#ifndef AVO_TESTS_CONTROL_TESTING_H
#define AVO_TESTS_CONTROL_TESTING_H

#include "cas/cas.h"
#include "client/dialog/dialog.h"
#include "trusted/steward/steward_state.h"

#define WORLD_CONNECTIONS 12
#define WORLD_PIPE_BYTES (96 * 1024)
#define WORLD_NOW_S 1800000000ULL
#define EVIDENCE_BYTES (1 + AVO_MEASUREMENT_BYTES + AVO_BINDING_BYTES)

struct pipe {
    uint8_t memory[WORLD_PIPE_BYTES];
    struct avo_buffer bytes;
};

static inline void pipe_reset(struct pipe *pipe) {
    pipe->bytes = (struct avo_buffer){pipe->memory, 0, sizeof pipe->memory};
}

static inline void pipe_append(struct pipe *pipe, struct avo_slice bytes) {
    avo_copy(pipe->memory + pipe->bytes.length, sizeof pipe->memory - pipe->bytes.length, bytes);
    pipe->bytes.length += bytes.length;
}

static inline void text_set(struct avo_text *text, struct avo_slice bytes) {
    avo_text_clear(text);
    avo_text_add(text, bytes);
}

struct world {
    struct avo_prng random;
    uint8_t *memory;
    struct avo_arena arena;
    struct avo_aead *aead;
    struct avo_verifier verifier;
    struct avo_cas_policy policy; /* what "policy" says */
    struct avo_cas_policy_reader policy_reader;
    struct avo_cas *cas;
    uint64_t now_us;
    uint64_t now_s; /* WORLD_NOW_S at first */
    struct pipe from_cas[WORLD_CONNECTIONS];
    bool closed[WORLD_CONNECTIONS]; /* by the CAS */
    struct avo_text why;            /* of the last CLOSE */
    struct avo_text log;            /* the last line */
    bool persist_fails;
    uint32_t persisted;
    uint8_t state[AVO_CAS_STATE_MAX_BYTES];
    size_t state_length;
    void *tee; /* what makes evidence; evidence_make's when the test does not set them */
    void (*tee_attest)(void *tee, uint8_t measurement, const uint8_t report_data[AVO_BINDING_BYTES], struct avo_buffer *evidence);
    uint8_t cas_measurement; /* first byte of what the CAS's TEE says */
    uint8_t relayed_report_data[AVO_BINDING_BYTES];
    bool relay; /* the CAS's TEE attests relayed_report_data instead */
};

/* Evidence of a program whose measurement begins with this byte. The policy accepts: */
#define MEASUREMENT_NODE 0x11
#define MEASUREMENT_CAS 0xca
void evidence_make(uint8_t to[EVIDENCE_BYTES], uint8_t measurement, const uint8_t report_data[AVO_BINDING_BYTES]);

/* Memory of zeros; keys want a cache line's alignment. */
void *world_zeroed(size_t bytes);
/* Prints the seed. Three slots, two workers. The owner's key is `owner`. */
void world_open(struct world *world, uint64_t seed, const struct avo_key_pair *owner);
void world_close(struct world *world);
/* A CAS restored from the persisted state takes the place of the first. */
enum avo_error world_restart(struct world *world, struct avo_text *reason);
void world_key(struct world *world, struct avo_key_pair *pair);
struct avo_cas_config world_config(struct world *world);

/* One event into the CAS, its effects carried out; evidence and persistence are answered at once. */
void world_step(struct world *world, struct avo_cas_event event);
void world_connect(struct world *world, uint32_t connection);
void world_disconnect(struct world *world, uint32_t connection);
void world_send(struct world *world, uint32_t connection, struct avo_slice bytes);
void world_tick(struct world *world, uint64_t pass_us);

/* An enclave on a connection: its steward, whose events and effects pass through here. */
struct node {
    struct avo_launch launch;
    void *memory;
    struct avo_steward *steward;
    uint32_t connection;
    uint8_t measurement;
    struct pipe out;
    bool reopens;          /* it asked for another connection */
    bool holds;            /* its workers adopt nothing */
    struct avo_text ended; /* its last words; empty while it runs */
};

struct avo_launch world_launch(struct world *world, uint8_t slot);
/* Connects and talks until evidence is wanted. */
void node_connect(struct world *world, struct node *node, uint8_t slot, uint32_t connection);
void node_connect_launched(struct world *world, struct node *node, const struct avo_launch *launch, uint32_t connection);
/* An event of the steward's; what it sends lies in node->out. */
enum avo_steward_phase node_step(struct node *node, struct avo_steward_event event);
/* Takes what the CAS sent. */
enum avo_steward_phase node_pump(struct world *world, struct node *node);
/* A member begins another connection, to this world's CAS; what it says first lies in node->out. */
void node_dial(struct world *world, struct node *node, uint32_t connection);
/* What lies between the CAS and this node is delivered, one way and back. False when nothing did. */
bool node_exchange(struct world *world, struct node *node);
/* It dials, and they talk until nothing is left to say. */
void node_return(struct world *world, struct node *node, uint32_t connection);
/* Delivers what lies between the CAS and these nodes, until nothing does. Their workers adopt what they are handed at once, unless
 * the node holds. */
void world_settle(struct world *world, struct node *nodes, uint32_t count);
/* A worker of the node has pulled every key for the view of `epoch`; all workers. */
void node_synced(struct node *node, uint32_t epoch);
/* Gives evidence for its own report data and talks on. */
enum avo_steward_phase node_prove(struct world *world, struct node *node);
enum avo_steward_phase node_prove_with(struct world *world, struct node *node, struct avo_slice evidence);
enum avo_steward_phase node_prove_by(struct world *world, struct node *node, enum avo_evidence_kind kind,
                                     struct avo_slice evidence);
/* Asks to join with this evidence, whatever state it is in; the JOIN lies in node->out. */
void node_ask(struct node *node, enum avo_evidence_kind kind, struct avo_slice evidence);
void node_free(struct node *node);

/* A user on a connection. */
struct user {
    struct avo_dialog *dialog;
    struct avo_key_pair key;
    uint32_t connection;
    struct pipe out;
};

/* Connects under `key` and is greeted. */
void user_connect(struct world *world, struct user *user, const struct avo_key_pair *key, uint32_t connection);
/* Sends what an avo_dialog_ask_* wrote to user->out.bytes and returns the reply (empty when the CAS closed). */
struct avo_slice user_call(struct world *world, struct user *user);
enum avo_error user_attest(struct world *world, struct user *user, struct avo_text *reason);
enum avo_error user_upload(struct world *world, struct user *user, const char *policy, struct avo_text *reason);
enum avo_error user_status(struct world *world, struct user *user, struct avo_genesis_status *status, struct avo_text *reason);
enum avo_error user_approve(struct world *world, struct user *user, const uint8_t hash[AVO_HASH_BYTES], struct avo_view *view,
                            struct avo_text *reason);
enum avo_error user_view(struct world *world, struct user *user, struct avo_view *view, struct avo_text *reason);
enum avo_error user_ticket(struct world *world, struct user *user, uint8_t rights, struct avo_ticket *ticket,
                           struct avo_text *reason);
void user_free(struct user *user);

#endif
