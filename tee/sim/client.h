/* How an untrusted program (avocado-node, `avocado up`) asks the simulated CPU to start a measured one. Blocking. */
#ifndef AVO_TEE_SIM_H
#define AVO_TEE_SIM_H

#include "tee/sim/message.h"

struct avo_simcpu_start {
    const char *socket_path;      /* .../simcpu.sock, of any length */
    const char *file;             /* the statically linked executable */
    const char *const *arguments; /* argv, argument_count of them; the environment is empty */
    size_t argument_count;
    int log_fd;             /* becomes standard output and error; standard input is /dev/null, 3 the instruction channel */
    const int *descriptors; /* become 4, 5, ...; the caller's own copies stay the caller's to close */
    size_t descriptor_count;
};

struct avo_simcpu_started {
    int connection; /* the caller's. Readable when the program ended (avo_simcpu_ended); closing it leaves the program running */
    uint32_t process_id;
    uint8_t measurement[AVO_MEASURE_BYTES];
};

/* AVO_OK: it runs. Otherwise `why` says in one line what failed, on what, and what to do. AVO_EBUSY: no simulated CPU
 * listens there (yet); AVO_EIO: it gives no answer, or the file cannot be read; AVO_EDENIED: it refused. */
AVO_MUST_USE enum avo_error avo_simcpu_start(const struct avo_simcpu_start *start, struct avo_simcpu_started *started,
                                             char why[AVO_SIMCPU_WHY_BYTES]);

/* Blocks until the program behind `connection` ended: AVO_OK and its status as wait(2) gives it; AVO_EIO: the CPU itself is gone.
 */
AVO_MUST_USE enum avo_error avo_simcpu_ended(int connection, int *wait_status);

#endif
