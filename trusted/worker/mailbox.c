#include "trusted/worker/mailbox.h"
#include "base/assert.h"

bool avo_mailbox_post(struct avo_mailbox *box, const struct avo_letter *letter) {
    uint64_t posted = box->posted_count;
    if (posted - __atomic_load_n(&box->taken_count, __ATOMIC_ACQUIRE) == AVO_MAILBOX_LETTERS) {
        return false;
    }
    box->letters[posted % AVO_MAILBOX_LETTERS] = *letter;
    __atomic_store_n(&box->posted_count, posted + 1, __ATOMIC_RELEASE);
    return true;
}

const struct avo_letter *avo_mailbox_next(const struct avo_mailbox *box) {
    bool waits = __atomic_load_n(&box->posted_count, __ATOMIC_ACQUIRE) != box->taken_count;
    return waits ? &box->letters[box->taken_count % AVO_MAILBOX_LETTERS] : NULL;
}

void avo_mailbox_release(struct avo_mailbox *box) {
    AVO_ASSERT(avo_mailbox_next(box) != NULL);
    __atomic_store_n(&box->taken_count, box->taken_count + 1, __ATOMIC_RELEASE);
}
