/* The enclave process as its host sees it: started by way of the simulated CPU, rung by doorbells, watched to its end. */
#ifndef AVO_HOST_ENCLAVE_H
#define AVO_HOST_ENCLAVE_H

#include "boundary/launch.h"
#include "host/region.h"
#include "service/outside.h"

struct avo_enclave {
    int connection; /* to the simulated CPU: readable when the enclave ended */
    int launch_fd;  /* held open: its end tells the enclave that the host is gone */
    int control_fd; /* doorbells, this side's ends, non-blocking */
    int worker_fd[AVO_WORKER_MAX_COUNT];
    uint32_t process_id;
    uint8_t measurement[AVO_TEE_MEASURE_BYTES];
};

struct avo_enclave_config {
    const char *file;
    const char *simcpu_socket;
    const struct avo_host_region *region;
    const struct avo_launch *launch;
    uint32_t spin_turns;
    int log_fd;  /* its standard error: a log relay's */
    int signals; /* of avo_service_signals: told to end, it waits for a simulated CPU no more */
};

/* Starts it, once there is a simulated CPU. Otherwise AVO_EIO, AVO_EDENIED, or AVO_EBUSY when told to stop, with `why` in one line.
 */
AVO_MUST_USE enum avo_error avo_enclave_start(struct avo_enclave *enclave, const struct avo_enclave_config *config,
                                              char why[AVO_TEE_WHY_BYTES]);

#define AVO_ENCLAVE_ENDING_BYTES 160
/* How it ended, for a person, from its wait status. */
void avo_enclave_ending(int wait_status, char text[AVO_ENCLAVE_ENDING_BYTES]);

/* Makes a doorbell. The enclave's end blocks, since it sleeps there; the host's does not, since it sleeps in poll. False with
 * errno; both ends are closed by the caller, -1 when there are none. */
AVO_MUST_USE bool avo_doorbell_host_open(int *host, int *enclave);
/* Whether it will end so again, however often it is started: it was refused, or cannot have what its launch asks for. */
bool avo_enclave_is_refused(int wait_status);

/* Rings a doorbell; one that is full is rung already. */
void avo_doorbell_host_ring(int fd);
/* Takes all rings. False when the enclave's end is closed. */
AVO_MUST_USE bool avo_doorbell_host_drain(int fd);

#endif
