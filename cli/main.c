/* avocado: the command line. This file only finds the command. */
#include "attest/verify/memory.h"
#include "base/assert.h"
#include "cli/attest/attest_cli.h"
#include "cli/base/answer.h"
#include "cli/base/cli.h"
#include "cli/base/streams.h"
#include "protocol/channel/aead.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct command commands[] = {
    {"up", avo_cli_up, "start a cluster on this machine: simulated CPU, CAS, replicas"},
    {"down", avo_cli_down, "stop it"},
    {"node", avo_cli_node, "start, add, remove or replace a replica"},
    {"cas", avo_cli_cas, "start its CAS again that ended; recover one that is lost"},
    {"status", avo_cli_status, "show its replicas"},
    {"put", avo_cli_put, "store a value"},
    {"get", avo_cli_get, "read a value"},
    {"del", avo_cli_del, "delete a key"},
    {"load", avo_cli_load, "store many keys from a file"},
    {"bench", avo_cli_bench, "measure throughput and latency"},
    {"torture", avo_cli_torture, "clients and faults at once; is what the clients saw linearizable?"},
    {"key", avo_cli_key, "make a key of yours, print its public half"},
    {"profile", avo_cli_profiles, "get a profile from a running cluster, show it, renew its ticket"},
    {"policy", avo_cli_policy, "make a policy, check one"},
    {"cluster", avo_cli_cluster, "form a cluster of machines that run already; give one up"},
    {"measure", avo_cli_measure, "print the measurement of a program"},
    {"attest", avo_cli_attest, "verify or print evidence: a quote or a report"},
};

/* Planned, so that their names are not taken for mistakes. */
static const char *const later[] = {"audit",  "scan", "count",   "incr",  "append", "txn",
                                    "expire", "ttl",  "persist", "watch", "shell"};

static void help(void) {
    printf("usage: avocado COMMAND [options] [arguments]\n\n");
    for (size_t i = 0; i < AVO_COUNT(commands); i++) {
        printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    printf("\n`avocado COMMAND --help` says more; `avocado --version` says which. Exit codes: 0 done, 1 absent, 2 refused or\n"
           "failed, 3 outcome unknown. Of one machine's simulated CPU: IT PROTECTS NOTHING from the owner of that machine.\n");
}

static int command_run(int argc, char **argv) {
    if (argc < 2) {
        avo_cli_say("no command was given; see avocado --help");
        return AVO_EXIT_REFUSED;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        help();
        return AVO_EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("avocado %s\n", AVO_PROGRAM_VERSION);
        return AVO_EXIT_DONE;
    }
    for (size_t i = 0; i < AVO_COUNT(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    for (size_t i = 0; i < AVO_COUNT(later); i++) {
        if (strcmp(argv[1], later[i]) == 0) {
            avo_cli_say("%s: is not in this version; see avocado --help for what is", argv[1]);
            return AVO_EXIT_REFUSED;
        }
    }
    if (argv[1][0] == '-') {
        avo_cli_say("%.60s: options follow the command, as in avocado get KEY --profile FILE; see avocado --help", argv[1]);
        return AVO_EXIT_REFUSED;
    }
    avo_cli_say("%.60s: is no command; see avocado --help", argv[1][0] != '\0' ? argv[1] : "(an empty word)");
    return AVO_EXIT_REFUSED;
}

/* help COMMAND is COMMAND --help; a command may be of two words. */
static int help_run(int argc, char **argv) {
    char option[] = "--help";
    char *arguments[] = {argv[0], argv[2], argc > 3 ? argv[3] : option, argc > 3 ? option : NULL, NULL};
    return command_run(argc > 3 ? 4 : 3, arguments);
}

/* Before anything is parsed: what is wrong with the rest is to be answered in JSON too. */
static bool json_wanted(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv) {
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write, said in a line */
    (void)signal(SIGXFSZ, SIG_IGN); /* a file limit likewise; what we start inherits it */
    avo_panic_hook = avo_cli_panic;
    avo_attest_memory(avo_cli_allocate);
    if (!avo_cli_streams_open()) {
        return AVO_EXIT_REFUSED;
    }
    if (avo_aead_warning() != NULL) {
        avo_cli_say("%s", avo_aead_warning());
    }
    if (json_wanted(argc, argv)) {
        avo_cli_json_wanted();
    }
    int code = argc > 2 && strcmp(argv[1], "help") == 0 ? help_run(argc, argv) : command_run(argc, argv);
    avo_cli_answer_failure(code);
    return avo_cli_streams_flush(code);
}
