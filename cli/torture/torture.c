/* torture: the command. */
#include "cli/torture/torture.h"
#include "cli/base/cli.h"
#include "client/io/clock.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define SECONDS_MIN 0.5
#define EVERY_MIN_S 0.1
#define TIMEOUT_DEFAULT_MS 1000
#define SEED_UNSET UINT64_MAX

struct command {
    struct avo_common common;
    const char *check;
    const char *nemesis;
    bool verbose;
    struct avo_torture_settings settings;
    char dir[AVO_PATH_BYTES];
};

static bool settings_set(struct command *command) {
    char word[AVO_FAULT_WORD_BYTES];
    struct avo_torture_settings *settings = &command->settings;
    if (!avo_fault_kinds_read(command->nemesis, &settings->kinds, word)) {
        avo_cli_say(
            "torture: --nemesis: \"%s\" is none of stop, partition, tamper, kill, replace, none; list some, with commas between",
            word);
        return false;
    }
    if (settings->seconds < SECONDS_MIN || settings->every_s < EVERY_MIN_S) {
        avo_cli_say("torture: --%s is too short; give at least %g", settings->seconds < SECONDS_MIN ? "seconds" : "every",
                    settings->seconds < SECONDS_MIN ? SECONDS_MIN : EVERY_MIN_S);
        return false;
    }
    bool elsewhere = command->common.profile != NULL;
    if (elsewhere && settings->kinds != 0) {
        avo_cli_say("torture: --nemesis %s needs the cluster's folder on this machine; give --dir, or --nemesis none",
                    command->nemesis);
        return false;
    }
    if (!elsewhere && !avo_cli_dir(command->common.dir, command->dir)) {
        avo_cli_say("torture: --dir %s: is no folder; name that of a cluster that `avocado up` started", command->common.dir);
        return false;
    }
    settings->dir = elsewhere ? NULL : command->dir;
    settings->timeout_ms = command->common.timeout_given ? avo_cli_timeout_ms(&command->common) : TIMEOUT_DEFAULT_MS;
    settings->json = command->common.json;
    if (settings->seed == SEED_UNSET) {
        struct avo_random random = avo_system_random();
        avo_random_fill(&random, &settings->seed, sizeof settings->seed);
        settings->seed &= UINT32_MAX;
    }
    return true;
}

static void fault_say(const struct avo_fault *fault, bool begins) {
    fprintf(stderr, "avocado: torture: %s node %u: %s %s\n", avo_fault_name(fault->kind), fault->node, avo_fault_way_name(fault),
            begins ? "begins" : "ends");
}

static void heal(void *context) {
    avo_nemesis_heal(context);
}

static int torture_run(const struct command *command, const struct avo_profile *profile) {
    struct avo_why why = {""};
    struct avo_torture *torture = avo_cli_take(sizeof *torture);
    torture->settings = command->settings;
    torture->profile = profile;
    if (!torture->settings.json) {
        printf("seed         %llu\n", (unsigned long long)torture->settings.seed);
        (void)fflush(stdout);
    }
    torture->say = command->verbose ? fault_say : NULL;
    avo_cli_undo(heal, &torture->nemesis);
    int code = (int)avo_torture_run(torture, &why);
    if (code == AVO_TORTURE_HELD) {
        code = avo_torture_report(torture);
    } else {
        avo_cli_say("torture: %s", why.text);
    }
    avo_torture_close(torture);
    avo_cli_undo(NULL, NULL);
    free(torture);
    return code;
}

static int run(struct command *command) {
    struct avo_profile *profile;
    if (command->check != NULL) {
        return avo_torture_check(command->check, command->common.json);
    }
    if (!settings_set(command) || sodium_init() < 0 || avo_cli_profile(&command->common, &profile) != AVO_OK) {
        return AVO_EXIT_REFUSED;
    }
    int code = torture_run(command, profile);
    avo_cli_profile_free(profile);
    return code;
}

int avo_cli_torture(int argc, char **argv) {
    struct command command = {.nemesis = "stop,partition,tamper",
                              .settings = {.seconds = 60, .every_s = 2, .clients = 8, .keys = 5, .rate = 2000, .seed = SEED_UNSET}};
    struct avo_torture_settings *settings = &command.settings;
    const struct avo_option options[] = {
        {"seconds", AVO_OPTION_SECONDS, &settings->seconds, "S", 0, 86400, "how long (60)"},
        {"clients", AVO_OPTION_COUNT, &settings->clients, "C", 1, AVO_TORTURE_CLIENTS_MAX,
         "at the same time, on the same keys (8)"},
        {"keys", AVO_OPTION_COUNT, &settings->keys, "K", 1, AVO_TORTURE_KEYS_MAX, "new ones, deleted at the end (5)"},
        {"nemesis", AVO_OPTION_TEXT, &command.nemesis, "KIND,...", 0, 0,
         "stop, partition, tamper, kill, replace, or none (stop,partition,tamper)"},
        {"every", AVO_OPTION_SECONDS, &settings->every_s, "S", 0, 3600, "seconds from fault to fault (2)"},
        {"rate", AVO_OPTION_COUNT, &settings->rate, "OPS", 1, 1000000, "a second, of all clients, at most (2000)"},
        {"seed", AVO_OPTION_COUNT, &settings->seed, "X", 0, INT64_MAX, "of faults and operations (a new one, which is printed)"},
        {"history", AVO_OPTION_TEXT, &settings->history, "FILE", 0, 0, "keep what the clients saw"},
        {"verbose", AVO_OPTION_FLAG, &command.verbose, NULL, 0, 0, "say each fault on standard error"},
        {"check", AVO_OPTION_TEXT, &command.check, "FILE", 0, 0, "run nothing: say whether that history is linearizable"},
    };
    const struct avo_usage usage = {"torture",
                                    "",
                                    "Clients and faults at the same time, on a cluster that is for tests. Exit code: 0 what the "
                                    "clients saw is linearizable and\n"
                                    "nothing leaked, 1 it is not so, 2 could not be run, read or decided, or too little happened.",
                                    options,
                                    AVO_COUNT(options),
                                    0,
                                    0,
                                    AVO_TAKES_CLIENT,
                                    "an operation is of unknown outcome after so long (1)"};
    switch (avo_options_parse(&usage, argc, argv, &command.common)) {
    case AVO_PARSED_HELP:
        return AVO_EXIT_DONE;
    case AVO_PARSED_WRONG:
        return AVO_EXIT_REFUSED;
    case AVO_PARSED_RUN:
        break;
    }
    return run(&command);
}
