/* One torture: clients on few keys, faults beside them, and whether what the clients saw is right. */
#ifndef AVO_CLI_TORTURE_TORTURE_H
#define AVO_CLI_TORTURE_TORTURE_H

#include "cli/torture/check.h"
#include "cli/torture/clients.h"
#include "cli/torture/nemesis.h"
#include "cli/torture/watch.h"

struct avo_torture_settings {
    double seconds;
    double every_s; /* a fault */
    uint64_t clients;
    uint64_t keys;
    uint64_t rate; /* operations a second of all clients, at most */
    uint64_t seed;
    unsigned kinds; /* of faults */
    uint32_t timeout_ms;
    const char *history; /* NULL: none is kept */
    const char *dir;     /* NULL: the cluster is elsewhere */
    bool json;
};

struct avo_torture {
    struct avo_torture_settings settings;
    const struct avo_profile *profile;
    struct avo_recorder recorder;
    struct avo_torture_load load;
    struct avo_torture_client *clients; /* and one more, which reads every key at the end */
    struct avo_nemesis nemesis;
    void (*say)(const struct avo_fault *fault, bool begins); /* NULL: nobody wants to know of each */
    struct avo_watch watch;
    double ran_s;
    bool interrupted;
    struct avo_why broken; /* beside the history; empty: nothing */
    struct avo_torture_verdict verdict;
};

/* Runs it; AVO_TORTURE_HELD when it came to its end, else `why` says why it did not begin. The report is in `torture`. */
AVO_MUST_USE enum avo_torture_exit avo_torture_run(struct avo_torture *torture, struct avo_why *why);
/* Judges what was seen, and says it: the exit code. */
int avo_torture_report(struct avo_torture *torture);
/* Ends what may still go on, and frees. */
void avo_torture_close(struct avo_torture *torture);

#endif
