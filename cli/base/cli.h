/* What the commands of `avocado` share: exit codes, the one line of an error, the profile. */
#ifndef AVO_CLI_BASE_CLI_H
#define AVO_CLI_BASE_CLI_H

#include "cli/base/options.h"
#include "client/io/profile.h"
#include <jansson.h>

enum avo_exit {
    AVO_EXIT_DONE = 0,
    AVO_EXIT_ABSENT = 1,
    AVO_EXIT_REFUSED = 2,
    AVO_EXIT_UNKNOWN = 3,
};

/* One line on standard error, "avocado: " before it. */
void avo_cli_say(const char *format, ...) AVO_PRINTF(1, 2);
/* `text` as one word of a shell: for hints that are pasted. Cut where it is longer. */
#define AVO_QUOTED_BYTES 512
const char *avo_cli_quote(char to[AVO_QUOTED_BYTES], const char *text);
/* realloc that says so and ends the command where there is no memory; also for libraries that do not look whether they got any
 * (attest/verify/memory.h). */
AVO_MUST_USE void *avo_cli_allocate(void *memory, size_t bytes);
/* What the command does first where it ends so: `undo` allocates nothing. NULL: nothing (the default). */
void avo_cli_undo(void (*undo)(void *context), void *context);
/* New memory by avo_cli_allocate, all zero; free it. */
AVO_MUST_USE void *avo_cli_take(size_t bytes);
/* Says which promise was broken: avo_panic_hook of base/assert.h. */
void avo_cli_panic(const char *file, int line, const char *promise);
/* The exit code that says `error`. */
enum avo_exit avo_cli_exit(enum avo_error error);
/* Prints the JSON with a newline to standard output and frees it. NULL, which jansson gives when it has no memory, ends the
 * command with a line: nothing may look like an empty answer. That it could not be written is said at the command's end. */
void avo_cli_json(json_t *root);

uint32_t avo_cli_timeout_ms(const struct avo_common *common);
/* Loads the profile that --profile, --dir and the environment name; says why when it cannot. The caller frees *profile with
 * avo_cli_profile_free. */
AVO_MUST_USE enum avo_error avo_cli_profile(const struct avo_common *common, struct avo_profile **profile);
void avo_cli_profile_free(struct avo_profile *profile);

/* "DIR/NAME" in `to`; false, and a line said, when it is too long. */
#define AVO_PATH_BYTES 1024
AVO_MUST_USE bool avo_cli_path(char to[AVO_PATH_BYTES], const char *dir, const char *name);

/* The folder's absolute path, as the programs of a cluster get it; false when it does not exist or is too long. */
AVO_MUST_USE bool avo_cli_dir(const char *dir, char to[AVO_PATH_BYTES]);

/* The commands: argv[0] is the command's name; each returns the exit code. */
int avo_cli_put(int argc, char **argv);
int avo_cli_get(int argc, char **argv);
int avo_cli_del(int argc, char **argv);
int avo_cli_load(int argc, char **argv);
int avo_cli_bench(int argc, char **argv);
int avo_cli_torture(int argc, char **argv);
int avo_cli_up(int argc, char **argv);
int avo_cli_down(int argc, char **argv);
int avo_cli_node(int argc, char **argv);
int avo_cli_cas(int argc, char **argv);
int avo_cli_status(int argc, char **argv);
int avo_cli_measure(int argc, char **argv);
int avo_cli_policy(int argc, char **argv);
int avo_cli_cluster(int argc, char **argv);
int avo_cli_cluster_reset(int argc, char **argv);
int avo_cli_key(int argc, char **argv);
int avo_cli_profiles(int argc, char **argv);

/* A command of two words: `policy check`. */
struct avo_command {
    const char *name; /* the second word */
    int (*run)(int argc, char **argv);
};

/* Runs the one that argv[1] names, with argv[0] being that word; `later` lists words of later versions, for the error;
 * NULL: none. */
int avo_cli_group(const struct avo_command *commands, size_t count, const char *later, int argc, char **argv);

#endif
