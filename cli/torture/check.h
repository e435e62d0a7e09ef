/* The verdict on a history, in words and as an exit code. */
#ifndef AVO_CLI_TORTURE_CHECK_H
#define AVO_CLI_TORTURE_CHECK_H

#include "checker/linear.h"
#include "client/io/profile.h"

enum avo_torture_exit {
    AVO_TORTURE_HELD = 0,      /* linearizable, and whatever else was looked at held */
    AVO_TORTURE_BROKEN = 1,    /* it did not */
    AVO_TORTURE_UNDECIDED = 2, /* could not be read, run or decided, or said nothing */
};

struct avo_torture_verdict {
    enum avo_torture_exit code;
    const char *word;   /* "linearizable", "not linearizable", "undecided", "empty" */
    struct avo_why why; /* empty when it held */
    struct avo_linear_report report;
    uint32_t unknown; /* operations of unknown outcome */
    uint32_t failed;  /* operations without effect */
};

/* Judges a history that `name` names in `why`. */
struct avo_torture_verdict avo_torture_judge(struct avo_history *history, const char *name);
/* torture --check: reads the file, says the verdict. The exit code. */
int avo_torture_check(const char *path, bool json);

#endif
