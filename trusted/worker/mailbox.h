/* Letters between the steward and one worker of an enclave: one side posts, the other takes, each on a thread of its own. Bounded,
 * in enclave memory, without a lock or a system call. A steward has two a worker, one each way. */
#ifndef AVO_WORKER_MAILBOX_H
#define AVO_WORKER_MAILBOX_H

#include "base/compiler.h"
#include "protocol/view/view.h"
#include <stdbool.h>

enum avo_letter_kind {
    AVO_LETTER_VIEW = 1, /* to a worker: adopt `signed_view`, which the steward has checked [V1]. To the steward: a peer sent it */
    AVO_LETTER_ADOPTED = 2, /* to the steward: the worker is in the view of `epoch` */
    AVO_LETTER_SYNCED = 3,  /* to the steward: the worker has pulled every key for the view of `epoch` [V5, V6] */
};

struct avo_letter {
    enum avo_letter_kind kind;
    uint32_t epoch;                     /* ADOPTED, SYNCED */
    struct avo_signed_view signed_view; /* VIEW */
};

#define AVO_MAILBOX_LETTERS 4 /* a power of two */

/* All zero: empty. Each side writes its own count only, on a cache line of its own. */
struct avo_mailbox {
    _Alignas(AVO_CACHE_LINE_BYTES) uint64_t posted_count;
    _Alignas(AVO_CACHE_LINE_BYTES) uint64_t taken_count;
    struct avo_letter letters[AVO_MAILBOX_LETTERS];
};

/* The poster's side. Copies the letter in; false, and nothing posted, when the box is full. */
AVO_MUST_USE bool avo_mailbox_post(struct avo_mailbox *box, const struct avo_letter *letter);
/* The taker's side. The oldest letter, in place until avo_mailbox_release; NULL when there is none. */
const struct avo_letter *avo_mailbox_next(const struct avo_mailbox *box);
/* The taker's side, after avo_mailbox_next: gives the letter's place back. */
void avo_mailbox_release(struct avo_mailbox *box);

#endif
