/* Stopping a cluster. */
#ifndef AVO_CLI_LOCAL_DOWN_H
#define AVO_CLI_LOCAL_DOWN_H

#include "cli/base/cli.h"

/* Exists under --dir from the first moment of `up` to the end of `down`. */
#define AVO_UP_FILE "up.json"

/* How many of the cluster's processes run. */
unsigned avo_cluster_running(const char *dir);
/* Ends all of them: asks, waits, then kills. False when one would not go. */
AVO_MUST_USE bool avo_cluster_stop(const char *dir);
/* After avo_cluster_stop: takes away what must not outlive a cluster (its profile, the mark). Logs, policy and keys stay. */
void avo_cluster_mark_down(const char *dir);

#endif
