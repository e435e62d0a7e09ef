/* Fetching the value of a damaged copy from another holder of its version, or of a newer one [DESIGN 8, B4].
 * What the phases share whose round this is: a get whose newest version has no intact value in hand, and a repair. */
#ifndef AVO_REPLICA_FETCH_H
#define AVO_REPLICA_FETCH_H

#include "trusted/replica/task.h"

enum avo_fetch_result {
    AVO_FETCH_WAITING,
    AVO_FETCH_FOUND, /* the task's version is in hand: a value in its blob, or a newer tombstone */
    AVO_FETCH_LOST,  /* every member answered and none has it intact */
};

/* Asks all other members for the task's version or a newer one. AVO_FETCH_LOST when there are none. */
enum avo_fetch_result avo_fetch_begin(struct avo_replica *replica, struct avo_task *task);
/* The phase's `ask`. */
void avo_fetch_ask(const struct avo_replica *replica, const struct avo_task *task, struct avo_message *message);
enum avo_fetch_result avo_fetch_on_answer(struct avo_replica *replica, struct avo_task *task, uint8_t slot,
                                          const struct avo_answer *answer);

#endif
