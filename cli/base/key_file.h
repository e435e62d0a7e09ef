/* X25519 keys in files of 32 bytes, mode 600: the owner's and the client's. */
#ifndef AVO_CLI_BASE_KEY_FILE_H
#define AVO_CLI_BASE_KEY_FILE_H

#include "client/io/profile.h"

/* Reads DIR/NAME; where there is none and `random` is given, makes a key and writes it there. False with a line in `why`. */
AVO_MUST_USE bool avo_key_file_open(const char *dir, const char *name, struct avo_random *random, struct avo_key_pair *key,
                                    struct avo_why *why);

#endif
