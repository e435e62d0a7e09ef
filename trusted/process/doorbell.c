#include "trusted/process/doorbell.h"
#include "boundary/doorbell.h"
#include "trusted/process/exit.h"
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

void avo_doorbell_wait(int fd) {
    uint8_t rings[AVO_DOORBELL_RINGS_MAX];
    ssize_t got = read(fd, rings, sizeof rings);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
        _exit(AVO_ENDING_HOST_GONE);
    }
}

/* Where it cannot be set, the host's rings are all there is. */
void avo_doorbell_tick(int fd, uint32_t every_us) {
    struct timeval every = {.tv_sec = every_us / 1000000, .tv_usec = every_us % 1000000};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &every, sizeof every);
}

/* A host that is gone shows when the doorbell is next waited on. */
void avo_doorbell_ring(int fd) {
    uint8_t ring = AVO_DOORBELL_RING;
    ssize_t rang;
    do {
        rang = write(fd, &ring, sizeof ring);
    } while (rang < 0 && errno == EINTR); /* a ring that is lost is only made up for at the host's next tick */
}
