/* The processes of a cluster that `up` started in a folder: which run, and how they are stopped. */
#ifndef AVO_CLI_BASE_RUNNING_H
#define AVO_CLI_BASE_RUNNING_H

#include "cli/base/cli.h"

/* Exists under --dir from the first moment of `up` to the end of `down`. */
#define AVO_UP_FILE "up.json"
/* Held by an `up` until its cluster serves, and by a `down`: one of them at a time works on a folder. */
#define AVO_UP_LOCK "up.lock"

/* Held by an `up --restart` for as long as it stays. */
#define AVO_UP_STAYS "restart.lock"

/* How many of the cluster's processes run that can be seen from here. */
unsigned avo_cluster_running(const char *dir);
/* Whether one runs that cannot be seen from here (cli/process.h). */
bool avo_cluster_is_hidden(const char *dir);
/* Whether an `up` or a `down` of another process works on the folder. */
bool avo_cluster_is_worked_on(const char *dir);
/* Whether an `up` marked the folder. */
bool avo_cluster_is_marked(const char *dir);
/* Ends all of them: asks, waits, then kills. False when one would not go. */
AVO_MUST_USE bool avo_cluster_stop(const char *dir);
/* The same of its nodes alone. */
AVO_MUST_USE bool avo_cluster_stop_nodes(const char *dir);
/* After avo_cluster_stop: takes away what must not outlive a cluster (its profile, the mark). Logs, policy and keys stay. */
void avo_cluster_mark_down(const char *dir);
/* After that: waits until an `up --restart` of the folder has seen it and ended. */
void avo_cluster_wait_left(const char *dir);

#endif
