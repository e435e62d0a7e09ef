/* One attempt to get a ticket from the CAS: its connection and its dialog, in marked memory. Never waits. */
#ifndef AVO_CLIENT_RENEWAL_TALK_H
#define AVO_CLIENT_RENEWAL_TALK_H

#include "client/io/profile.h"
#include "protocol/control/text.h"

struct avo_renewal_talk;

/* Connects to the profile's CAS as `key`; *fd is the connection. NULL: `reason` says why. */
AVO_MUST_USE struct avo_renewal_talk *avo_renewal_talk_open(const struct avo_profile *profile, const struct avo_key_pair *key,
                                                            const struct avo_aead *aead, struct avo_random *random, int *fd,
                                                            struct avo_text *reason);
/* `fd`: the connection, as avo_renewal_talk_open gave it: in a child of this process the talk itself reads as zero. */
void avo_renewal_talk_close(struct avo_renewal_talk *talk, int fd);
/* Whether it waits to send, rather than to receive. */
bool avo_renewal_talk_sends(const struct avo_renewal_talk *talk);

/* AVO_EBUSY: not yet; AVO_OK: the signed ticket, borrowed, and what it says; else `reason` says why it failed. */
AVO_MUST_USE enum avo_error avo_renewal_talk_turn(struct avo_renewal_talk *talk, struct avo_slice *signed_ticket,
                                                  struct avo_ticket *ticket, struct avo_text *reason);

#endif
