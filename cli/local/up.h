/* `avocado up`: a cluster on this machine, step by step. Every step returns false with a line in `why`; the command then takes
 * everything down again. */
#ifndef AVO_CLI_LOCAL_UP_H
#define AVO_CLI_LOCAL_UP_H

#include "cli/base/cli.h"
#include "cli/base/restarts.h"
#include "client/dialog/link.h"
#include "client/io/file.h"
#include "client/io/link.h"
#include <limits.h>

struct avo_owner;

struct avo_up {
    struct avo_common common;
    const char *command; /* begins what goes wrong with a program; NULL: "up" */
    /* Options. */
    uint64_t nodes;
    uint64_t workers;
    uint64_t port;
    uint64_t budget_mib;
    uint64_t host_memory_mib; /* 0: not given; as much as is usual, less where that does not fit */
    uint64_t mtu;
    const char *mode;
    const char *transport;
    struct avo_words users;
    struct avo_words accept;
    bool detach;
    bool restart;
    bool replace_profile;
    bool wait; /* for a node that is started again to vote */
    /* Where things are. */
    char shown_dir[AVO_QUOTED_BYTES]; /* --dir as a word of a shell, for hints */
    char dir[AVO_PATH_BYTES];         /* absolute */
    char simcpu_program[PATH_MAX];
    char cas_program[PATH_MAX];
    char las_program[PATH_MAX];
    char node_program[PATH_MAX];
    char enclave_program[PATH_MAX]; /* what is measured: inline it is the node's program */
    char socket[AVO_PATH_BYTES];    /* of the simulated CPU */
    char las_socket[AVO_PATH_BYTES];
    char at[32];  /* the same folder by its descriptor: where it is, should it be moved while `up` is in the foreground */
    int lock;     /* AVO_UP_LOCK, until the cluster serves */
    int stays;    /* --restart: AVO_UP_STAYS */
    int ready_fd; /* --restart --detach: whom to tell that the cluster serves */
    bool earlier; /* the folder had a cluster before */
    bool plain;   /* the kernel let some node keep its secrets in plain memory only */
    /* What was made. */
    struct avo_random random;
    struct avo_link_aead engine;
    struct avo_key_pair owner;
    struct avo_key_pair client;
    struct avo_key_pair recovery;
    struct avo_buffer policy; /* its text */
    pid_t node_pids[AVO_SLOT_MAX_COUNT];
    pid_t simcpu_pid;
    int cas_connection;                       /* to the simulated CPU: readable when the CAS ended; -1: not started */
    int las_connection;                       /* the same, of the LAS */
    int node_connections[AVO_SLOT_MAX_COUNT]; /* the same, of inline nodes */
    struct avo_restarts restarts;
    char cas_key_hex[2 * AVO_PUBLIC_KEY_BYTES + 1];
    struct avo_profile profile;
    struct avo_why why;
};

/* up_check.c: nothing is changed before these hold. */
AVO_MUST_USE bool avo_up_check(struct avo_up *up);
/* ... every program of the cluster stands beside this one; `mode` is known. */
AVO_MUST_USE bool avo_up_check_programs(struct avo_up *up);
/* mark.c: the text of the mark, to be freed; and back: what a node is started again with, but for the memory that is given. */
AVO_MUST_USE char *avo_up_mark_text(const struct avo_up *up);
AVO_MUST_USE bool avo_up_mark_read(struct avo_up *up);
/* mark.c, too: what the node of one slot was started with, where that differs: its memory, as far as it was not given. No file: as
 * the mark says. Written when an option was given. */
AVO_MUST_USE bool avo_up_slot_read(struct avo_up *up, unsigned slot);
AVO_MUST_USE bool avo_up_slot_write(struct avo_up *up, unsigned slot);
/* up_check.c: the ports of one more node are free. */
AVO_MUST_USE bool avo_up_ports_free(struct avo_up *up, unsigned slot);
/* ... no cluster runs in the folder `dir`, nor did one that was not stopped. */
AVO_MUST_USE bool avo_up_folder_free(struct avo_up *up, const char *dir);
/* ... says in `why` that another `up` or `down` works on the folder. */
void avo_up_second(struct avo_up *up);
/* up_profile.c: the folder has neither the profile of a cluster that is elsewhere nor keys of an owner's, or they may go. */
AVO_MUST_USE bool avo_up_profile_free(struct avo_up *up, const char *dir);
/* up_folder.c: the folder, its parts, the mark that a cluster is up; what an earlier cluster left goes. */
AVO_MUST_USE bool avo_up_folder_make(struct avo_up *up);
/* up_start.c: processes. */
AVO_MUST_USE bool avo_up_start_cpu(struct avo_up *up);
AVO_MUST_USE bool avo_up_start_cas(struct avo_up *up);
/* ... in DIR/`name`, to be recovered by the key `recovery_hex`; NULL: by the one that its state names. */
AVO_MUST_USE bool avo_up_start_cas_in(struct avo_up *up, const char *name, const char *recovery_hex);
AVO_MUST_USE bool avo_up_start_las(struct avo_up *up);
AVO_MUST_USE bool avo_up_start_nodes(struct avo_up *up);
/* ... one of them, in a cluster that runs: the CAS's key is in its file. */
AVO_MUST_USE bool avo_up_start_again(struct avo_up *up, unsigned slot);
/* ... one of them, in a cluster that this very `up` made. */
AVO_MUST_USE bool avo_up_start_node(struct avo_up *up, unsigned slot);
/* restart.c: from here on nodes that end are started again, and it is written what is done. */
AVO_MUST_USE bool avo_up_restart_begin(struct avo_up *up);
/* ... a node ended, with this status as wait(2) gives it. */
void avo_up_restart_ended(struct avo_up *up, unsigned slot, int wait_status);
/* ... time passed. */
void avo_up_restart_look(struct avo_up *up);
/* stay.c: true in the process that makes the cluster and stays, which is a child; false where that one told `code`. */
AVO_MUST_USE bool avo_up_stay_fork(struct avo_up *up, int *code);
/* ... it serves: this process leaves the terminal, and the command returns. */
void avo_up_stay(struct avo_up *up);
/* node_wait.c: until the CAS has admitted the node, and until it votes. */
AVO_MUST_USE bool avo_up_wait_admitted(struct avo_up *up, unsigned slot);
AVO_MUST_USE bool avo_up_wait_voting(struct avo_up *up, unsigned slot);
/* True when the simulated CPU says on `connection` that what it started has ended. */
bool avo_up_measured_ended(int connection);
/* False, and the last lines of its log in `why`, when a process of ours ended or the user interrupted. */
AVO_MUST_USE bool avo_up_all_well(struct avo_up *up);
/* up_genesis.c: the policy, written to policy.json, with this machine's measurements and root. */
AVO_MUST_USE bool avo_up_policy_make(struct avo_up *up);
/* ... the owner's dialog with the CAS (form.h), from its evidence to client.profile [V0]. */
AVO_MUST_USE bool avo_up_form(struct avo_up *up);
/* ... and until every replica serves. */
AVO_MUST_USE bool avo_up_serving(struct avo_up *up);

/* command.c: nothing runs that is known. */
void avo_up_blank(struct avo_up *up);
/* ... parses, blocks signals, and runs `run` with `command` and an engine in `up`. The exit code. */
int avo_up_command(struct avo_up *up, const struct avo_usage *usage, int argc, char **argv, int (*run)(void *command),
                   void *command);
/* ... up->profile from --dir; where it cannot be read that was said, and `why` is empty. */
AVO_MUST_USE bool avo_up_profile_take(struct avo_up *up);
/* ... one command at a time works on the folder; `why` when another does. */
AVO_MUST_USE bool avo_up_lock(struct avo_up *up);
/* ... the owner's dialog with the CAS. `collateral` NULL: what the simulated CPU gives. To be closed, whatever came of it. */
AVO_MUST_USE bool avo_up_owner_open(struct avo_up *up, struct avo_owner *owner, const char *command, const char *collateral,
                                    uint32_t call_ms);
/* ... says `why`, as `command` says it; nothing where it was said before. */
void avo_up_say_why(const struct avo_up *up, const char *command);
/* cas.c: the CAS does not run, and its CPU does. */
AVO_MUST_USE bool avo_up_check_cas(struct avo_up *up);
/* ... whether the CAS answers under the key that up->profile pins. */
AVO_MUST_USE bool avo_up_cas_answers(struct avo_up *up);
/* ... until the CAS answers under the key that up->profile pins. */
AVO_MUST_USE bool avo_up_wait_cas(struct avo_up *up);
/* cas_recover.c: the command. */
int avo_cli_cas_recover(int argc, char **argv);

/* How long one step may take: what --timeout says, else `otherwise_us`. */
uint64_t avo_up_patience_us(const struct avo_up *up, uint64_t otherwise_us);
bool avo_up_is_inline(const struct avo_up *up);
/* Whether nodes join through a LAS: always, but in the native build, which looks at no evidence. */
bool avo_up_has_las(const struct avo_up *up);
/* UDP port of worker 0 of a node, TCP port of the CAS. */
uint16_t avo_up_node_port(const struct avo_up *up, uint64_t slot);
uint16_t avo_up_cas_port(const struct avo_up *up);

#endif
