/* What avocado-node was asked to do. */
#ifndef AVO_HOST_OPTIONS_H
#define AVO_HOST_OPTIONS_H

#include "boundary/launch.h"
#include "daemon/settings.h"
#include "host/transport/transport.h"
#include <limits.h>

struct avo_options {
    struct avo_settings settings; /* help, version, check, and the file that strings point into */
    const char *dir;
    const char *enclave_file; /* `enclave_beside` unless given */
    char enclave_beside[PATH_MAX];
    const char *simcpu_socket;
    const char *las_socket; /* NULL: the enclave proves itself by its vendor's evidence */
    avo_transport_open *transport;
    struct avo_address cas;
    struct avo_address bind;      /* with the port of worker 0 */
    struct avo_address advertise; /* what other members and clients use for worker 0; `bind` unless given */
    uint8_t cas_key[AVO_PUBLIC_KEY_BYTES];
    uint32_t slot;
    uint32_t port;
    uint32_t workers;
    uint32_t budget_mib;
    uint32_t host_memory_mib;
    uint32_t mtu;
    uint32_t spin_turns;
};

/* How the two halves of the node run. */
enum avo_node_mode {
    AVO_NODE_PROCESS, /* apart: the enclave's program and the simulated CPU that starts it are options too */
    AVO_NODE_INLINE,  /* in one process, which the simulated CPU starts: its program, avocado-inline, is the enclave */
};

/* From the command line and the file that --config names. AVO_EINVAL with `why`: what, on what, what to do next. `inside`: this
 * process is measured, runs in its TEE and reads no file. The caller closes options->settings. */
AVO_MUST_USE enum avo_error avo_options_read(int argc, char **argv, enum avo_node_mode mode, bool inside,
                                             struct avo_options *options, char why[AVO_SETTINGS_WHY_BYTES]);

#endif
