/* X25519 keys in files of 32 bytes, mode 600: the owner's and the client's. */
#ifndef AVO_CLI_BASE_KEY_FILE_H
#define AVO_CLI_BASE_KEY_FILE_H

#include "client/io/profile.h"

/* Reads DIR/NAME; where there is none and `random` is given, makes a key and writes it there. False with a line in `why`. */
AVO_MUST_USE bool avo_key_file_open(const char *dir, const char *name, struct avo_random *random, struct avo_key_pair *key,
                                    struct avo_why *why);

/* The owner's recovery key (cas/recovery.h): DIR/recovery.key as above, and DIR/recovery.pub, its public half in hex, for
 * avocado-cas. */
AVO_MUST_USE bool avo_recovery_key_open(const char *dir, struct avo_random *random, struct avo_key_pair *key, struct avo_why *why);

/* The key of an existing file; false with a line in `why`. */
AVO_MUST_USE bool avo_key_file_load(const char *path, struct avo_key_pair *key, struct avo_why *why);
/* A new key in a new file of mode 600; none is written over. False with a line in `why`. */
AVO_MUST_USE bool avo_key_file_make(const char *path, struct avo_random *random, struct avo_key_pair *key, struct avo_why *why);
/* A public key as a user gives it: 64 hex digits, or a file that holds them. False: `why` says what `given` is, beginning with a
 * verb. */
AVO_MUST_USE bool avo_public_key_read(const char *given, uint8_t key[AVO_PUBLIC_KEY_BYTES], struct avo_why *why);

#endif
