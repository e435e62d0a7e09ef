/* A client profile: whom to trust (the pinned CAS keys and the cluster id), where the cluster is, and who we are.
 *
 * A JSON file of mode 600, since it holds the client's secret key. `pin` is SHA-256("avocado profile v1" || CAS public key || CAS
 * signing key || cluster id): what an owner reads out to a user over the phone, and what shows an altered key at once.
 */
#ifndef AVO_CLIENT_PROFILE_H
#define AVO_CLIENT_PROFILE_H

#include "protocol/channel/noise.h"
#include "protocol/view/ticket.h"
#include "protocol/view/view.h"

#define AVO_PROFILE_MAX_BYTES 65536
#define AVO_PROFILE_WORD_BYTES 16
#define AVO_PROFILE_PATH_BYTES 4096
#define AVO_WHY_BYTES 400

/* One line for a person: what failed, on what, what to do next. */
struct avo_why {
    char text[AVO_WHY_BYTES];
};

void avo_why_set(struct avo_why *why, const char *format, ...) AVO_PRINTF(2, 3);

struct avo_profile {
    struct avo_address cas_address;
    uint8_t cas_public_key[AVO_PUBLIC_KEY_BYTES];
    uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES];
    uint8_t cluster_id[AVO_CLUSTER_ID_BYTES];
    struct avo_key_pair key;
    uint8_t ticket_bytes[AVO_TICKET_MAX_BYTES]; /* signed */
    size_t ticket_length;
    struct avo_ticket ticket; /* what it says */
    struct avo_signed_view signed_view;
    struct avo_view view; /* what it says */
    char mode[AVO_PROFILE_WORD_BYTES];
    char transport[AVO_PROFILE_WORD_BYTES];
    char path[AVO_PROFILE_PATH_BYTES]; /* where a renewed one may be written; empty: nowhere */
    bool others_read;                  /* other users can read the file it was loaded from */
};

/* Reads a profile and checks everything that can be checked alone: the pin, the view's and the ticket's signatures under the pinned
 * key, and that both are of the pinned cluster and of the client's key. AVO_EIO (cannot be read), AVO_EFORMAT, AVO_EAUTH (something
 * was altered), AVO_EDENIED (another cluster's, or somebody else's ticket). `why` says which field and what to do. A file that
 * other users can change, or replace, is refused with AVO_EAUTH (client/io/access.h). The secret key goes from the file into
 * `profile` and nowhere else: keep that in marked memory. */
AVO_MUST_USE enum avo_error avo_profile_load(const char *path, struct avo_profile *profile, struct avo_why *why);
/* The same in marked memory; *profile is NULL after an error. */
AVO_MUST_USE enum avo_error avo_profile_open(const char *path, struct avo_profile **profile, struct avo_why *why);
/* NULL: nothing. */
void avo_profile_close(struct avo_profile *profile);
/* A line about a profile that was loaded from `path` and should be better kept; empty: it is well kept. */
void avo_profile_notice(const struct avo_profile *profile, const char *path, struct avo_why *why);
/* The same from the text of a profile; `name` is used in `why`. */
AVO_MUST_USE enum avo_error avo_profile_read(struct avo_slice text, const char *name, struct avo_profile *profile,
                                             struct avo_why *why);
/* Writes it again, whole or not at all, mode 600. The derived fields (ticket, view, public key) are not used. AVO_EIO. */
AVO_MUST_USE enum avo_error avo_profile_save(const char *path, const struct avo_profile *profile, struct avo_why *why);
/* The file that `profile` came from as it is now, in marked memory, if it still has this key, CAS and cluster; NULL otherwise. */
AVO_MUST_USE struct avo_profile *avo_profile_reopen(const struct avo_profile *profile, const struct avo_key_pair *key);
/* Writes the ticket of `profile` into that file, and changes nothing else there. AVO_ESTALE: the file is gone, or another's by now,
 * and left alone. AVO_EIO. */
AVO_MUST_USE enum avo_error avo_profile_ticket_save(const struct avo_profile *profile, const struct avo_key_pair *key,
                                                    struct avo_why *why);

void avo_profile_pin(const struct avo_profile *profile, uint8_t pin[AVO_HASH_BYTES]);

#endif
