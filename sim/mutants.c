#include "sim/mutants.h"
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATCHES AVO_SIM_SOURCE_ROOT "/sim/mutants"
#define TOOL AVO_SIM_SOURCE_ROOT "/tools/mutants"
#define SEEDS_DEFAULT 2000
#define NOT_RUN 2

static const char suffix[] = ".patch";

static int is_patch(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > sizeof suffix - 1 && strcmp(entry->d_name + length - (sizeof suffix - 1), suffix) == 0;
}

bool avo_mutants_list(FILE *to) {
    struct dirent **entries = NULL;
    int count = scandir(PATCHES, &entries, is_patch, alphasort);
    for (int i = 0; i < count; i++) {
        fprintf(to, "%.*s\n", (int)(strlen(entries[i]->d_name) - (sizeof suffix - 1)), entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (count <= 0) {
        fprintf(stderr, "avocado-sim: no patches in " PATCHES "; run it beside its source tree\n");
    }
    return count > 0;
}

int avo_mutant_run(const char *name, uint64_t seed_count) {
    char seeds[32];
    snprintf(seeds, sizeof seeds, "%" PRIu64, seed_count > 0 ? seed_count : SEEDS_DEFAULT);
    pid_t child = fork();
    if (child == 0) {
        execl(TOOL, TOOL, "-C", AVO_SIM_BUILD_ROOT, "run", name, seeds, (char *)NULL);
        _exit(NOT_RUN);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
        fprintf(stderr, "avocado-sim: " TOOL " did not run\n");
        return NOT_RUN;
    }
    return WEXITSTATUS(status);
}
