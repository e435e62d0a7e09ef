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
    AVO_OPTION_LIST,    /* struct avo_words, each not empty: one more each time the option is given */
};

#define AVO_WORDS_MAX 64
struct avo_words {
    const char *items[AVO_WORDS_MAX];
    size_t count;
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

/* Which of the options that commands share a command takes; --json and --help all do. What would do nothing is refused. */
enum avo_takes {
    AVO_TAKES_NONE = 0,
    AVO_TAKES_DIR = 1,
    AVO_TAKES_PROFILE = 2,
    AVO_TAKES_TIMEOUT = 4,
    AVO_TAKES_ONE = 8, /* not --dir and --profile both: they name one thing */
    AVO_TAKES_CLIENT = AVO_TAKES_DIR | AVO_TAKES_PROFILE | AVO_TAKES_TIMEOUT | AVO_TAKES_ONE, /* a client of a cluster */
};

struct avo_usage {
    const char *command;
    const char *arguments; /* the positional ones, as the help shows them */
    const char *summary;
    const struct avo_option *options; /* without those that every command has */
    size_t option_count;
    int arguments_min;
    int arguments_max;
    unsigned takes;      /* bits of enum avo_takes */
    const char *timeout; /* what --timeout means here; NULL: "give up after so long (5)" */
};

/* What commands share. */
struct avo_common {
    const char *dir; /* --dir, else AVOCADO_DIR, else .avocado */
    bool dir_given;
    const char *profile; /* --profile, else AVOCADO_PROFILE, else NULL: client.profile under dir */
    bool profile_given;
    double timeout_s; /* --timeout, else 5; above 0 */
    bool timeout_given;
    bool json;        /* --json */
    char **arguments; /* the positional ones */
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
