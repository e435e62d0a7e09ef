/* What a nemesis does to nodes of this machine, a file a kind of fault. */
#ifndef AVO_CLI_TORTURE_FAULT_H
#define AVO_CLI_TORTURE_FAULT_H

#include "base/limits.h"
#include "cli/torture/plan.h"
#include "client/io/profile.h"
#include <sys/types.h>

/* A node that a fault ended, on its way back (again.h). */
enum avo_again_step {
    AVO_AGAIN_NONE,    /* all run, and vote */
    AVO_AGAIN_ENDED,   /* it is down until its fault ends */
    AVO_AGAIN_WANTED,  /* it starts when its processes are gone */
    AVO_AGAIN_STARTED, /* it joins, and pulls */
    AVO_AGAIN_FAILED,  /* it did not come back: no other one ends any more */
};

struct avo_fault_again {
    enum avo_again_step step;
    unsigned node;
    pid_t starter; /* STARTED: `avocado node start` */
};

struct avo_fault_scene {
    const char *dir;
    const struct avo_view *view;
    struct avo_prng prng;
    unsigned tampered; /* the one node whose region is ever altered */
    struct avo_fault_again again;
    uint64_t restarts;            /* nodes that came back */
    void *state[AVO_FAULT_KINDS]; /* each kind's own; NULL before open */
};

struct avo_fault_methods {
    /* Takes what it needs and sees whether it can be done here. False: `why` says what to do. */
    bool (*open)(struct avo_fault_scene *scene, struct avo_why *why);
    /* False: it did not hit anything, as where the node has ended. Its end is not called then. */
    bool (*begin)(struct avo_fault_scene *scene, const struct avo_fault *fault);
    /* Every few milliseconds in between; NULL: nothing. */
    void (*go_on)(struct avo_fault_scene *scene, const struct avo_fault *fault);
    /* False: nothing came of it, as where no datagram was there to be dropped. */
    bool (*end)(struct avo_fault_scene *scene, const struct avo_fault *fault);
    /* The processes of `node` end: what was borrowed of them is given back, so that a new one finds its ports free. NULL: nothing.
     */
    void (*forget)(struct avo_fault_scene *scene, unsigned node);
    void (*close)(struct avo_fault_scene *scene);
};

extern const struct avo_fault_methods avo_fault_stop;
extern const struct avo_fault_methods avo_fault_cut;
extern const struct avo_fault_methods avo_fault_tamper;
extern const struct avo_fault_methods avo_fault_kill;
extern const struct avo_fault_methods avo_fault_replace;

#endif
