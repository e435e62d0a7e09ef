#include "cli/base/options.h"
#include "base/assert.h"
#include "cli/base/cli.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 32
#define HELP_COLUMN 26

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

/* The command's options, then those of every command. */
static size_t gather(const struct avo_usage *usage, struct avo_common *common, struct avo_option all[OPTIONS_MAX]) {
    const struct avo_option shared[] = {
        {"dir", AVO_OPTION_TEXT, &common->dir, "D", 0, 0, "the cluster's folder (AVOCADO_DIR; .avocado)"},
        {"profile", AVO_OPTION_TEXT, &common->profile, "FILE", 0, 0, "a client profile (AVOCADO_PROFILE; D/client.profile)"},
        {"timeout", AVO_OPTION_SECONDS, &common->timeout_s, "SECONDS", 0, 3600, "give up after so long (5)"},
        {"json", AVO_OPTION_FLAG, &common->json, NULL, 0, 0, "answer in JSON"},
    };
    AVO_ASSERT(usage->option_count + AVO_COUNT(shared) <= OPTIONS_MAX);
    for (size_t i = 0; i < usage->option_count; i++) {
        all[i] = usage->options[i];
    }
    memcpy(all + usage->option_count, shared, sizeof shared);
    return usage->option_count + AVO_COUNT(shared);
}

/* getopt_long names a letter in optopt (it may stand amid others), a long option only by its word. */
static void say_unknown(const struct avo_usage *usage, const char *word) {
    const char letter[] = {'-', (char)optopt, '\0'};
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
        if (!take(usage, &all[found - 256], optarg)) {
            return AVO_PARSED_WRONG;
        }
    }
}

enum avo_parsed avo_options_parse(const struct avo_usage *usage, int argc, char **argv, struct avo_common *common) {
    struct avo_option all[OPTIONS_MAX];
    const char *dir = getenv("AVOCADO_DIR");
    const char *profile = getenv("AVOCADO_PROFILE");
    *common = (struct avo_common){.dir = dir != NULL && dir[0] != '\0' ? dir : ".avocado",
                                  .profile = profile != NULL && profile[0] != '\0' ? profile : NULL,
                                  .timeout_s = 5};
    size_t count = gather(usage, common, all);
    const char *profile_before = common->profile;
    const char *dir_before = common->dir;
    enum avo_parsed parsed = parse_all(usage, argc, argv, all, count);
    if (parsed != AVO_PARSED_RUN) {
        return parsed;
    }
    if (common->dir != dir_before && common->profile == profile_before) {
        common->profile = NULL; /* --dir given here weighs more than a profile of the environment */
    }
    common->arguments = argv + optind;
    common->argument_count = argc - optind;
    if (common->argument_count < usage->arguments_min || common->argument_count > usage->arguments_max) {
        avo_cli_say("%s: takes %s%s, but %d argument(s) were given; see avocado %s --help", usage->command,
                    usage->arguments[0] == '\0' ? "no arguments" : usage->arguments, "", common->argument_count, usage->command);
        return AVO_PARSED_WRONG;
    }
    return AVO_PARSED_RUN;
}
