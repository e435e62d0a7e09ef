/* How a program is measured, and how an untrusted program (avocado-node, `avocado up`, a daemon's outside) has a TEE measure and
 * start one: one table of methods, which each backend fills. Calls block. What the program then asks its TEE for is the other half:
 * tee/inside/inside.h.
 *
 * A backend is one file here (sim.c); outside.c says which one is used.
 */
#ifndef AVO_TEE_OUTSIDE_H
#define AVO_TEE_OUTSIDE_H

#include "base/bytes.h"
#include <avocado/error.h>

#define AVO_TEE_MEASURE_BYTES 32
#define AVO_TEE_MEASURE_HEX_BYTES (2 * AVO_TEE_MEASURE_BYTES + 1)
#define AVO_TEE_WHY_BYTES 256

struct avo_tee_start {
    const char *place;            /* where the TEE is asked: the simulated CPU's socket, .../simcpu.sock, of any length */
    const char *file;             /* the statically linked executable */
    const char *const *arguments; /* argv, argument_count of them; the environment is empty */
    size_t argument_count;
    int log_fd;             /* becomes standard output and error; standard input is /dev/null, 3 the TEE's channel */
    const int *descriptors; /* become 4, 5, ...; the caller's own copies stay the caller's to close */
    size_t descriptor_count;
};

struct avo_tee_started {
    int connection; /* the caller's. Readable when the program ended (`ended`); closing it leaves the program running */
    uint32_t process_id;
    uint8_t measurement[AVO_TEE_MEASURE_BYTES];
};

struct avo_tee_outside {
    const char *name; /* in messages: "the simulated CPU" */
    /* What the TEE will find a program, the bytes of its file, to be. AVO_EFORMAT: no program that it can start; AVO_EDENIED: one
     * that is linked dynamically, so that what is measured would not be what runs [DESIGN 3]. */
    enum avo_error (*measure)(struct avo_slice program, uint8_t measurement[AVO_TEE_MEASURE_BYTES]);
    /* AVO_OK: it runs. Otherwise `why` says in one line what failed, on what, and what to do. AVO_EBUSY: no TEE is there (yet);
     * AVO_EIO: it gives no answer, or the file cannot be read; AVO_EDENIED: it refused. */
    enum avo_error (*start)(const struct avo_tee_start *start, struct avo_tee_started *started, char why[AVO_TEE_WHY_BYTES]);
    /* Blocks until the program behind `connection` ended: AVO_OK and its status as wait(2) gives it; AVO_EIO: the TEE itself is
     * gone. */
    enum avo_error (*ended)(int connection, int *wait_status);
};

/* The TEE in which this machine's measured programs run. */
const struct avo_tee_outside *avo_tee_outside(void);

/* The backends. */
extern const struct avo_tee_outside avo_tee_outside_sim;

#endif
