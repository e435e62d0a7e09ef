/* Rounds: a message to some slots, sent again until they answer, under a name that no stale answer can match. */
#ifndef AVO_REPLICA_ROUND_H
#define AVO_REPLICA_ROUND_H

#include "trusted/replica/task.h"

/* Begins a round of the task's phase under a fresh name and sends it to `targets`. Until they answer, our own slot alone is heard.
 */
void avo_round_begin(struct avo_replica *replica, struct avo_task *task, uint16_t targets);
/* Time passed without enough answers: a hedged round asks the rest, any other sends again, ever more rarely. */
void avo_round_resend(struct avo_replica *replica, struct avo_task *task);
/* A write that is large was asked for again with a question for its key's version: what `slot` answers is as good as an
 * acknowledgement, or it gets the write once more. */
void avo_round_on_outcome(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer);
/* Forgets the round: answers to it no longer match. The next tick restarts the task in the new view [V3]. */
void avo_round_cancel(struct avo_replica *replica, struct avo_task *task);
/* An answer of `slot` came, with so many bytes of value: how long its way is, where that can be told. Before it counts as heard. */
void avo_round_time(struct avo_replica *replica, const struct avo_task *task, uint8_t slot, size_t value_bytes);
/* The task whose round this is and asked `slot`; NULL when the round is over or was never ours. */
struct avo_task *avo_round_find(const struct avo_replica *replica, uint64_t round, uint8_t slot);
/* When the task expires: the phase's time or the task's own is over. */
uint64_t avo_round_expiry_us(const struct avo_task *task);
/* When the task wants attention. */
uint64_t avo_round_due_us(const struct avo_task *task);

/* Of the peers, as few as make a quorum with ourselves: rotating, those that let us wait last. */
uint16_t avo_round_choose(struct avo_replica *replica);

/* The messages of rounds: a query of the task's key ... */
void avo_round_query(const struct avo_replica *replica, const struct avo_task *task, enum avo_want want, struct avo_version known,
                     struct avo_message *message);
/* ... and a write of its version: a phase's `ask`. */
void avo_round_write(const struct avo_replica *replica, const struct avo_task *task, struct avo_message *message);

#endif
