/* Makes a policy for one kind of cluster: simulated TEEs under one root, one program a role. What else a policy may say is edited
 * into the file (docs/ATTESTATION.md). */
#ifndef AVO_CLI_BASE_POLICY_MAKE_H
#define AVO_CLI_BASE_POLICY_MAKE_H

#include "cli/base/options.h"
#include "client/io/profile.h"

struct avo_policy_plan {
    const char *command; /* begins every line of `why` */
    uint64_t nodes;
    uint64_t workers;
    uint64_t mtu;
    const char *simulated_root;  /* a file, PEM */
    const char *enclave_program; /* files, or measurements of 64 hex digits */
    const char *cas_program;
    const char *las_program;     /* NULL: the policy has no LAS */
    const char *chips;           /* with las_program: the file of the chip (chip.id) of the machine that all nodes run on, or the
                                  * files of each slot's machine in turn, separated by commas: equal chips are one machine */
    const uint8_t *owner_public; /* AVO_PUBLIC_KEY_BYTES each */
    const uint8_t *client_public;
    const struct avo_words *accept; /* further programs that nodes may run, as enclave_program: of an upgrade; NULL: none */
    const struct avo_words *users;  /* besides the client, which is user "client": policy_users.h; NULL: none */
};

/* Writes the policy to the file `path`, mode 600, and its text to `text` (malloc'ed, the caller's). False with a line in `why`. */
AVO_MUST_USE bool avo_policy_make(const struct avo_policy_plan *plan, const char *path, struct avo_buffer *text,
                                  struct avo_why *why);

#endif
