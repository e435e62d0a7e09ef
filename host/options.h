/* What avocado-node was asked to do. */
#ifndef AVO_HOST_OPTIONS_H
#define AVO_HOST_OPTIONS_H

#include "base/address.h"
#include "host/transport/transport.h"
#include "trusted/enclave/launch.h"

#define AVO_OPTIONS_WHY_BYTES 256

struct avo_options {
    const char *dir;
    const char *enclave_file;
    const char *simcpu_socket;
    avo_transport_open *transport;
    struct avo_address cas;
    struct avo_address bind;
    struct avo_address advertise; /* what other members and clients use; `bind` unless given */
    uint8_t cas_key[AVO_PUBLIC_KEY_BYTES];
    uint32_t slot;
    uint32_t port;
    uint32_t workers;
    uint32_t budget_mib;
    uint32_t host_memory_mib;
    uint32_t mtu;
    uint32_t spin_turns;
    bool help;
    bool version;
};

/* How the two halves of the node run. */
enum avo_node_mode {
    AVO_NODE_PROCESS, /* apart: the enclave's program and the simulated CPU that starts it are options too */
    AVO_NODE_INLINE,  /* in one process, which the simulated CPU started already */
};

/* AVO_EINVAL with `why`: what, on what, what to do next. Strings are borrowed from argv. */
AVO_MUST_USE enum avo_error avo_options_read(int argc, char **argv, enum avo_node_mode mode, struct avo_options *options,
                                             char why[AVO_OPTIONS_WHY_BYTES]);

/* The text of --help. Static storage. */
const char *avo_options_help(void);

#endif
