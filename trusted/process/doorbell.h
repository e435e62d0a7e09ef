/* The enclave's end of a doorbell (boundary/doorbell.h). */
#ifndef AVO_PROCESS_DOORBELL_H
#define AVO_PROCESS_DOORBELL_H

#include <stdint.h>

/* Blocks until it was rung, however often. One system call. Ends the process (AVO_ENDING_HOST_GONE) when the host is gone. */
void avo_doorbell_wait(int fd);
/* From now on a wait ends after so long too, without a ring. One system call, before the sandbox is entered. */
void avo_doorbell_tick(int fd, uint32_t every_us);
/* Rings the host. One system call. */
void avo_doorbell_ring(int fd);

#endif
