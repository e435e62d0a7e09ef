/* The processes of a cluster under --dir: found by the locks of their pid files, which are right wherever the folder was moved or
 * mounted to, and start with nothing of ours but what they are given. */
#ifndef AVO_CLI_BASE_PROCESS_H
#define AVO_CLI_BASE_PROCESS_H

#include "base/compiler.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum avo_program {
    AVO_PROGRAM_SIMCPU,  /* simcpu/simcpu.pid */
    AVO_PROGRAM_CAS,     /* cas/cas.pid; a child of the simulated CPU */
    AVO_PROGRAM_LAS,     /* las/las.pid; a child of the simulated CPU */
    AVO_PROGRAM_NODE,    /* node-SLOT/host.pid */
    AVO_PROGRAM_ENCLAVE, /* node-SLOT/enclave.pid; a child of the simulated CPU; inline the same process as the node's */
};

/* The executable's name, e.g. "avocado-cas". Static storage. */
const char *avo_program_name(enum avo_program program);

/* The process that runs this program for this folder now; 0 when there is none, or none that can be seen from here. `slot` is used
 * for nodes and enclaves. */
pid_t avo_program_pid(const char *dir, enum avo_program program, unsigned slot);
/* Whether one runs that cannot be seen from here, as in a container, so that it cannot be stopped from here. */
bool avo_program_is_hidden(const char *dir, enum avo_program program, unsigned slot);

/* The number in a pid file, whichever process has it now; 0: none. */
pid_t avo_pid_read(const char *path);

/* Whether there is such a process that has not ended, reaped or not. */
bool avo_process_runs(pid_t pid);

/* What /proc says of a process. */
struct avo_process_look {
    char state; /* 'Z': it has ended, and nobody asked how */
    pid_t parent;
    uint64_t resident_bytes;
};
/* False: there is none. */
AVO_MUST_USE bool avo_process_look(pid_t pid, struct avo_process_look *look);

/* Starts `arguments` (ends with NULL) in a session of its own, standard input from /dev/null, output and errors into the file
 * `log`, and no other descriptor. 0 when that failed: errno says why. */
pid_t avo_process_start(char *const *arguments, const char *log);

/* Opens (and empties) a log file; -1: errno says why. */
int avo_log_open(const char *log);

/* The last lines of a log in one: at most `bytes` - 1 characters. */
void avo_log_tail(const char *log, char *to, size_t bytes);

/* Why a log has nothing to say: that nothing can be written to it, else that nothing was. */
const char *avo_log_silence(const char *log);

/* "FOLDER/NAME" where FOLDER is the one this very program stands in. */
AVO_MUST_USE bool avo_program_path(char *to, size_t bytes, const char *name);

#endif
