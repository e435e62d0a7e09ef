/* What `down` does. */
#ifndef AVO_CLI_LOCAL_DOWN_H
#define AVO_CLI_LOCAL_DOWN_H

#include "cli/base/running.h"

/* down_one.c: what `down` does to one folder, where no other `up` or `down` works on it, or no longer after `patience_us`; `name`
 * is what the user calls it. AVO_EXIT_DONE, or AVO_EXIT_REFUSED after a line; then the folder keeps all that it has. */
enum avo_exit avo_cluster_down(const char *dir, const char *name, uint64_t patience_us);
/* What --timeout means to it; without one it does not wait. */
uint64_t avo_cluster_down_patience_us(const struct avo_common *common);
/* down_all.c: `down --all`: every cluster of this user that `up` started on this machine, with `yes` unasked. */
enum avo_exit avo_cluster_down_all(const struct avo_common *common, bool yes);

#endif
