/* The secret key in the text of a profile. It is taken out of the text before anything else reads it, and put in last, so that no
 * reader or writer of JSON has a copy, which it would free and not wipe. */
#ifndef AVO_CLIENT_PROFILE_KEY_H
#define AVO_CLIENT_PROFILE_KEY_H

#include "base/bytes.h"
#include "base/limits.h"
#include <stdbool.h>

#define AVO_PROFILE_KEY_FIELD "client_secret_key"
/* What stands for the key's digits in a text without it. */
#define AVO_PROFILE_KEY_NONE "0000000000000000000000000000000000000000000000000000000000000000"

/* Decodes the key and puts AVO_PROFILE_KEY_NONE in its place. False: the text has not exactly one field of that name with 64 hex
 * digits. */
AVO_MUST_USE bool avo_profile_key_take(struct avo_buffer *text, uint8_t secret[AVO_SECRET_KEY_BYTES]);
/* The inverse, for a text that a writer made with AVO_PROFILE_KEY_NONE. */
AVO_MUST_USE bool avo_profile_key_put(struct avo_buffer *text, const uint8_t secret[AVO_SECRET_KEY_BYTES]);

#endif
