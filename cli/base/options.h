/* Options of a command: one table says what they are called, what they take, where it goes and what the help says. */
#ifndef AVO_CLI_BASE_OPTIONS_H
#define AVO_CLI_BASE_OPTIONS_H

#include "base/compiler.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum avo_option_kind {
    AVO_OPTION_FLAG,    /* bool */
    AVO_OPTION_TEXT,    /* const char *, not empty */
    AVO_OPTION_COUNT,   /* uint64_t, from min to max */
    AVO_OPTION_SECONDS, /* double, from min to max */
    AVO_OPTION_CHOICE,  /* const char *, one of the words in `argument`, separated by | */
};

struct avo_option {
    const char *name; /* without its dashes */
    enum avo_option_kind kind;
    void *to;
    const char *argument; /* what the help calls it; NULL for a flag */
    uint64_t min;
    uint64_t max;
    const char *help;
};

struct avo_usage {
    const char *command;
    const char *arguments; /* the positional ones, as the help shows them */
    const char *summary;
    const struct avo_option *options; /* without those that every command has */
    size_t option_count;
    int arguments_min;
    int arguments_max;
};

/* What every command takes. */
struct avo_common {
    const char *dir;     /* --dir, else AVOCADO_DIR, else .avocado */
    const char *profile; /* --profile, else AVOCADO_PROFILE, else NULL: client.profile under dir */
    double timeout_s;    /* --timeout, else 5 */
    bool json;           /* --json */
    char **arguments;    /* the positional ones */
    int argument_count;
};

enum avo_parsed {
    AVO_PARSED_RUN,
    AVO_PARSED_HELP,  /* the help was printed: exit 0 */
    AVO_PARSED_WRONG, /* one line was printed: exit 2 */
};

/* argv[0] is the command. Permutes argv. */
AVO_MUST_USE enum avo_parsed avo_options_parse(const struct avo_usage *usage, int argc, char **argv, struct avo_common *common);

#endif
