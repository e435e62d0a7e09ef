/* Rounds: a message to some slots, sent again until they answer, under a name that no stale answer can match. */
#ifndef AVO_REPLICA_ROUND_H
#define AVO_REPLICA_ROUND_H

#include "trusted/replica/replica_state.h"

/* Begins a round of `phase` under a fresh name and sends it to `targets`. Until they answer, our own slot alone is heard. */
void avo_round_begin(struct avo_replica *replica, struct avo_task *task, enum avo_task_phase phase, uint16_t targets);
/* Time passed without enough answers: a get's first round asks the rest, any other sends again, ever more rarely. */
void avo_round_resend(struct avo_replica *replica, struct avo_task *task);
/* Forgets the round: answers to it no longer match. The next tick restarts the task in the new view [V3]. */
void avo_round_cancel(struct avo_replica *replica, struct avo_task *task);
/* The task whose round of `phase` this is and asked `slot`; NULL when the round is over or was never ours. */
struct avo_task *avo_round_find(const struct avo_replica *replica, uint64_t round, enum avo_task_phase phase, uint8_t slot);
/* The version the round's query names: what an answer's "same" refers to. */
struct avo_version avo_round_known(const struct avo_task *task);
/* When the task wants attention. */
uint64_t avo_round_due_us(const struct avo_task *task);

/* Of the peers, as few as make a quorum with ourselves: rotating, those that let us wait last. */
uint16_t avo_round_choose(struct avo_replica *replica);

#endif
