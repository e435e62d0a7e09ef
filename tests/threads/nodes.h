/* A cluster of whole nodes in one process, admitted as the simulator does it: its view is signed here, no CAS is asked. */
#ifndef AVO_TESTS_NODES_H
#define AVO_TESTS_NODES_H

#include "client/io/profile.h"
#include "tests/threads/node.h"

#define AVO_NODES_COUNT 3

struct avo_nodes {
    struct avo_random random;
    uint8_t cas_sign_secret[64];
    struct avo_identity identities[AVO_NODES_COUNT];
    struct avo_node nodes[AVO_NODES_COUNT];
    struct avo_profile profile; /* of a client that may read and write */
};

/* Starts all nodes at once, each from a thread of its own. False: `why` of a node, or of the profile, is printed. */
bool avo_nodes_start(struct avo_nodes *nodes);

#endif
