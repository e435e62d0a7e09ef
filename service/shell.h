/* What main() of a measured daemon (avocado-cas, avocado-las, avocado-inline) does: one program, two lives (service/outside.h). */
#ifndef AVO_SERVICE_SHELL_H
#define AVO_SERVICE_SHELL_H

#include "service/outside.h"

struct avo_shell {
    const char *name; /* "avocado-cas" */
    void *context;    /* of the three below */
    /* Reads the command line. AVO_EINVAL with `why`. */
    enum avo_error (*read)(void *context, int argc, char **argv, bool inside, char why[AVO_SETTINGS_WHY_BYTES]);
    /* What the outside is to start, once the command line was read. */
    struct avo_outside_settings (*outside)(const void *context);
    /* Serves; returns the exit status. */
    int (*inside)(void *context);
};

/* Runs the life that this process is; returns the exit status for main. */
AVO_MUST_USE int avo_shell_run(const struct avo_shell *shell, int argc, char **argv);

#endif
