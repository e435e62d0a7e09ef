#include "cli/base/options.h"
#include "base/assert.h"
#include "cli/base/cli.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 32
#define HELP_COLUMN 26
#define TIMEOUT_DEFAULT_S 5
#define TIMEOUT_MIN_S 0.001

static bool all_digits(const char *text) {
    return text[0] != '\0' && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 19;
}

static bool choice_has(const char *choices, const char *word) {
    size_t length = strcspn(word, "|");
    for (const char *at = choices; length > 0 && word[length] == '\0' && at != NULL;
         at = strchr(at, '|') == NULL ? NULL : strchr(at, '|') + 1) {
        if (strncmp(at, word, length) == 0 && (at[length] == '|' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool take_number(const struct avo_option *option, const char *text) {
    char *end;
    double number = strtod(text, &end);
    if (option->kind == AVO_OPTION_COUNT && !all_digits(text)) {
        return false;
    }
    if (end == text || *end != '\0' || !(number >= (double)option->min && number <= (double)option->max)) {
        return false;
    }
    if (option->kind == AVO_OPTION_COUNT) {
        *(uint64_t *)option->to = strtoull(text, NULL, 10);
    } else {
        *(double *)option->to = number;
    }
    return true;
}

static bool take_one_more(const struct avo_usage *usage, const struct avo_option *option, const char *text) {
    struct avo_words *words = option->to;
    if (text[0] == '\0' || words->count == AVO_WORDS_MAX) {
        avo_cli_say("%s: --%s is empty, or given more than %d times; give it a %s", usage->command, option->name, AVO_WORDS_MAX,
                    option->argument);
        return false;
    }
    words->items[words->count++] = text;
    return true;
}

static bool take(const struct avo_usage *usage, const struct avo_option *option, const char *text) {
    switch (option->kind) {
    case AVO_OPTION_FLAG:
        *(bool *)option->to = true;
        return true;
    case AVO_OPTION_TEXT:
        *(const char **)option->to = text;
        if (text[0] != '\0') {
            return true;
        }
        avo_cli_say("%s: --%s is empty; give it a %s", usage->command, option->name, option->argument);
        return false;
    case AVO_OPTION_CHOICE:
        *(const char **)option->to = text;
        if (choice_has(option->argument, text)) {
            return true;
        }
        avo_cli_say("%s: --%s %s is none of %s; choose one of them", usage->command, option->name, text, option->argument);
        return false;
    case AVO_OPTION_LIST:
        return take_one_more(usage, option, text);
    case AVO_OPTION_COUNT:
    case AVO_OPTION_SECONDS:
        if (take_number(option, text)) {
            return true;
        }
        avo_cli_say("%s: --%s %s is not a number from %llu to %llu; give such a number", usage->command, option->name, text,
                    (unsigned long long)option->min, (unsigned long long)option->max);
        return false;
    }
    return false;
}

static void help_line(const struct avo_option *option) {
    char left[64];
    bool takes = option->argument != NULL;
    (void)snprintf(left, sizeof left, "--%s%s%s", option->name, takes ? " " : "", takes ? option->argument : "");
    if (strlen(left) < HELP_COLUMN) {
        printf("  %-*s %s\n", HELP_COLUMN, left, option->help);
    } else {
        printf("  %s\n  %-*s %s\n", left, HELP_COLUMN, "", option->help);
    }
}

static void help(const struct avo_usage *usage, const struct avo_option *all, size_t count) {
    printf("usage: avocado %s [options]%s%s\n%s\n\n", usage->command, usage->arguments[0] == '\0' ? "" : " ", usage->arguments,
           usage->summary);
    for (size_t i = 0; i < count; i++) {
        help_line(&all[i]);
    }
    printf("  %-*s %s\n", HELP_COLUMN, "--help", "this text");
}

/* The command's options, then those of the shared ones that it takes. */
static size_t gather(const struct avo_usage *usage, struct avo_common *common, struct avo_option all[OPTIONS_MAX]) {
    const char *timeout = usage->timeout != NULL ? usage->timeout : "give up after so long (5)";
    const struct {
        unsigned bit;
        struct avo_option option;
    } shared[] = {
        {AVO_TAKES_DIR, {"dir", AVO_OPTION_TEXT, &common->dir, "D", 0, 0, "the cluster's folder (AVOCADO_DIR; .avocado)"}},
        {AVO_TAKES_PROFILE,
         {"profile", AVO_OPTION_TEXT, &common->profile, "FILE", 0, 0, "a client profile (AVOCADO_PROFILE; D/client.profile)"}},
        {AVO_TAKES_TIMEOUT, {"timeout", AVO_OPTION_SECONDS, &common->timeout_s, "SECONDS", 0, 3600, timeout}},
        {AVO_TAKES_NONE, {"json", AVO_OPTION_FLAG, &common->json, NULL, 0, 0, "answer in JSON"}},
    };
    size_t count = usage->option_count;
    AVO_ASSERT(count + AVO_COUNT(shared) <= OPTIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        all[i] = usage->options[i];
    }
    for (size_t i = 0; i < AVO_COUNT(shared); i++) {
        if ((usage->takes & shared[i].bit) == shared[i].bit) {
            all[count++] = shared[i].option;
        }
    }
    return count;
}

/* An option that other commands take. */
static bool is_elsewhere(const char *word) {
    static const char *const words[] = {"--dir", "--profile", "--timeout"};
    for (size_t i = 0; i < AVO_COUNT(words); i++) {
        size_t length = strlen(words[i]);
        if (strncmp(word, words[i], length) == 0 && (word[length] == '\0' || word[length] == '=')) {
            return true;
        }
    }
    return false;
}

/* getopt_long names a letter in optopt (it may stand amid others), a long option only by its word. */
static void say_unknown(const struct avo_usage *usage, const char *word) {
    const char letter[] = {'-', (char)optopt, '\0'};
    if (is_elsewhere(word)) {
        avo_cli_say("%s: %.*s does nothing here; leave it out: see avocado %s --help", usage->command, (int)strcspn(word, "="),
                    word, usage->command);
        return;
    }
    avo_cli_say("%s: unknown option %s; see avocado %s --help%s", usage->command, optopt > 0 && optopt < 256 ? letter : word,
                usage->command, usage->arguments_max > 0 ? ", and write -- before arguments that begin with -" : "");
}

static enum avo_parsed parse_all(const struct avo_usage *usage, int argc, char **argv, const struct avo_option *all, size_t count) {
    struct option longs[OPTIONS_MAX + 2] = {{"help", no_argument, NULL, 'h'}};
    for (size_t i = 0; i < count; i++) {
        int needs = all[i].kind == AVO_OPTION_FLAG ? no_argument : required_argument;
        longs[i + 1] = (struct option){all[i].name, needs, NULL, 256 + (int)i};
    }
    opterr = 0;
    optind = 0;
    for (;;) {
        int found = getopt_long(argc, argv, ":h", longs, NULL);
        if (found == -1) {
            return AVO_PARSED_RUN;
        }
        if (found == 'h') {
            help(usage, all, count);
            return AVO_PARSED_HELP;
        }
        if (found == ':') {
            avo_cli_say("%s: %s needs a value; see avocado %s --help", usage->command, argv[optind - 1], usage->command);
            return AVO_PARSED_WRONG;
        }
        if (found == '?') {
            say_unknown(usage, argv[optind - 1]);
            return AVO_PARSED_WRONG;
        }
        if (optarg != NULL && optarg == argv[optind - 1] && strncmp(optarg, "--", 2) == 0) {
            avo_cli_say("%s: --%s has no value, %s follows it; give it one; where %s is meant, write --%s=%s", usage->command,
                        all[found - 256].name, optarg, optarg, all[found - 256].name, optarg);
            return AVO_PARSED_WRONG;
        }
        if (!take(usage, &all[found - 256], optarg)) {
            return AVO_PARSED_WRONG;
        }
    }
}

/* What an option alone cannot say. */
static bool check(const struct avo_usage *usage, const struct avo_common *common) {
    if (!(common->timeout_s > 0)) {
        avo_cli_say("%s: --timeout %g leaves no time at all; give seconds above 0", usage->command, common->timeout_s);
        return false;
    }
    if (common->timeout_s < TIMEOUT_MIN_S) {
        avo_cli_say("%s: --timeout %g is less than a millisecond; give 0.001 seconds or more", usage->command, common->timeout_s);
        return false;
    }
    if ((usage->takes & AVO_TAKES_ONE) != 0 && common->dir_given && common->profile_given) {
        avo_cli_say("%s: --dir and --profile both name the cluster; leave one of them out", usage->command);
        return false;
    }
    if (common->argument_count < usage->arguments_min || common->argument_count > usage->arguments_max) {
        avo_cli_say("%s: takes %s, but %d argument(s) were given; see avocado %s --help", usage->command,
                    usage->arguments[0] == '\0' ? "no arguments" : usage->arguments, common->argument_count, usage->command);
        return false;
    }
    return true;
}

/* An empty variable is as good as none. */
static const char *environment(const char *name) {
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

enum avo_parsed avo_options_parse(const struct avo_usage *usage, int argc, char **argv, struct avo_common *common) {
    struct avo_option all[OPTIONS_MAX];
    *common = (struct avo_common){.timeout_s = -1};
    size_t count = gather(usage, common, all);
    enum avo_parsed parsed = parse_all(usage, argc, argv, all, count);
    if (parsed != AVO_PARSED_RUN) {
        return parsed;
    }
    common->dir_given = common->dir != NULL;
    common->profile_given = common->profile != NULL;
    if (!common->profile_given && !common->dir_given) { /* --dir given here weighs more than a profile of the environment */
        common->profile = environment("AVOCADO_PROFILE");
    }
    if (!common->dir_given) {
        common->dir = environment("AVOCADO_DIR") != NULL ? environment("AVOCADO_DIR") : ".avocado";
    }
    common->timeout_given = common->timeout_s >= 0;
    common->timeout_s = common->timeout_given ? common->timeout_s : TIMEOUT_DEFAULT_S;
    common->arguments = argv + optind;
    common->argument_count = argc - optind;
    return check(usage, common) ? AVO_PARSED_RUN : AVO_PARSED_WRONG;
}
