/* How host and enclave wake each other.
 *
 * A doorbell is a stream socket between them, one a worker and one for the control stream. A byte on it means "look", however many
 * lie there; its end means that the other side is gone. Each side has its own calls for it, since they are system calls
 * (host/enclave.h, trusted/process/doorbell.h). The enclave's end blocks: it sleeps in a read. The host's does not: it sleeps in a
 * poll.
 *
 * A worker's doorbell is rung only when somebody sleeps. A side that is about to sleep says so in a flag of the region, looks at
 * its work once more, and sleeps; the other side, after it published work, rings when the flag was set. avo_doorbell_*_take clears
 * the flag and returns what it was, so that one sleep is rung once. Sequentially consistent: no wake-up is lost. The control stream
 * has no flag: it is rung for every change, both ways.
 */
#ifndef AVO_BOUNDARY_DOORBELL_H
#define AVO_BOUNDARY_DOORBELL_H

#include <stdbool.h>
#include <stdint.h>

#define AVO_DOORBELL_RING 1        /* the byte */
#define AVO_DOORBELL_RINGS_MAX 64U /* taken in one call */

void avo_doorbell_enclave_sleep(uint8_t *region, uint32_t worker, bool sleeping);
bool avo_doorbell_enclave_take(uint8_t *region, uint32_t worker);
void avo_doorbell_host_sleep(uint8_t *region, uint32_t worker, bool sleeping);
bool avo_doorbell_host_take(uint8_t *region, uint32_t worker);

#endif
