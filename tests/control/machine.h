/* A machine in a test's world: a simulated CPU and the LAS on it, all production code but the shell. */
#ifndef AVO_TESTS_CONTROL_MACHINE_H
#define AVO_TESTS_CONTROL_MACHINE_H

#include "las/las.h"
#include "tests/control/sim_tee.h"
#include "tests/control/testing.h"
#include "trusted/steward/vouch.h"

#define MEASUREMENT_LAS 0x1a
#define MACHINE_LOCALS 8

struct machine {
    struct sim_tee *tee; /* borrowed */
    struct avo_las *las; /* NULL: not started */
    uint8_t *memory;
    uint32_t connection;                                  /* to the CAS */
    uint8_t measurement;                                  /* what the CPU says of the program that runs as LAS */
    bool forge_key;                                       /* it proves one signing key and names another */
    struct avo_text ended;                                /* its last words; empty while it runs */
    uint32_t vouched;                                     /* vouchers handed out */
    uint8_t answers[MACHINE_LOCALS][AVO_LOCAL_MAX_BYTES]; /* the last one to each enclave; length 0: none */
    size_t answer_lengths[MACHINE_LOCALS];
};

/* Starts a LAS, with new keys as each start has, and connects it; it talks until it is registered, waits or ends. */
void machine_start(struct world *world, struct machine *machine, struct sim_tee *tee, uint32_t connection);
void machine_start_measured(struct world *world, struct machine *machine, struct sim_tee *tee, uint32_t connection,
                            uint8_t measurement);
/* It takes what the CAS sent. */
void machine_pump(struct world *world, struct machine *machine);
/* Its connection is lost, and found again. */
void machine_lose(struct world *world, struct machine *machine);
void machine_find(struct world *world, struct machine *machine);
/* Signs a report body with the LAS's own key under any label, whatever it is a report of: an oracle that no LAS is. */
void machine_sign(const struct machine *machine, const uint8_t *report, const char *label, uint8_t voucher[AVO_VOUCHER_BYTES]);
void machine_free(struct machine *machine);

/* What an enclave says to the LAS as `local`; false when there is no answer yet. */
bool machine_ask(struct world *world, struct machine *machine, uint32_t local, struct avo_slice message, struct avo_slice *answer);

/* The dialog of an enclave on `tee` with this machine's LAS: AVO_VOUCH_DONE, FAILED, or where it waits. */
enum avo_vouch_state machine_vouch(struct world *world, struct machine *machine, const struct sim_tee *tee, const struct node *node,
                                   struct avo_vouch *vouch);

#endif
