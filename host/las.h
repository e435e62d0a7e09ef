/* Carries the enclave's messages to the LAS of this machine, and the answers back, over the LAS's local socket. Knows nothing of
 * what is inside. One question at a time: a new one takes the place of the last. */
#ifndef AVO_HOST_LAS_H
#define AVO_HOST_LAS_H

#include "base/bytes.h"

#define AVO_HOST_LAS_MESSAGE_MAX_BYTES 512
#define AVO_HOST_LAS_RETRY_US 100000

struct avo_host_las {
    const char *path; /* the LAS's socket; NULL: this node has none */
    int fd;           /* -1: not connected */
    bool asked;       /* `question` has no answer yet: it is asked again on a new connection */
    bool sent;
    bool complained; /* the log has one line a series of failures */
    uint64_t retry_at_us;
    size_t question_length;
    uint8_t question[AVO_HOST_LAS_MESSAGE_MAX_BYTES];
};

void avo_host_las_init(struct avo_host_las *las, const char *path);

/* Takes a question of the enclave. */
void avo_host_las_ask(struct avo_host_las *las, struct avo_slice question);
/* Does all it can without waiting. Bytes of an answer in `answer`, 0: none came. */
size_t avo_host_las_pump(struct avo_host_las *las, uint64_t now_us, uint8_t answer[AVO_HOST_LAS_MESSAGE_MAX_BYTES]);
/* What to poll for reading (-1: nothing); *wait_ms, unless a shorter wait stands there (-1: for ever), is lowered to the next try.
 */
int avo_host_las_poll(const struct avo_host_las *las, uint64_t now_us, int *wait_ms);

#endif
